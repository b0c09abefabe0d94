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
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        let port = try Self.freePort()
        // Over ipc, libzmq itself ends the process at the limit: a socket file is for those whom one trusts.
        try await ProcessMesh.run(
            program: Program.found(), configuration: configuration.path, endpoint: "tcp://127.0.0.1:\(port)"
        ) { mesh in
            let coordinator = try await mesh.startCoordinator(["--log-level", "error"])
            let resident = try await mesh.connect(as: "resident")
            let limited = try await Subprocess.run(
                .name("prlimit"),
                arguments: ["--pid", "\(coordinator)", "--nofile=\(Self.descriptors):\(Self.descriptors)"],
                output: .discarded, error: .string(limit: 4096))
            try #require(limited.terminationStatus == .exited(0), "\(limited.standardError)")

            let idle = try (0..<Self.strangers).map { _ in try Stranger(to: port) }
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

    /// A port of the loopback address that nobody listened at a moment ago.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        try #require(with(0) { bind(descriptor, $0, $1) } == 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        try #require(named == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    /// Calls `body` with the loopback address and `port`.
    private static func with(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A connection that says nothing.
    private final class Stranger {
        private let descriptor: CInt

        init(to port: UInt16) throws {
            descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw Errno(rawValue: errno) }
            let connected = DescriptorTests.with(port) { connect(descriptor, $0, $1) }
            guard connected == 0 else { throw Errno(rawValue: errno) }
        }

        deinit { close(descriptor) }
    }
}
