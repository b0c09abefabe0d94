import Counterpart
import Foundation
import RedressClient
import RedressContract
import Testing

/// `redress mesh`, run as a person would run it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MeshCommandTests {
    /// How another terminal speaks to the mesh.
    private typealias Connect = [String]

    /// Runs a mesh, and `act` once it says that it is up, and waits until all of its processes have ended.
    private func runMesh(
        _ act: (_ mesh: pid_t, _ workers: [pid_t], _ connect: Connect) async throws -> Void
    ) async throws -> Program.Ran {
        let configuration = try MeshConfiguration()
        let folder = TemporaryFolder()
        defer { withExtendedLifetime((configuration, folder)) {} }
        var started: [pid_t] = []
        let ran = try await Program.run(
            [
                "mesh", "--config", configuration.path, "--data", "\(folder.path)/data", "--bind",
                "ipc://\(folder.path)/mesh",
            ], at: "Ctrl-C ends it."
        ) { mesh, output in
            started = ProcessWatch.descendants(of: mesh)
            let told = try #require(output.firstMatch(of: /export REDRESS_CONNECT=(\S+) REDRESS_KEY=(\S+)/))
            let workers = started.filter { ProcessWatch.arguments(of: $0).contains("worker") }
            try await act(mesh, workers, ["--connect", String(told.1), "--key-file", String(told.2)])
        }
        #expect(started.count == 5)
        for process in started { try await ProcessWatch.end(of: process) }
        return ran
    }

    @Test func aMeshServesAnotherTerminalAndSaysWhichOfItsProcessesWasKilled() async throws {
        let ran = try await runMesh { mesh, workers, connect in
            let submitted = try await Program.run(
                ["submit", "--wait", "--format", "json"] + connect, input: Array(MeshTests.complaint.text.utf8))
            #expect(submitted.code == 0, "\(submitted.errors)")
            #expect(try submitted.json.elements("contributions").count == 4)
            let logistics = workers.first { ProcessWatch.arguments(of: $0).contains("logistics-1") }
            try ProcessWatch.Held(try #require(logistics), of: mesh)?.signal(SIGKILL)
        }
        #expect(ran.code == 1)
        #expect(ran.errors.contains("logistics-1 ended by signal 9"), "\(ran.errors)")
        #expect(ran.errors.contains("coordinator closed"), "\(ran.errors)")
    }

    @Test func aMeshGoesOnWithoutADrainedWorkerAndEndsInOrderWhenItIsInterrupted() async throws {
        let ran = try await runMesh { mesh, workers, connect in
            var connected: [JSON] = []
            while connected.count < 3 {
                connected = try await Program.run(["status", "--format", "json"] + connect).json.elements("workers")
            }
            let billing = workers.first { ProcessWatch.arguments(of: $0).contains("billing-1") }
            let drained = try await Program.run(["drain", "billing-1"] + connect)
            #expect(drained.code == 0, "\(drained.errors)")
            try await ProcessWatch.end(of: try #require(billing))
            #expect(try await Program.run(["status"] + connect).code == 0)
            kill(mesh, SIGINT)
        }
        #expect(ran.code == 0, "\(ran.errors)")
        #expect(ran.errors.contains("coordinator closed"), "\(ran.errors)")
    }
}
