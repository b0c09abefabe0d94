import Foundation
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
                    let contracts = staffing.contracts.flatMap { ["--contract", "\($0)"] }
                    try await mesh.start(name, ["worker"] + common + contracts + ["--exec"] + words)
                }
            }
        }
    }
}
