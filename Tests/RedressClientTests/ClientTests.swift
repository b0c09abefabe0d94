import Counterpart
import RedressContract
import RedressWire
import Testing

@testable import RedressClient

@Suite(.timeLimit(.minutes(5))) struct ClientTests {
    private let reference: CaseReference

    init() throws {
        reference = try #require(CaseReference(rawValue: 0x1234_5678_9ABC))
    }

    /// A welcomed client, its counterpart, and how the counterpart calls it.
    private func meet() async throws -> (client: Client, counterpart: Counterpart, peer: [UInt8]) {
        let counterpart = try Counterpart()
        let endpoint = try await counterpart.open()
        async let client = Client.connect(to: endpoint, name: "shop")
        let hello = try await counterpart.welcome(.hello)
        #expect(try hello.json == ["client": "shop"])
        return (try await client, counterpart, hello.peer)
    }

    private func accepted(_ submit: Command, session: UInt64 = 7, repeated: Bool = false) -> Command {
        let body: JSON = ["reference": .string("\(reference)"), "head": "abcd", "turn": 12]
        return Command(
            .accepted, reference: reference, session: session, first: submit.first, second: repeated ? 1 : 0,
            body: body.bytes[...])
    }

    private func event(_ number: Int, of request: UInt32, session: UInt64 = 7, last: Bool = false) -> Command {
        let body: JSON = [
            "cursor": .string("c\(number)"), "type": "contributed", "at": "2026-03-01T09:00:00Z",
            "entry": ["n": .number(ExactNumber(number))],
        ]
        return Command(
            .event, reference: reference, session: session, first: request, second: last ? 1 : 0, body: body.bytes[...])
    }

    @Test func aSubmissionBringsItsReceipt() async throws {
        let (client, counterpart, peer) = try await meet()
        async let receipt = client.submit(Complaint(text: "Charged twice.", complainant: "Ada"), key: "k1")
        let submit = await counterpart.next(.submit)
        #expect(submit.command.property(Command.Property.submissionKey) == Array("k1".utf8))
        #expect(submit.command.second == 0)
        #expect(try submit.json == ["text": "Charged twice.", "complainant": "Ada"])
        try await counterpart.say(accepted(submit.command, repeated: true), to: peer)
        let taken = try await receipt
        #expect(taken.reference == reference)
        #expect(taken.head == "abcd")
        #expect(taken.turn == 12)
        #expect(taken.isRepeated)
        await client.close()
    }

    @Test func whatIsNoAnswerToASubmissionIsPassedOver() async throws {
        let (client, counterpart, peer) = try await meet()
        async let receipt = client.submit(Complaint(text: "Charged twice."), key: "k1", following: .everyEntry)
        let submit = await counterpart.next(.submit)
        let answer = Command(.answer, session: 7, first: submit.command.first, body: Array("{}".utf8)[...])
        let early = event(1, of: submit.command.first, last: true)
        try await counterpart.say(answer, early, accepted(submit.command), to: peer)
        #expect(try await receipt.reference == reference)
        await client.close()
    }

    @Test func whatBreaksALimitIsNotSent() async throws {
        let (client, _, _) = try await meet()
        for (complaint, key) in [
            (Complaint(text: " \n"), "k"), (Complaint(text: String(repeating: "x", count: 1 << 20 + 1)), "k"),
            (Complaint(text: "x"), ""), (Complaint(text: "x"), String(repeating: "k", count: 129)),
            (Complaint(text: String(repeating: "\u{1}", count: 1 << 20)), "k"),
        ] {
            let error = await #expect(throws: ClientError.self) { try await client.submit(complaint, key: key) }
            #expect(error?.code == .invalidRequest)
        }
        await client.close()
    }

    @Test func aConflictingKeyIsARefusal() async throws {
        let (client, counterpart, peer) = try await meet()
        async let receipt = client.submit(Complaint(text: "Another."), key: "k1")
        let submit = await counterpart.next(.submit)
        try await counterpart.say(refused(.keyConflict, request: submit.command.first, session: 7), to: peer)
        do {
            _ = try await receipt
            Issue.record("a key conflict was taken for a receipt")
        } catch let error as ClientError {
            #expect(error.code == .refused)
            #expect(error.refusal?.code == .keyConflict)
        }
        await client.close()
    }

    @Test func anUnansweredSubmissionIsRepeatedWithItsKeyAfterAReconnect() async throws {
        let folder = TemporaryFolder()
        let endpoint = "ipc://\(folder.path)/coordinator"
        let first = try Counterpart()
        _ = try await first.open(at: endpoint)
        async let connecting = Client.connect(to: endpoint, name: "shop")
        try await first.welcome(.hello)
        let client = try await connecting
        async let receipt = client.submit(Complaint(text: "Charged twice."), key: "k1")
        let before = await first.next(.submit).command
        await first.close()

        let second = try Counterpart()
        _ = try await second.open(at: endpoint)
        let peer = try await second.welcome(.hello, session: 8, epoch: "2-1").peer
        let again = await second.next(.submit).command
        #expect(again.session == 8)
        #expect(again.properties == before.properties)
        #expect(again.body == before.body)
        try await second.say(accepted(again, session: 8, repeated: true), to: peer)
        #expect(try await receipt.isRepeated)
        await client.close()
        await second.close()
    }

    @Test func followingGoesOnAfterTheLastEventWhenTheCoordinatorIsBack() async throws {
        let folder = TemporaryFolder()
        let endpoint = "ipc://\(folder.path)/coordinator"
        let first = try Counterpart()
        _ = try await first.open(at: endpoint)
        async let connecting = Client.connect(to: endpoint, name: "shop")
        let peer = try await first.welcome(.hello).peer
        let client = try await connecting
        var events = await client.follow(reference, after: "c0").makeAsyncIterator()
        let follow = await first.next(.follow)
        #expect(follow.command.second == FollowScope.everyEntry.rawValue)
        #expect(try follow.json == ["after": "c0"])
        try await first.say(event(1, of: follow.command.first), to: peer)
        let one = try #require(try await events.next())
        #expect(one.cursor == "c1")
        #expect(one.entry == ["n": 1])
        #expect(!one.isLast)
        await first.close()

        let second = try Counterpart()
        _ = try await second.open(at: endpoint)
        let newPeer = try await second.welcome(.hello, session: 8).peer
        let again = await second.next(.follow)
        #expect(try again.json == ["after": "c1"])
        try await second.say(event(2, of: again.command.first, session: 8, last: true), to: newPeer)
        #expect(try await events.next()?.isLast == true)
        #expect(try await events.next() == nil)
        await client.close()
        await second.close()
    }

    @Test func aSubmissionMayBeFollowedFromTheStart() async throws {
        let (client, counterpart, peer) = try await meet()
        async let submitted = client.submit(Complaint(text: "Lost."), key: "k2", following: .record)
        let submit = await counterpart.next(.submit).command
        #expect(submit.second == FollowScope.record.rawValue)
        try await counterpart.say(accepted(submit), event(1, of: submit.first, last: true), to: peer)
        let events = try #require(try await submitted.events)
        var cursors: [String] = []
        for try await event in events { cursors.append(event.cursor) }
        #expect(cursors == ["c1"])
        await client.close()
    }

    @Test func anUnknownCaseIsThrownByItsEvents() async throws {
        let (client, counterpart, peer) = try await meet()
        var events = await client.follow(reference).makeAsyncIterator()
        let follow = await counterpart.next(.follow).command
        try await counterpart.say(refused(.unknownCase, request: follow.first, session: 7), to: peer)
        do {
            _ = try await events.next()
            Issue.record("an unknown case was followed")
        } catch let error as ClientError {
            #expect(error.refusal?.code == .unknownCase)
        }
        await client.close()
    }

    @Test func creditComesBackAsEventsAreConsumed() async throws {
        let (client, counterpart, peer) = try await meet()
        let granted = await counterpart.next(.credit).command
        #expect(granted.first == 1024)
        var events = await client.follow(reference).makeAsyncIterator()
        let follow = await counterpart.next(.follow).command
        for number in 1...256 { try await counterpart.say(event(number, of: follow.first), to: peer) }
        for _ in 1...256 { _ = try await events.next() }
        #expect(await counterpart.next(.credit).command.first == 256)
        await client.close()
    }

    @Test func eventsThatNobodyWantsAnyMoreGiveTheirCreditBack() async throws {
        let (client, counterpart, peer) = try await meet()
        _ = await counterpart.next(.credit)
        let following = Task { [reference] in
            for try await _ in await client.follow(reference) {}
        }
        let follow = await counterpart.next(.follow).command
        following.cancel()
        _ = await following.result
        for number in 1...256 { try await counterpart.say(event(number, of: follow.first), to: peer) }
        #expect(await counterpart.next(.credit).command.first == 256)
        await client.close()
    }

    @Test func queriesAndCommandsBringAnswers() async throws {
        let (client, counterpart, peer) = try await meet()
        async let status = client.query(["query": "status"])
        let query = await counterpart.next(.query)
        #expect(try query.json == ["query": "status"])
        try await counterpart.say(
            Command(.answer, session: 7, first: query.command.first, body: Array(#"{"cases":3}"#.utf8)[...]), to: peer)
        #expect(try await status == ["cases": 3])
        async let drained = client.command(["command": "drain"])
        let command = await counterpart.next(.command)
        try await counterpart.say(
            Command(.answer, session: 7, first: command.command.first, body: Array("rubbish".utf8)[...]), to: peer)
        do {
            _ = try await drained
            Issue.record("rubbish was taken for an answer")
        } catch let error as ClientError {
            #expect(error.code == .malformedAnswer)
        }
        await client.close()
    }

    @Test func manySubmissionsShareMessages() async throws {
        let (client, counterpart, peer) = try await meet()
        let (replies, heard) = AsyncStream.makeStream(of: Int.self)
        let complaints = (0..<200).map { (complaint: Complaint(text: "Complaint \($0)."), key: "k\($0)") }
        try await client.submit(complaints) { index, reply in
            if case .accepted = reply { heard.yield(index) }
        }
        for _ in complaints { try await counterpart.say(accepted(await counterpart.next(.submit).command), to: peer) }
        var indices: Set<Int> = []
        for await index in replies {
            indices.insert(index)
            if indices.count == complaints.count { break }
        }
        #expect(indices == Set(0..<200))
        await client.close()
    }

    @Test func aRequestWithoutAnswerTimesOut() async throws {
        let counterpart = try Counterpart()
        let endpoint = try await counterpart.open()
        async let connecting = Client.connect(to: endpoint, name: "shop", requestTimeout: .milliseconds(30))
        try await counterpart.welcome(.hello)
        let client = try await connecting
        let error = await #expect(throws: ClientError.self) { try await client.query(["query": "status"]) }
        #expect(error?.code == .timedOut)
        await client.close()
        let closed = await #expect(throws: ClientError.self) { try await client.query(["query": "status"]) }
        #expect(closed?.code == .closed)
    }

    @Test func aCancelledRequestEndsAtOnceAndIsNotSaidAgain() async throws {
        let folder = TemporaryFolder()
        let endpoint = "ipc://\(folder.path)/coordinator"
        let first = try Counterpart()
        _ = try await first.open(at: endpoint)
        async let connecting = Client.connect(to: endpoint, name: "shop")
        try await first.welcome(.hello)
        let client = try await connecting
        let asking = Task { _ = try await client.query(["query": "status"]) }
        let submitting = Task {
            _ = try await client.submit(Complaint(text: "Lost."), key: "k", following: .everyEntry)
        }
        _ = await first.next(.query)
        _ = await first.next(.submit)
        for task in [asking, submitting] {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        await first.close()

        let second = try Counterpart()
        _ = try await second.open(at: endpoint)
        let peer = try await second.welcome(.hello, session: 8).peer
        let order = Task { try await client.command(["command": "drain"]) }
        let command = await second.next(.command).command
        try await second.say(
            Command(.answer, session: 8, first: command.first, body: Array("1".utf8)[...]), to: peer)
        #expect(try await order.value == 1)
        for kind in [CommandKind.query, .submit] { #expect(await !second.hasHeard(kind)) }
        #expect(await client.isWelcomed)
        await second.close()
        await client.close()
    }

    @Test func whoIsCancelledAlreadyAsksForNothing() async throws {
        let (client, _, _) = try await meet()
        let asking = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await client.query(["query": "status"])
        }
        await #expect(throws: CancellationError.self) { try await asking.value }
        await client.close()
    }

    @Test func thatNobodyListensIsToldInTime() async throws {
        let folder = TemporaryFolder()
        let error = await #expect(throws: ClientError.self) {
            try await Client.connect(to: "ipc://\(folder.path)/nobody", name: "shop", timeout: .milliseconds(30))
        }
        #expect(error?.code == .unreachable)
    }

    @Test func malformedAndUnaskedForMessagesAreDropped() async throws {
        let (client, counterpart, peer) = try await meet()
        try await counterpart.send([[1, 2, 3]], to: peer)
        try await counterpart.send([Message.version, [], [UInt8](repeating: 0xFF, count: 40)], to: peer)
        let unasked = Command(.answer, session: 7, first: 99)
        try await counterpart.say(
            unasked, event(1, of: 98), accepted(unasked), Command(.heartbeat, session: 7), to: peer)
        async let status = client.query(["query": "status"])
        let query = await counterpart.next(.query).command
        try await counterpart.say(
            Command(.answer, session: 7, first: query.first, body: Array("1".utf8)[...]), to: peer)
        #expect(try await status == 1)
        await client.close()
    }
}
