import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Subprocess
import SystemPackage
import Testing
import ZeroMQ

/// Strangers who take up places.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DescriptorTests {
    /// How many strangers there are, and how many descriptors the coordinator has.
    private static let (strangers, descriptors) = (600, 256)
    /// The bound in the threat model is 6 seconds; a busy machine gets more. Without the limit on handshakes it is a minute.
    private static let patience = Duration.seconds(25)

    @Test func idleConnectionsDoNotKeepAnHonestClientOut() async throws {
        try Context.raiseDescriptorLimit()
        try await MeshConfiguration().run { mesh in
            let coordinator = try await mesh.startCoordinator(["--log-level", "error"])
            let resident = try await mesh.connect(as: "resident")
            let limited = try await Subprocess.run(
                .name("prlimit"),
                arguments: ["--pid", "\(coordinator)", "--nofile=\(Self.descriptors):\(Self.descriptors)"],
                output: .discarded, error: .string(limit: 4096))
            try #require(limited.terminationStatus == .exited(0), "\(limited.standardError)")

            let idle = try (0..<Self.strangers).map { _ in
                try Stranger(at: String(mesh.endpoint.dropFirst("ipc://".count)))
            }
            defer { withExtendedLifetime(idle) {} }
            let began = ContinuousClock.now
            // Who is in is served meanwhile.
            _ = try await resident.query(["query": "status"])
            let client = try await Client.connect(
                to: mesh.endpoint, name: "late", key: mesh.keyFile, timeout: Self.patience)
            let waited = ContinuousClock.now - began
            print(
                "let in after \(waited) behind \(Self.strangers) idle connections, with \(Self.descriptors) descriptors"
            )
            #expect(waited < Self.patience)
            _ = try await client.query(["query": "status"])
            await client.close()
            await resident.close()
        }
    }

    /// A connection that says nothing.
    private final class Stranger {
        private let descriptor: CInt

        init(at path: String) throws {
            descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw Errno(rawValue: errno) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
            let connected = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard connected == 0 else {
                let error = Errno(rawValue: errno)
                close(descriptor)
                throw error
            }
        }

        deinit { close(descriptor) }
    }
}
