import Counterpart
import Foundation
import RedressTesting

/// The configuration that Redress ships, in a folder of the test's, with other limits and other departments.
struct MeshConfiguration {
    private let folder = TemporaryFolder()

    /// The folder of the configuration.
    var path: String { folder.path }

    /// - Parameters:
    ///   - limits: `limits` of `playbooks.yaml`.
    ///   - attempts: of each task.
    ///   - timeLimit: of each task.
    ///   - departments: `departments` of `mesh.yaml`, nil for those that are shipped.
    ///   - otherClients: `scheduling.other-clients` of `mesh.yaml`, nil for no limit.
    init(
        _ limits: [String: String] = [:], attempts: Int = 3, timeLimit: String = "60s", departments: String? = nil,
        otherClients: String? = nil
    ) throws {
        let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Config")
            .standardized
        var playbooks = try String(contentsOf: shipped.appending(path: "playbooks.yaml"), encoding: .utf8)
        playbooks.replace(/(?m)^    attempts: .*$/, with: "    attempts: \(attempts)")
        playbooks.replace(/(?m)^    time-limit: .*$/, with: "    time-limit: \(timeLimit)")
        for (name, value) in limits {
            playbooks.replace(try Regex("(?m)^  \(name): .*$"), with: "  \(name): \(value)")
        }
        var mesh = try String(contentsOf: shipped.appending(path: "mesh.yaml"), encoding: .utf8)
        if let departments { mesh.replace(/(?ms)^departments:.*/, with: "departments:\n\(departments)\n") }
        if let otherClients { mesh += "\nscheduling:\n  other-clients: \(otherClients)\n" }
        for (name, text) in [("playbooks.yaml", playbooks), ("mesh.yaml", mesh)] {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
        try FileManager.default.copyItem(
            atPath: shipped.appending(path: "triage.yaml").path, toPath: "\(path)/triage.yaml")
    }

    /// Runs a mesh of this configuration for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - endpoint: where the coordinator is to listen; a socket in the mesh's own folder if nil.
    ///   - data: the coordinator's data folder; one in the mesh's own folder if nil.
    func run<Outcome: Sendable>(
        at endpoint: String? = nil, data: String? = nil, _ body: (ProcessMesh) async throws -> Outcome
    ) async throws -> Outcome {
        defer { withExtendedLifetime(folder) {} }
        return try await ProcessMesh.run(
            program: Program.found(), configuration: path, endpoint: endpoint, data: data, body)
    }
}
