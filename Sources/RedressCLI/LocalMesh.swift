import Foundation
import RedressClient
import RedressConfiguration
import RedressContract
import RedressTesting

/// What `Config/` describes, as processes of this machine.
enum LocalMesh {
    /// The running executable.
    static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    /// Starts the workers that `departments` describe, each several times where it says so.
    static func startWorkers(_ departments: [Configuration.Staffing], in mesh: ProcessMesh, logLevel: String)
        async throws
    {
        for staffing in departments {
            for number in 1...max(staffing.workers, 1) {
                let name = "\(staffing.department)-\(number)"
                let common = [
                    "--department", staffing.department.description, "--connect", mesh.endpoint, "--concurrency",
                    "\(staffing.concurrency)", "--name", name, "--log-level", logLevel,
                ]
                switch staffing.program {
                case .sample: try await mesh.start(name, ["sample", "worker"] + common)
                case .exec(let command):
                    let words = command.first == "redress" ? [program] + command.dropFirst() : command
                    try await mesh.start(name, ["worker"] + common + ["--exec"] + words)
                }
            }
        }
    }

    /// Connects to the coordinator of `mesh`, or says why it ended.
    static func connect(to mesh: ProcessMesh, as name: String) async throws -> Client {
        try await withThrowingTaskGroup(of: Client?.self) { group in
            group.addTask {
                try await Client.connect(
                    to: mesh.endpoint, name: name, timeout: .seconds(120), requestTimeout: .seconds(600))
            }
            group.addTask {
                let ending = await mesh.ending(of: "coordinator")
                try Task.checkCancellation()
                throw Failure(
                    "The coordinator \(ending.map { "\($0)" } ?? "is gone").\(Self.lastWords(of: "coordinator", in: mesh))"
                )
            }
            defer { group.cancelAll() }
            guard let client = try await group.next() ?? nil else { throw Failure("The coordinator is gone.") }
            return client
        }
    }

    /// The end of a process's log, for an error.
    static func lastWords(of name: String, in mesh: ProcessMesh) -> String {
        guard let log = try? String(contentsOfFile: mesh.log(of: name), encoding: .utf8), !log.isEmpty else {
            return ""
        }
        return " It said:\n" + log.split(separator: "\n").suffix(5).joined(separator: "\n")
    }
}
