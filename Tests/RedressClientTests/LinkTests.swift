import CZeroMQ
import Counterpart
import RedressWire
import Testing

@testable import RedressClient
@testable import RedressLine
@testable import ZeroMQ

/// How often the link under a line is asked whether it lives, as libzmq has it.
@Suite(.timeLimit(.minutes(5))) struct LinkTests {
    @Test func theLinkAfterAWelcomeIsAskedAsOftenAsThatSays() async throws {
        let counterpart = try Counterpart()
        let endpoint = try await counterpart.open()
        async let connecting = Client.connect(to: endpoint, name: "shop")
        try await counterpart.welcome(.hello, heartbeat: 20)
        let client = try await connecting
        // Nothing more is said to it: it gives the line up and makes another.
        _ = await counterpart.next(.hello)
        #expect(
            await client.intervals == [1000, 3000, 3000], "a second is the least; \(Line.heartbeatDefault) was before")
        #expect(try await client.intervals(of: .seconds(4)) == [4000, 12000, 12000])
        await client.close()
        await counterpart.close()
    }
}

extension Client {
    /// The milliseconds between two questions, until no answer ends the link, and until the other side ends it.
    fileprivate var intervals: [CInt] { line?.intervals ?? [] }

    /// The same of another line whose other side says `heartbeat`.
    fileprivate func intervals(of heartbeat: Duration) throws -> [CInt] {
        try Line(to: endpoint, key: nil, in: context, on: thread, heartbeat: heartbeat).intervals
    }
}

extension Line {
    fileprivate var intervals: [CInt] {
        [ZMQ_HEARTBEAT_IVL, ZMQ_HEARTBEAT_TIMEOUT, ZMQ_HEARTBEAT_TTL].map { option in
            var milliseconds: CInt = -1
            var size = MemoryLayout<CInt>.size
            zmq_getsockopt(socket.handle.pointer, option, &milliseconds, &size)
            return milliseconds
        }
    }
}
