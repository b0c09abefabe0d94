import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// Clients that are processes of their own: each submits a complaint, waits for its record, and submits the next.
struct ClientProcesses {
    private let mesh: ProcessMesh
    private let file: String
    private let launcher: [String]

    /// - Parameters:
    ///   - complaint: what each submits, again and again.
    ///   - launcher: the command that starts each, nil for none.
    init(_ complaint: Complaint, in mesh: ProcessMesh, by launcher: [String] = []) {
        self.mesh = mesh
        self.launcher = launcher
        file = "\(mesh.folder)/complaint"
        try? complaint.text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// Submits until nobody listens to what happens any more. A process that is killed, or gives up because it reached
    /// nobody, is started again with the same key until it has seen its record.
    ///
    /// - Returns: the case that each key led to.
    func submit(as name: String, while happened: AsyncStream<Void>.Continuation) async throws -> [String: CaseReference]
    {
        var cases: [String: CaseReference] = [:]
        do {
            repeat {
                let key = "\(name)-\(cases.count + 1)"
                repeat {
                    // Without what one that was killed had begun to say.
                    try? FileManager.default.removeItem(atPath: mesh.log(of: name))
                    try await mesh.start(
                        name,
                        ["submit", "--wait", "--format", "json", "--key", key, "--connect", mesh.endpoint, file],
                        by: launcher)
                } while await mesh.ending(of: name) != .exited(0)
                let said = try String(contentsOfFile: mesh.log(of: name), encoding: .utf8)
                let record = try #require(said.split(separator: "\n").last { $0.hasPrefix("{") }, "\(said)")
                let reference: CaseReference = try #require(
                    CaseReference(try JSON(parsing: Array(record.utf8)).text("reference")))
                cases[key] = reference
            } while !happened.yield().isTerminated
        } catch {
            // Nobody waits for what will not happen any more.
            happened.finish()
            throw error
        }
        return cases
    }
}

extension AsyncStream<Void>.Continuation.YieldResult {
    /// Whether nobody listens any more.
    fileprivate var isTerminated: Bool { if case .terminated = self { true } else { false } }
}
