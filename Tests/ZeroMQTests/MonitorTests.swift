import Foundation
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(5)))
struct MonitorTests {
    @Test("A monitor sees a peer come and go, from both ends")
    func connectAndDisconnect() throws {
        let context = try Context()
        var router = try Socket(.router, in: context)
        var bound = try Monitor(of: router)
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        try bound.wait { $0 == .listening(endpoint: endpoint) }

        var dealer = try Socket(.dealer, in: context)
        var connecting = try Monitor(of: dealer)
        try dealer.connect(to: endpoint)
        try connecting.wait { $0 == .connected(endpoint: endpoint) }
        try connecting.wait { $0 == .handshakeSucceeded(endpoint: endpoint) }
        try bound.wait { if case .accepted = $0 { true } else { false } }
        try bound.wait { if case .handshakeSucceeded = $0 { true } else { false } }

        try dealer.disconnect(from: endpoint)
        var gone = false
        while !gone {
            #expect(try dealer.receive() == nil)  // the dealer's own thread carries the disconnection out
            if case .disconnected? = try bound.receive() { gone = true }
        }
    }

    @Test("A peer that nobody answers is tried again")
    func retry() throws {
        var options = SocketOptions()
        options.reconnectInterval = .milliseconds(1)
        var dealer = try Socket(.dealer, in: try Context(), options: options)
        var monitor = try Monitor(of: dealer)
        try dealer.connect(to: "tcp://127.0.0.1:1")
        try monitor.wait { if case .retrying = $0 { true } else { false } }
    }

    @Test("A stranger that says nothing is turned away in the time of the handshake")
    func idleStranger() throws {
        var options = SocketOptions()
        options.handshakeInterval = .milliseconds(50)
        var router = try Socket(.router, in: try Context(), options: options)
        var monitor = try Monitor(of: router)
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))

        let stranger = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(stranger) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(stranger, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(connected == 0)
        try monitor.wait { if case .handshakeFailed(_, .interrupted) = $0 { true } else { false } }
    }

    @Test("A socket goes on when its monitor has gone, and a monitor learns that its socket has")
    func lifetimes() throws {
        var pairing = try Pairing.make()
        do { _ = try Monitor(of: pairing.router) }
        do {
            let context = try Context()
            for _ in 0..<5 {
                var peer = try Socket(.dealer, in: context)
                try peer.connect(to: pairing.endpoint)
            }
        }
        #expect(try pairing.dealer.send([[1]]) == .sent)
        #expect(try pairing.router.nextMessage() == [pairing.dealerID, [1]])

        var orphan = try orphanedMonitor()
        try orphan.wait { $0 == .stopped }
    }

    private func orphanedMonitor() throws -> Monitor {
        let socket = try Socket(.pair, in: try Context())
        return try Monitor(of: socket)
    }

    @Test("An event of another shape is none")
    func malformed() {
        #expect(Monitor.Event([[]]) == nil)
        #expect(Monitor.Event([[1, 0, 0, 0, 0], []]) == nil)
        #expect(Monitor.Event([[0, 0, 0, 0, 0, 0], []]) == nil)
        #expect(
            Monitor.Event([[0, 64, 144, 1, 0, 0], [65]])
                == .handshakeFailed(endpoint: "A", reason: .denied(status: 400)))
    }
}
