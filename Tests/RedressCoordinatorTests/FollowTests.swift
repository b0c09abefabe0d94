import RedressContract
import RedressWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct FollowTests {
    private let house = TestHouse()
    /// What happens in a case of two departments that nobody works for.
    private static let course = ["received", "assessed", "planned", "ready", "ended", "ended", "reconciled"]

    /// A client, and a case that has run its whole course.
    private func withFinishedCase(_ body: (_ endpoint: String, Peer, CaseReference) async throws -> Void) async throws {
        try await house.serve(Playbooks.usual(deadline: "1s")) { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            try await peer.say(
                .submit(1, Playbooks.complaint, key: "k", scope: 2), Command(.credit, first: 1, second: 1 << 20))
            let reference = try #require(await peer.next(.accepted).reference)
            let last = await peer.next(.event)
            #expect(last.first == 1)
            #expect(last.second == 1)
            #expect(try last.json.at("type") == "reconciled")
            #expect(try last.json.at("body.missing").elements.count == 2)
            try await body(endpoint, peer, reference)
        }
    }

    private func follow(_ reference: CaseReference, _ number: UInt32, scope: UInt32 = 1, after cursor: JSON? = nil)
        -> Command
    {
        var body: [UInt8] = []
        if let cursor { body = JSON.object([JSON.Member("after", cursor)]).bytes }
        return Command(.follow, reference: reference, first: number, second: scope, body: body[...])
    }

    @Test func entriesComeInOrderAsFarAsCreditGoes() async throws {
        try await withFinishedCase { _, peer, reference in
            try await peer.say(follow(reference, 2))
            var types: [String] = []
            for portion: UInt32 in [2, 1, 4] {
                try await peer.settle()
                #expect(await peer.count(of: .event) == 0)
                try await peer.say(Command(.credit, first: portion, second: 1 << 16))
                for _ in 0..<portion {
                    let event = await peer.next(.event)
                    #expect(event.first == 2)
                    types.append(try event.json.at("type").text)
                    #expect(event.second == (types.count == Self.course.count ? 1 : 0))
                }
            }
            #expect(types == Self.course)
        }
    }

    /// Specification, "Credit": one event larger than all that is left goes alone, when nothing else is outstanding.
    @Test func anEventLargerThanTheWholeCreditGoesAlone() async throws {
        try await withFinishedCase { endpoint, _, reference in
            let narrow = try await Peer.connected(to: endpoint)
            try await narrow.greet()
            try await narrow.say(Command(.credit, first: 2, second: 10), follow(reference, 2))
            for type in Self.course {
                let event = await narrow.next(.event)
                #expect(try event.json.at("type").text == type)
                try await narrow.settle()
                #expect(await narrow.count(of: .event) == 0)
                try await narrow.say(Command(.credit, first: 1, second: UInt32(event.body.count)))
            }
        }
    }

    @Test func followingGoesOnAfterACursorOnAnotherLineAndAtTheNextCoordinator() async throws {
        try await withFinishedCase { endpoint, peer, reference in
            try await peer.say(Command(.credit, first: 3, second: 1 << 20), follow(reference, 2))
            var cursor = JSON.null
            for _ in 1...3 { cursor = try await peer.next(.event).json.at("cursor") }
            func expectRest(at endpoint: String) async throws {
                let other = try await Peer.connected(to: endpoint)
                try await other.greet()
                try await other.say(Command(.credit, first: 100, second: 1 << 20), follow(reference, 9, after: cursor))
                for type in Self.course.dropFirst(3) {
                    #expect(try await other.next(.event).json.at("type").text == type)
                }
                try await other.settle()
                #expect(await other.count(of: .event) == 0)
            }
            try await expectRest(at: endpoint)
            try await house.serve(data: house.copy()) { try await expectRest(at: $0) }
        }
    }

    @Test func theRecordAloneIsOneEvent() async throws {
        try await withFinishedCase { _, peer, reference in
            try await peer.say(Command(.credit, first: 100, second: 1 << 20), follow(reference, 5, scope: 2))
            let event = await peer.next(.event)
            #expect((event.first, event.second) == (5, 1))
            #expect(try event.json.at("type") == "reconciled")
            try await peer.settle()
            #expect(await peer.count(of: .event) == 0)
        }
    }

    @Test func eventsComeAsTheyHappenToAllWhoFollow() async throws {
        try await house.serve(Playbooks.usual(deadline: "1s")) { endpoint in
            let (one, two) = (try await Peer.connected(to: endpoint), try await Peer.connected(to: endpoint))
            for peer in [one, two] {
                try await peer.greet()
                try await peer.say(Command(.credit, first: 100, second: 1 << 20))
            }
            try await one.say(.submit(1, Playbooks.complaint, key: "k", scope: 1))
            let reference = try #require(await one.next(.accepted).reference)
            try await two.say(follow(reference, 1))
            for peer in [one, two] {
                for type in Self.course { #expect(try await peer.next(.event).json.at("type").text == type) }
            }
        }
    }

    @Test func aSubmissionRepeatedInItsOwnMessageIsFollowedByTheLaterRequest() async throws {
        try await house.serve(Playbooks.usual(deadline: "1s")) { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            try await peer.say(
                Command(.credit, first: 100, second: 1 << 20), .submit(1, Playbooks.complaint, key: "k", scope: 1),
                .submit(2, Playbooks.complaint, key: "k", scope: 1))
            for type in Self.course {
                let event = await peer.next(.event)
                #expect(event.first == 2)
                #expect(try event.json.at("type").text == type)
            }
        }
    }

    @Test func whatCannotBeFollowedIsRefused() async throws {
        try await withFinishedCase { _, peer, reference in
            let unknown = try #require(CaseReference(rawValue: 7))
            for (command, code) in [
                (follow(unknown, 2), Refusal.Code.unknownCase), (follow(reference, 3, scope: 9), .malformedBody),
                (follow(reference, 4, after: "nonsense"), .malformedBody),
                (follow(reference, 5, after: 1), .malformedBody),
            ] {
                try await peer.say(command)
                let refused = await peer.next(.refused)
                #expect(refused.refusal == code)
                #expect(refused.first == command.first)
            }
        }
    }
}
