import Dispatch
import RedressContract
import RedressTesting
import RedressWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct FrameTests {
    private let house = TestHouse()

    /// What a peer sends in one message, and the refusals that it earns.
    struct BadMessage: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let frames: [[UInt8]]
        let code: Refusal.Code

        init(_ name: String, _ code: Refusal.Code, message frames: [[UInt8]]) {
            testDescription = name
            self.frames = frames
            self.code = code
        }

        init(_ name: String, _ code: Refusal.Code, _ frame: [UInt8]) {
            self.init(name, code, message: [Message.version, frame])
        }
    }

    private static let heartbeat = Command(.heartbeat, session: 1).frame
    private static let submit = Command.submit(7, "Charged twice.", key: "k").frame

    static let badMessages = [
        BadMessage("another version", .unsupportedVersion, message: [Array("RDP/2".utf8), heartbeat]),
        BadMessage("no version", .unsupportedVersion, message: [heartbeat]),
        BadMessage("an empty frame", .unsupportedVersion, message: [[]]),
        BadMessage("no command", .frameCount, message: [Message.version]),
        BadMessage("65 commands", .frameCount, message: [Message.version] + Array(repeating: heartbeat, count: 65)),
        BadMessage(
            "a thousand commands", .frameCount, message: [Message.version] + Array(repeating: heartbeat, count: 1000)),
        BadMessage("an empty command", .malformedFrame, []),
        BadMessage("a short header", .malformedFrame, Array(heartbeat.dropLast())),
        BadMessage("a command cut short", .malformedFrame, Array(submit.dropLast())),
        BadMessage("a command with something behind", .malformedFrame, submit + [0]),
        BadMessage("a reserved byte", .malformedFrame, changed(heartbeat, at: 1, to: 1)),
        BadMessage("a task where none belongs", .malformedFrame, changed(heartbeat, at: 3, to: 1)),
        BadMessage("an unknown command", .unknownCommand, changed(heartbeat, at: 0, to: 200)),
        BadMessage("garbage", .unknownCommand, [UInt8](repeating: 0xFF, count: 4096)),
        BadMessage(
            "the coordinator's own command", .notAllowed, changed(heartbeat, at: 0, to: CommandKind.offer.rawValue)),
        BadMessage("a large body", .tooLarge, Command(.hello, body: ArraySlice(repeating: 0x20, count: 65_537)).frame),
        BadMessage("a body where none belongs", .tooLarge, Command(.heartbeat, session: 1, body: [0x7B, 0x7D]).frame),
        BadMessage("no session", .unknownSession, submit),
        BadMessage("a HELLO without a name", .malformedBody, Command(.hello, body: [:]).frame),
        BadMessage("a READY of nobody", .malformedBody, Command(.ready, body: [:]).frame),
    ]

    private static func changed(_ frame: [UInt8], at offset: Int, to byte: UInt8) -> [UInt8] {
        var frame = frame
        frame[offset] = byte
        return frame
    }

    @Test(arguments: badMessages) func aBadMessageIsRefusedByItsNumberAndServiceGoesOn(_ bad: BadMessage) async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.send(bad.frames)
            #expect(await peer.next(.refused).refusal == bad.code)
            try await peer.greet()
            try await peer.say(.submit(1, "Charged twice.", key: "k"))
            #expect(await peer.next(.accepted).first == 1)
        }
    }

    @Test func aBadFrameDoesNotStopThoseAfterIt() async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            var good = Command.submit(1, "Charged twice.", key: "k")
            good.session = await peer.session
            try await peer.send([Message.version, [1, 2, 3], good.frame])
            #expect(await peer.next(.refused).refusal == .malformedFrame)
            #expect(await peer.next(.accepted).first == 1)
        }
    }

    @Test func anUnknownSessionIsAskedToRegister() async throws {
        try await house.serve { endpoint in
            let (client, worker) = (try await Peer.connected(to: endpoint), try await Peer.connected(to: endpoint))
            try await client.say(Command(.query, session: 99, first: 1, body: ["query": "status"]))
            _ = await client.next(.register)
            try await worker.say(Command(.heartbeat, session: 99))
            _ = await worker.next(.register)

            // Another peer's session is as unknown as one that never was.
            try await client.greet()
            try await worker.enter("billing")
            try await worker.say(Command(.query, session: await client.session, first: 1, body: ["query": "status"]))
            _ = await worker.next(.register)
            try await client.say(Command(.credit, session: await worker.session, first: 1))
            _ = await client.next(.register)
            try await client.settle()
            try await worker.settle()
        }
    }

    @Test func aCommandOfTheOtherRoleIsNotCarriedOut() async throws {
        try await house.serve { endpoint in
            let client = try await Peer.connected(to: endpoint)
            try await client.greet()
            let task = TaskID(try #require(CaseReference(rawValue: 7)), 1)
            try await client.say(Command(.accept, task: task, attempt: 1))
            #expect(await client.next(.refused).refusal == .notAllowed)
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            try await worker.say(.submit(1, "Charged twice.", key: "k"))
            _ = await worker.next(.register)
        }
    }

    @Test func damagedMessagesNeverStopIt() async throws {
        var random = SeededGenerator(seed: 20_260_301)
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            let task = TaskID(try #require(CaseReference(rawValue: 7)), 3)
            let session = await peer.session
            let good = [
                Command(.hello, body: ["client": "shop"]).frame, Self.submit, Command.ready(["billing"]).frame,
                Command(.follow, reference: task.reference, session: session, first: 2, second: 1).frame,
                Command(.query, session: session, first: 3, body: ["query": "cases"]).frame,
                Command(.contribute, task: task, attempt: 1, session: session, body: upholding(1).bytes[...]).frame,
                Command(.credit, session: session, first: .max, second: .max).frame,
            ]
            for _ in 0..<2000 {
                var frames = [Message.version]
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    var frame = good.randomElement(using: &random) ?? []
                    for _ in 0..<Int.random(in: 0...3, using: &random) where !frame.isEmpty {
                        frame[Int.random(in: frame.indices, using: &random)] = UInt8.random(
                            in: 0 ... .max, using: &random)
                    }
                    frames.append(Array(frame.prefix(Int.random(in: 0...200, using: &random) + frame.count / 2)))
                }
                try await peer.send(frames)
            }
            let other = try await Peer.connected(to: endpoint)
            try await other.greet()
            try await other.say(.submit(1, "Charged twice.", key: "after all"))
            #expect(await other.next(.accepted).first == 1)
        }
    }

    /// libzmq 4.3 ends the process when a heartbeat is due on a link that broke while its messages were held back.
    @Test func aFloodThatBreaksOffWhileTheCoordinatorIsBusyDoesNotEndIt() async throws {
        let (busy, flooded) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        try await house.serve(pause: {
            flooded.wait()
            // Busy for longer than the interval of the heartbeats.
            _ = busy.wait(timeout: .now() + .milliseconds(2500))
        }) { endpoint in
            for _ in 1...4 {
                let peer = try await Peer.connected(to: endpoint)
                for _ in 1...1500 { try await peer.send([Message.version, Self.heartbeat]) }
                await peer.close()
            }
            flooded.signal()
            let other = try await Peer.connected(to: endpoint)
            try await other.greet()
            try await other.say(.submit(1, "Charged twice.", key: "after all"))
            #expect(await other.next(.accepted).first == 1)
        }
    }
}
