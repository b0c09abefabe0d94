import Foundation
import Synchronization
import Testing

@testable import ZeroMQ

@Suite("CURVE, and who is let in", .timeLimit(.minutes(5)))
struct SecurityTests {
    private let server: CurveKeyPair
    private let peer: CurveKeyPair

    init() throws {
        server = try CurveKeyPair()
        peer = try CurveKeyPair()
    }

    private func router(in context: Context) throws -> Socket {
        var options = SocketOptions()
        options.security = .curveServer(server)
        return try Socket(.router, in: context, options: options)
    }

    /// A dealer on its way to `endpoint`, and its monitor.
    private func dealer(
        to endpoint: String, as security: Security
    ) throws -> Connecting {
        var options = SocketOptions()
        options.security = security
        var socket = try Socket(.dealer, in: try Context(), options: options)
        let monitor = try Monitor(of: socket)
        try socket.connect(to: endpoint)
        return Connecting(socket: socket, monitor: monitor)
    }

    private struct Connecting: ~Copyable {
        var socket: Socket
        var monitor: Monitor
    }

    /// The first word on whether the handshake succeeded.
    private func verdict(_ connecting: inout Connecting) throws -> Monitor.Event {
        var verdict: Monitor.Event?
        try connecting.monitor.wait {
            switch $0 {
            case .handshakeSucceeded, .handshakeFailed: verdict = $0
            default: return false
            }
            return true
        }
        return try #require(verdict)
    }

    @Test("Pairs differ, and a pair is known by its secret half; what is none is refused")
    func pairs() throws {
        #expect(peer != server)
        #expect(CurveKeyPair(secretKey: peer.secretKey) == peer)
        #expect(CurveKey(peer.publicKey.description) == peer.publicKey)
        for text in [
            "", "a", String(repeating: "a", count: 39), String(repeating: "~", count: 40), "\0" + peer.secretKey,
        ] {
            #expect(CurveKeyPair(secretKey: text) == nil)
            #expect(CurveKey(text) == nil)
        }
    }

    @Test("Whatever prints a pair shows its public half alone")
    func secrecy() throws {
        var options = SocketOptions()
        options.security = .curveClient(peer, server: server.publicKey)
        var text = "\(peer) \(String(reflecting: peer)) \(options)"
        dump(options, to: &text)
        dump(peer, to: &text)
        #expect(text.contains(peer.publicKey.description))
        #expect(!text.contains(peer.secretKey))
    }

    @Test("A key that is allowed gets in, and each of its messages says whose it is")
    func allowed() async throws {
        let context = try Context()
        let allowed = peer.publicKey
        let authenticator = try await Authenticator.serving(context) { key, address in
            key == allowed && address == "127.0.0.1"
        }
        try exchange(in: context)
        withExtendedLifetime(authenticator) {}
    }

    private func exchange(in context: Context) throws {
        var router = try router(in: context)
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        var connecting = try dealer(to: endpoint, as: .curveClient(peer, server: server.publicKey))
        guard case .handshakeSucceeded = try verdict(&connecting) else {
            Issue.record("not let in")
            return
        }
        #expect(router.senderUserID == nil)
        #expect(try connecting.socket.send([[1], [2]]) == .sent)
        let message = try router.nextMessage()
        #expect(message.dropFirst() == [[1], [2]])
        #expect(router.senderUserID == peer.publicKey.description)
        #expect(try router.send([message[0], [3]]) == .sent)
        #expect(try connecting.socket.nextMessage() == [[3]])
        for _ in 0..<3 { #expect(try connecting.socket.send([[UInt8]](repeating: [], count: 4)) == .sent) }
        guard case .overlong(_, 5) = try router.next(maximumFrames: 2) else {
            Issue.record("not overlong")
            return
        }
        #expect(router.senderUserID == peer.publicKey.description)
    }

    @Test("A key that is not allowed is told so, and gets in once it is, while the sockets' owner does nothing")
    func denied() async throws {
        let context = try Context()
        let gate = Gate()
        let authenticator = try await Authenticator.serving(context) { _, _ in gate.isOpen.load(ordering: .relaxed) }
        try knock(at: gate, in: context)
        withExtendedLifetime(authenticator) {}
    }

    private final class Gate: Sendable {
        let isOpen = Atomic(false)
    }

    private func knock(at gate: Gate, in context: Context) throws {
        var router = try router(in: context)
        var bound = try Monitor(of: router)
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        var connecting = try dealer(to: endpoint, as: .curveClient(peer, server: server.publicKey))
        guard case .handshakeFailed(_, .denied(400)) = try verdict(&connecting) else {
            Issue.record("not denied")
            return
        }
        try bound.wait { if case .handshakeFailed(_, .denied(400)) = $0 { true } else { false } }
        gate.isOpen.store(true, ordering: .relaxed)
        var again = try dealer(to: endpoint, as: .curveClient(peer, server: server.publicKey))
        try again.monitor.wait { if case .handshakeSucceeded = $0 { true } else { false } }
        #expect(try router.receive() == nil)
    }

    @Test("Plain text and CURVE do not meet, and the side that is faster to notice says why", arguments: [true, false])
    func mismatch(serverIsPlain: Bool) throws {
        let context = try Context()
        var options = SocketOptions()
        if !serverIsPlain { options.security = .curveServer(server) }
        var router = try Socket(.router, in: context, options: options)
        var bound = try Monitor(of: router)
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        var connecting = try dealer(
            to: endpoint, as: serverIsPlain ? .curveClient(peer, server: server.publicKey) : .plain)
        // At each try the faster side says it, and the other one sees the line break.
        var isSaid = false
        let deadline = ContinuousClock.now + .seconds(20)
        while !isSaid, ContinuousClock.now < deadline {
            for event in [try bound.receive(), try connecting.monitor.receive()] {
                if case .handshakeFailed(_, .otherSecurity)? = event { isSaid = true }
            }
            sched_yield()
        }
        #expect(isSaid)
        #expect(try connecting.socket.receive() == nil)
    }

    @Test("Who expects another server's key sees the handshake break off")
    func wrongServer() throws {
        let context = try Context()
        var router = try router(in: context)
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        var connecting = try dealer(to: endpoint, as: .curveClient(peer, server: peer.publicKey))
        guard case .handshakeFailed(_, .interrupted) = try verdict(&connecting) else {
            Issue.record("another verdict")
            return
        }
    }

    @Test("A context has one authenticator")
    func second() async throws {
        let context = try Context()
        let authenticator = try await Authenticator.serving(context) { _, _ in true }
        await #expect(throws: ZeroMQError.self) { _ = try await Authenticator.serving(context) { _, _ in true } }
        withExtendedLifetime(authenticator) {}
    }
}
