import CZeroMQ
import Foundation
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(5)))
struct SocketTests {
    private static let payload: [[UInt8]] =
        [[], [0], [], Array(repeating: 7, count: 1 << 20)] + (0..<60).map { Array(repeating: $0, count: Int($0)) } + [
            []
        ]

    @Test("Many frames, empty and large ones among them, come and go unchanged over TCP")
    func roundTripOverTCP() throws {
        var pairing = try Pairing.make()
        #expect(pairing.endpoint.hasPrefix("tcp://127.0.0.1:") && !pairing.endpoint.hasSuffix("*"))
        #expect(try pairing.dealer.send(Self.payload) == .sent)
        let request = try pairing.router.nextMessage()
        #expect(request == [pairing.dealerID] + Self.payload)
        #expect(try pairing.router.send(request) == .sent)
        #expect(try pairing.dealer.nextMessage() == Self.payload)
        #expect(try pairing.dealer.receive() == nil)
    }

    @Test("Request and reply go over a socket file, and out of turn is a wrong state")
    func roundTripOverFile() throws {
        try withTemporaryFolder { folder in
            let context = try Context()
            var reply = try Socket(.reply, in: context)
            var request = try Socket(.request, in: context)
            let endpoint = try reply.bind(to: "ipc://\(folder)/s")
            #expect(endpoint == "ipc://\(folder)/s")
            try request.connect(to: endpoint)
            try request.wait(for: ZMQ_POLLOUT)
            #expect(try request.send(Self.payload) == .sent)
            let error = #expect(throws: ZeroMQError.self) { try request.send([[1]]) }
            #expect(error?.code == .wrongState)
            #expect(try reply.nextMessage() == Self.payload)
            #expect(try reply.send([[]]) == .sent)
            #expect(try request.nextMessage() == [[]])
        }
    }

    @Test("A message of too many frames is dropped whole but for the sender, and the next one is read")
    func overlong() throws {
        var pairing = try Pairing.make()
        #expect(try pairing.dealer.send(Array(repeating: [1], count: 66)) == .sent)
        #expect(try pairing.dealer.send(Array(repeating: [1], count: 65)) == .sent)
        #expect(try pairing.router.next() == .overlong(first: pairing.dealerID, frames: 67))
        #expect(try pairing.router.nextMessage().count == 66)
        #expect(try pairing.dealer.send([[2]]) == .sent)
        #expect(try pairing.router.next(maximumFrames: 1) == .overlong(first: pairing.dealerID, frames: 2))
    }

    @Test(
        "A router says that it cannot reach an unknown peer, whatever its id",
        arguments: [[], [1, 2], Array(repeating: 0, count: 300)])
    func unroutable(id: [UInt8]) throws {
        var pairing = try Pairing.make()
        #expect(try pairing.router.send([id, [1]]) == .unroutable)
        #expect(try pairing.router.send([pairing.dealerID, [1]]) == .sent)
        #expect(try pairing.dealer.nextMessage() == [[1]])
    }

    @Test("A router that may drop says that it has sent")
    func notMandatory() throws {
        var options = SocketOptions()
        options.routerMandatory = false
        var pairing = try Pairing.make(router: options)
        #expect(try pairing.router.send([[1, 2], [1]]) == .sent)
    }

    @Test("A full peer is told at once, and it gets what was sent before whole")
    func full() throws {
        var options = SocketOptions()
        options.sendHighWaterMark = 1
        options.receiveHighWaterMark = 1
        var pairing = try Pairing.make(router: options, dealer: options)
        let body = [UInt8](repeating: 9, count: 1 << 18)
        var sent: UInt8 = 0
        while try pairing.router.send([pairing.dealerID, [sent], body, []]) == .sent { sent += 1 }
        #expect(try pairing.router.send([pairing.dealerID, [sent], body, []]) == .full)
        for number in 0..<sent {
            #expect(try pairing.dealer.nextMessage() == [[number], body, []])
        }
        try pairing.router.wait(for: ZMQ_POLLOUT)
        #expect(try pairing.dealer.send([[1]]) == .sent)
        #expect(try pairing.router.nextMessage() == [pairing.dealerID, [1]])
    }

    @Test("A dealer without a connection queues nothing")
    func immediate() throws {
        var dealer = try Socket(.dealer, in: try Context(), options: .jittered)
        try dealer.connect(to: "tcp://127.0.0.1:1")
        #expect(try dealer.send([[1], [2]]) == .full)
        try dealer.disconnect(from: "tcp://127.0.0.1:1")
        let error = #expect(throws: ZeroMQError.self) { try dealer.disconnect(from: "tcp://127.0.0.1:1") }
        #expect(error?.code == .notFound)
    }

    @Test("A path that somebody serves is not taken over; what an ended process left is")
    func servedPath() throws {
        try withTemporaryFolder { folder in
            let endpoint = "ipc://\(folder)/s"
            var first = try Socket(.router, in: try Context())
            #expect(try first.bind(to: endpoint) == endpoint)
            var second = try Socket(.router, in: try Context())
            let error = #expect(throws: ZeroMQError.self) { try second.bind(to: endpoint) }
            #expect(error?.code == .addressInUse)
            _ = try first.receive()

            let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(folder)/left".utf8) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            close(left)
            #expect(bound == 0)
            #expect(try second.bind(to: "ipc://\(folder)/left") == "ipc://\(folder)/left")
        }
    }

    @Test("A dealer finds the next router on its endpoint and carries nothing over")
    func reconnect() throws {
        try withTemporaryFolder { folder in
            let endpoint = "ipc://\(folder)/s"
            var options = SocketOptions.jittered
            options.reconnectInterval = .milliseconds(10)
            var dealer = try Socket(.dealer, in: try Context(), options: options)
            // The context ends with its only socket, so that the endpoint is free when it has gone.
            var first: Socket? = try Socket(.router, in: try Context())
            #expect(try first?.bind(to: endpoint) == endpoint)
            try dealer.connect(to: endpoint)
            try dealer.wait(for: ZMQ_POLLOUT)
            #expect(try dealer.send([[1]]) == .sent)
            #expect(try first?.nextMessage().last == [1])
            first = nil
            while try dealer.send([[2]]) == .sent {}

            var second = try Socket(.router, in: try Context())
            #expect(try second.bind(to: endpoint) == endpoint)
            try dealer.wait(for: ZMQ_POLLOUT)
            #expect(try dealer.send([[3]]) == .sent)
            #expect(try second.nextMessage().last == [3])
        }
    }

    @Test("A frame over the limit costs the peer its connection")
    func oversize() throws {
        var options = SocketOptions()
        options.maximumMessageBytes = 1000
        var pairing = try Pairing.make(router: options)
        var monitor = try Monitor(of: pairing.router)
        #expect(try pairing.dealer.send([Array(repeating: 0, count: 1000)]) == .sent)
        #expect(try pairing.router.nextMessage()[1].count == 1000)
        #expect(try pairing.dealer.send([Array(repeating: 0, count: 1001)]) == .sent)
        try monitor.wait { if case .disconnected = $0 { true } else { false } }
        #expect(try pairing.router.receive() == nil)
    }

    @Test("A socket keeps its context until it has gone")
    func contextLifetime() throws {
        weak var context: Context?
        var socket: Socket? = try {
            let made = try Context(ioThreads: 2)
            context = made
            return try Socket(.pair, in: made)
        }()
        #expect(try socket?.receive() == nil)
        #expect(context != nil)
        socket = nil
        #expect(context == nil)
    }

    @Test("What was sent last outlives its socket for the linger")
    func linger() throws {
        var router = try Socket(.router, in: try Context())
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        do {
            var dealer = try Socket(.dealer, in: try Context())
            try dealer.connect(to: endpoint)
            try dealer.wait(for: ZMQ_POLLOUT)
            for _ in 0..<100 { #expect(try dealer.send([Array(repeating: 1, count: 10_000)]) == .sent) }
        }
        for _ in 0..<100 { #expect(try router.nextMessage()[1].count == 10_000) }
    }

    @Test("A socket used on a foreign thread traps")
    func foreignThread() async {
        await #expect(processExitsWith: .failure) {
            nonisolated(unsafe) let handle = try SocketHandle(.pair, in: try Context(), options: .init())
            let thread = Thread { handle.checkThread() }
            thread.start()
            while !thread.isFinished {}
        }
    }
}
