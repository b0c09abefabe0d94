import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// Clients that follow a case: what they are told, and in which order.
@Suite struct ClienteleTests {
    private let peer = Peer([1])
    private let now = Now(steady: .zero, wall: Timestamp(milliseconds: 0))

    /// A client with credit for `events` that submits the case of `bench`.
    private func open(_ bench: Bench, events: UInt32 = 100) throws -> (Clientele, ClientSession) {
        var clients = Clientele()
        clients.open(5, for: "shop", at: peer, now: now)
        let client = try #require(clients.sessions[5])
        clients.credit(Command(.credit, session: 5, first: events, second: 1 << 20), client, bench.broker.cases) { _ in
            []
        }
        return (clients, client)
    }

    private func intake(_ bench: Bench) -> PendingIntake {
        PendingIntake(
            Command(.submit, session: 5, first: 9, second: 1), by: 5, as: bench.reference, key: .zero, body: .zero)
    }

    private func cursors(_ sends: [Step.Send]) -> [String] {
        // {"cursor":"e1",…
        sends.map { String(decoding: $0.command.body, as: UTF8.self).split(separator: "\"").dropFirst(3).first ?? "" }
            .map(String.init)
    }

    @Test func whoIsSilentForTwoHeartbeatsIsNotHereAnyMore() throws {
        let (clients, client) = try open(try Bench())
        func names(at now: Duration) -> [String] { clients.present(now: now, heartbeat: .seconds(2)) }
        #expect(names(at: .seconds(4)) == ["shop"])
        #expect(names(at: .seconds(5)) == [])
        client.heardAt = .seconds(5)
        #expect(names(at: .seconds(9)) == ["shop"])
    }

    @Test func entriesAreToldOnceAndInOrderAsFarAsCreditGoes() throws {
        var bench = try Bench()
        var (clients, client) = try open(bench, events: 2)
        clients.follow(bench.reference, as: intake(bench), client)
        var turn = PendingTurn()
        turn.add(try bench.submit())
        let entries = bench.entries
        clients.tell(of: turn, turn.drafts.map(\.row), bench.broker.cases) { _ in entries }
        #expect(cursors(clients.takeSends()) == ["e1", "e2"])
        clients.tell(of: turn, turn.drafts.map(\.row), bench.broker.cases) { _ in entries }
        #expect(clients.takeSends().isEmpty)
        clients.credit(Command(.credit, session: 5, first: 9, second: 1), client, bench.broker.cases) { _ in entries }
        #expect(cursors(clients.takeSends()) == ["e3", "e4"])
    }

    @Test func aClientThatIsForgottenFollowsOnFromItsCursor() throws {
        var bench = try Bench()
        var (clients, _) = try open(bench)
        try bench.submit()
        let entries = bench.entries
        clients.forget(peer)
        #expect(clients.sessions.isEmpty)
        clients.open(6, for: "shop", at: peer, now: now)
        let client = try #require(clients.sessions[6])
        clients.credit(Command(.credit, session: 6, first: 9, second: 1 << 20), client, bench.broker.cases) { _ in
            entries
        }
        let after: JSON = ["after": "e3"]
        let follow = Command(
            .follow, reference: bench.reference, session: 6, first: 1, second: 1, body: after.bytes[...])
        try clients.follow(follow, client, bench.broker.cases) { _ in entries }
        #expect(cursors(clients.takeSends()) == ["e4"])
    }

    @Test func theSessionOfAClientThatWasSentAsMuchAsOneIsEndsOnceNothingIsUnderWay() throws {
        var bench = try Bench()
        var (clients, client) = try open(bench)
        clients.follow(bench.reference, as: intake(bench), client)
        var turn = PendingTurn()
        turn.add(try bench.submit())
        #expect(client.spend(Limits.sessionBytesMaximum))
        let early = clients.renew(client)
        #expect(!early)
        clients.tell(of: turn, turn.drafts.map(\.row), bench.broker.cases) { _ in [] }
        #expect(clients.takeSends().isEmpty)
        #expect(client.isSpent)
        client.asking = 1
        let whileAsking = clients.renew(client)
        client.asking = 0
        let after = clients.renew(client)
        #expect((whileAsking, after) == (false, true))
        #expect(clients.sessions.isEmpty)
    }

    @Test func eventsStayBehindWhatTheNextTurnSaysAlready() throws {
        let bench = try Bench()
        let other = Peer([2])
        let event = Command(.event, reference: bench.reference, session: 5)
        let sends = [Step.Send(peer: peer, command: event), Step.Send(peer: other, command: event)]
        var (written, next) = (PendingTurn(), PendingTurn())
        var writing: PendingTurn?
        next.post(Command(.accepted, reference: bench.reference, session: 5), to: peer)
        written.post(sends, orBehind: &writing, &next)
        #expect(next.posts[peer]?.map(\.kind) == [.accepted, .event])
        #expect(written.posts[other]?.map(\.kind) == [.event])
        #expect(written.posts[peer] == nil)

        // The same where that turn is on its way to the disk already.
        writing = PendingTurn()
        writing?.post(Command(.accepted, reference: bench.reference, session: 5), to: peer)
        (written, next) = (PendingTurn(), PendingTurn())
        written.post(sends, orBehind: &writing, &next)
        #expect(writing?.posts[peer]?.map(\.kind) == [.accepted, .event])
        #expect(written.posts[other]?.map(\.kind) == [.event])
        #expect(written.posts[peer] == nil && next.posts.isEmpty)
    }

    @Test func whatWasErasedIsWithheldFromEventsThatWait() throws {
        var bench = try Bench()
        var (clients, client) = try open(bench)
        bench.broker.submit(bench.reference, client: "c", body: Array(#"{"text":"Zoe"}"#.utf8), now: bench.now)
        bench.broker.assess(bench.reference, Split(issues: [], unplaced: [], sentences: 1), now: bench.now)
        _ = bench.finish()
        let entries = bench.entries
        let credit = client.creditBytes
        let follow = Command(.follow, reference: bench.reference, session: 5, first: 1, second: 1)
        try clients.follow(follow, client, bench.broker.cases) { _ in entries }
        let events = clients.takeSends()
        #expect(events.map(\.command).contains { String(decoding: $0.body, as: UTF8.self).contains("Zoe") })

        // Each of them waits somewhere else.
        var (written, next) = (PendingTurn(), PendingTurn())
        var writing: PendingTurn? = PendingTurn()
        for event in events {
            written.post(event.command, to: peer)
            writing?.post(event.command, to: peer)
            next.post(event.command, to: peer)
        }
        try bench.broker.erase(bench.reference, by: "client:cli/anna", reason: "Asked to.", now: bench.now)
        written.add(bench.finish())
        clients.withholdErased(by: &written, &writing, &next)
        let posts = [written, try #require(writing), next].map { $0.posts[peer] ?? [] }
        for (post, event) in posts.flatMap({ zip($0, events) }) {
            let (told, entry) = (try JSON(parsing: post.body), try JSON(parsing: event.command.body))
            #expect(told["cursor"] == entry["cursor"] && told["entry"] == entry["entry"])
            #expect(told["body"] == entry["body"].map { _ in ["erased": true] })
        }
        let (bytes, saved) = (
            events.map(\.command.body.count).reduce(0, +),
            posts.map { zip(events, $0).map { $0.command.body.count - $1.body.count }.reduce(0, +) }.reduce(0, +)
        )
        #expect(client.creditBytes == credit - bytes + saved, "the client gives back as much as it gets")
    }

    @Test func whatWasToFollowAnEventThatCouldNotBeSentIsNotSent() throws {
        let bench = try Bench()
        var (clients, _) = try open(bench)
        let event = Command(.event, reference: bench.reference, session: 5)
        var (written, next) = (PendingTurn(), PendingTurn())
        var writing: PendingTurn?
        next.post(Command(.heartbeat, session: 5), to: peer)
        written.post([Step.Send(peer: peer, command: event)], orBehind: &writing, &next)
        let posts = try #require(next.posts[peer])
        #expect(clients.withoutStaleEvents(posts).map(\.kind) == [.heartbeat, .event])
        clients.forget(peer)
        clients.open(6, for: "shop", at: peer, now: now)
        #expect(clients.withoutStaleEvents(posts).map(\.kind) == [.heartbeat])
    }
}
