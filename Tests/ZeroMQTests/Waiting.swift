import CZeroMQ
import Foundation
import Testing

@testable import ZeroMQ

extension Socket {
    /// Waits until the socket can be received from (`ZMQ_POLLIN`) or sent to (`ZMQ_POLLOUT`).
    func wait(for events: CInt) throws {
        var item = zmq_pollitem_t(socket: handle.pointer, fd: 0, events: Int16(events), revents: 0)
        let deadline = ContinuousClock.now + .seconds(20)
        while zmq_poll(&item, 1, 20_000) < 1 {
            if ContinuousClock.now >= deadline { throw NothingCame() }
        }
    }

    /// Waits for a message and takes it.
    mutating func next(maximumFrames: Int = 66) throws -> Received {
        try wait(for: ZMQ_POLLIN)
        return try #require(try receive(maximumFrames: maximumFrames))
    }

    /// Waits for a message within the limit and takes its frames.
    mutating func nextMessage() throws -> [[UInt8]] {
        guard case .message(let frames) = try next() else { throw UnexpectedlyOverlong() }
        return frames
    }
}

extension Monitor {
    /// Waits for the first event that `isWanted` accepts, taking all before it.
    mutating func wait(until isWanted: (Event) -> Bool) throws {
        while true {
            try events.wait(for: ZMQ_POLLIN)
            while let event = try receive() {
                if isWanted(event) { return }
            }
        }
    }
}

struct UnexpectedlyOverlong: Error {}

/// Nothing happened in 20 seconds.
struct NothingCame: Error {}

/// Runs `body` with the path of a new folder and removes the folder.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zmq-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
}

/// A router bound to a free loopback port and a dealer connected to it, introduced to each other.
struct Pairing: ~Copyable {
    var router: Socket
    var dealer: Socket
    let endpoint: String
    let dealerID: [UInt8]

    static func make(
        router routerOptions: SocketOptions = .init(), dealer dealerOptions: SocketOptions = .init()
    ) throws -> Pairing {
        let context = try Context()
        var router = try Socket(.router, in: context, options: routerOptions)
        var dealer = try Socket(.dealer, in: context, options: dealerOptions)
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        try dealer.connect(to: endpoint)
        try dealer.wait(for: ZMQ_POLLOUT)
        #expect(try dealer.send([Array("hello".utf8)]) == .sent)
        let dealerID = try router.nextMessage()[0]
        return Pairing(router: router, dealer: dealer, endpoint: endpoint, dealerID: dealerID)
    }
}
