import Foundation
import RedressContract
import RedressKeys
import RedressTesting
import Subprocess
import Testing

/// What the worker in Python does where it is not let in, or nobody is there.
@Suite(
    .timeLimit(.minutes(2)),
    .enabled(if: ReferenceWorker.interpreter != nil, "no python3 here has pyzmq: apt-get install python3-zmq"))
struct PythonWorkerTests {
    @Test func whereNobodyIsItSaysSoAndLeavesWhenAsked() async throws {
        let ran = try await Subprocess.run(
            .name("env"),
            arguments: [
                try #require(ReferenceWorker.interpreter), ReferenceWorker.python.path, "tcp://127.0.0.1:1", "billing",
            ],
            input: .none, output: .discarded, error: .sequence
        ) { execution in
            var errors = execution.standardError.makeAsyncIterator()
            let said = try await errors.next()
            kill(execution.processIdentifier.value, SIGTERM)
            return said.map { $0.withUnsafeBytes { Array($0) } } ?? []
        }
        #expect(String(decoding: ran.closureResult, as: UTF8.self).contains("No word from tcp://127.0.0.1:1"))
        #expect(ran.terminationStatus == .exited(0))
    }

    @Test func whereItIsNotLetInItSaysSoAndFails() async throws {
        let billing = try #require(DepartmentName("billing"))
        try await MeshConfiguration().run { mesh in
            try await mesh.startCoordinator()
            let keys = KeyFolder("\(mesh.folder)/keys")
            let revoked = try keys.make("till", .worker([billing]))
            try keys.revoke("till")
            for key in [revoked.file, "-"] {
                let ran = try await Subprocess.run(
                    .name("env"),
                    arguments: [
                        try #require(ReferenceWorker.interpreter), ReferenceWorker.python.path, mesh.endpoint,
                        "billing", key,
                    ],
                    output: .discarded, error: .string(limit: 1 << 16))
                #expect(ran.terminationStatus == .exited(1))
                #expect(ran.standardError.contains("turns this worker away"), "\(ran.standardError)")
            }
        }
    }
}
