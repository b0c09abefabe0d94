package import RedressCase
package import RedressContract
package import RedressWire

/// The clients that have said HELLO, and the cases that they follow (specification, "Clients").
///
/// Without input or output, like the ``Broker``: the journal is read through a function, and what is to be said comes out
/// of ``takeSends()``. All of it is volatile: who is forgotten is asked to register again, and follows on from its cursor.
package struct Clientele {
    /// A client that says nothing for so long is forgotten.
    private static let silenceMaximum: Duration = .seconds(60)

    /// What the journal holds of a case; empty where it has none, or cannot be read now.
    package typealias Reading = (CaseReference) -> [StoredEntry]

    /// The clients, by the number of their session.
    package private(set) var sessions: [UInt64: ClientSession] = [:]
    private var sessionsByPeer: [Peer: UInt64] = [:]
    /// Who follows which case.
    private var followers: [CaseReference: Set<UInt64>] = [:]
    private var sends: [Step.Send] = []

    /// No clients.
    package init() {}

    /// Gives out what is to be said to clients since the last call.
    package mutating func takeSends() -> [Step.Send] {
        defer { sends = [] }
        return sends
    }

    // MARK: Sessions

    /// Opens a session for a client; the one that it had on this connection ends.
    package mutating func open(_ session: UInt64, for name: String, at peer: Peer, now: Now) {
        forget(peer)
        sessions[session] = ClientSession(session: session, peer: peer, name: name, heardAt: now.steady)
        sessionsByPeer[peer] = session
    }

    /// Forgets the client at `peer`, where there is one: because it is there anew, or could not be told what it was to
    /// be told, so that it has to ask again for the rest.
    package mutating func forget(_ peer: Peer) {
        if let session = sessionsByPeer[peer] { forget(session) }
    }

    /// `commands` without events of sessions that have ended: who was forgotten follows on from its cursor, and what was to
    /// come after entries that it did not get must not come before them.
    package func withoutStaleEvents(_ commands: [Command]) -> [Command] {
        func isStale(_ command: Command) -> Bool { command.kind == .event && sessions[command.session] == nil }
        return commands.contains(where: isStale) ? commands.filter { !isStale($0) } : commands
    }

    /// Ends the session of a client that was sent as much as one session is, once no question of it is under way: what it
    /// asks for in the next one it asks for because it has read all of this one.
    ///
    /// - Returns: whether the session has ended, so that the client is to be asked to register.
    package mutating func renew(_ client: ClientSession) -> Bool {
        guard client.isSpent, client.asking == 0 else { return false }
        forget(client.session)
        return true
    }

    /// Forgets who has been silent for too long.
    package mutating func expire(now: Now) {
        for client in sessions.values where now.steady - client.heardAt > Self.silenceMaximum { forget(client.session) }
    }

    /// The names of the clients that are here: those that were heard within two intervals of `heartbeat`. A client takes
    /// no leave; it says something at every interval as long as it is there.
    package func present(now: Duration, heartbeat: Duration) -> [String] {
        sessions.values.filter { now - $0.heardAt <= heartbeat * 2 }.map(\.name).sorted()
    }

    private mutating func forget(_ session: UInt64) {
        guard let client = sessions.removeValue(forKey: session) else { return }
        if sessionsByPeer[client.peer] == session { sessionsByPeer[client.peer] = nil }
        for reference in client.follows.keys { unfollow(reference, session) }
    }

    /// Takes CREDIT: so many more events, and bytes of them.
    package mutating func credit(_ command: Command, _ client: ClientSession, _ cases: Cases, reading: Reading) {
        client.gain(messages: Int(command.first), bytes: Int(command.second))
        // The first that does not fit ends it: the others are not read in vain, and do not take what it waits for.
        var waiting = client.waiting.sorted()[...]
        client.waiting = []
        while client.waiting.isEmpty, client.creditMessages > 0, let reference = waiting.popFirst() {
            tell(client, reference, cases, reading: reading)
        }
        client.waiting.formUnion(waiting)
    }

    // MARK: Following

    /// Takes FOLLOW.
    ///
    /// - Throws: the ``Refusal`` of an unknown case or a body of the wrong shape.
    package mutating func follow(
        _ command: Command, _ client: ClientSession, _ cases: Cases, reading: Reading
    ) throws(Refusal) {
        guard let reference = command.reference, let scope = Follow.Scope(rawValue: command.second) else {
            throw Refusal(
                .malformedBody, "FOLLOW names a case and, in its second argument, 1 (every entry) or 2 (the record).")
        }
        var next = 0
        if !command.body.isEmpty {
            let after: Int?
            do throws(JSONError) {
                after = try JSONFields(try JSON(parsing: command.body)).parseIfPresent(
                    "after", as: "a cursor", { Cursor.position($0) })
            } catch {
                throw Refusal(.malformedBody, "The body of FOLLOW is not of the right shape: \(error).")
            }
            next = after ?? 0
        }
        guard cases.contains(reference) || !reading(reference).isEmpty else {
            throw Refusal(.unknownCase, "There is no case \(reference).")
        }
        start(Follow(request: command.first, scope: scope, next: next), reference, client)
        tell(client, reference, cases, reading: reading)
    }

    /// Follows a case from its beginning, where the submission that is being acknowledged asks for it.
    package mutating func follow(_ reference: CaseReference, as intake: PendingIntake, _ client: ClientSession) {
        guard let scope = Follow.Scope(rawValue: intake.scope) else { return }
        start(Follow(request: intake.request, scope: scope, next: 0), reference, client)
    }

    private mutating func start(_ follow: Follow, _ reference: CaseReference, _ client: ClientSession) {
        client.follows[reference] = follow
        followers[reference, default: []].insert(client.session)
    }

    private mutating func unfollow(_ reference: CaseReference, _ session: UInt64) {
        sessions[session]?.follows[reference] = nil
        sessions[session]?.waiting.remove(reference)
        followers[reference]?.remove(session)
        if followers[reference]?.isEmpty == true { followers[reference] = nil }
    }

    /// Tells those who follow what a turn wrote: `rows`, one for each of its drafts.
    package mutating func tell(of turn: PendingTurn, _ rows: [Turn.Row], _ cases: Cases, reading: Reading) {
        guard !followers.isEmpty else { return }
        for (row, first) in zip(rows, turn.drafts.lazy.map(\.firstEntry)) {
            guard case .case(let reference) = row.stream, let followers = followers[reference] else { continue }
            for session in followers.sorted() {
                guard let client = sessions[session] else { continue }
                tell(client, reference, cases, fresh: row.entries, from: first, reading: reading)
            }
        }
    }

    /// Takes the words that `turn`, which is on disk, has erased out of the events that it is to send, and those that the
    /// turns behind it are.
    package mutating func withholdErased(
        by turn: inout PendingTurn, _ writing: inout PendingTurn?, _ deciding: inout PendingTurn
    ) {
        for (reference, count) in turn.erased {
            func withhold(_ event: inout Command) {
                guard event.kind == .event, event.reference == reference,
                    case .object(var members)? = try? JSON(parsing: event.body),
                    case .string(let cursor)? = members.first(where: { $0.name == "cursor" })?.value,
                    let position = Cursor.position(cursor), position <= count,
                    let said = members.firstIndex(where: { $0.name == "body" })
                else { return }
                members[said].value = ["erased": true]
                let body = JSON.object(members).bytes
                // The client gives back as much as it gets.
                sessions[event.session]?.creditBytes += event.body.count - body.count
                event.body = body[...]
            }
            turn.changePosts(withhold)
            writing?.changePosts(withhold)
            deciding.changePosts(withhold)
        }
    }

    /// Tells a client what it has not heard of a case, as far as its credit goes; nothing while another case waits for it.
    ///
    /// - Parameters:
    ///   - fresh: the entries just written, the last of the stream; where they are not all that is missing, the journal
    ///     is read.
    ///   - first: the place of the first of them.
    package mutating func tell(
        _ client: ClientSession, _ reference: CaseReference, _ cases: Cases, fresh: [StoredEntry] = [],
        from first: Int = 0, reading: Reading
    ) {
        guard let follow = client.follows[reference] else { return }
        if follow.scope == .recordOnly, cases[reference]?.isUnfinished == true { return }
        if !client.waiting.isEmpty {
            client.waiting.insert(reference)
            return
        }
        var entries = fresh
        var first = first
        if fresh.isEmpty || (follow.scope == .everyEntry && follow.next < first) {
            entries = reading(reference)
            first = 0
        }
        let isFinished = entries.last { $0.isReconciliation || $0.isReopening }?.isReconciliation == true
        // The record may have late contributions behind it: it is the record that is told to who wants only that, and none
        // that does not stand, where the next one is decided but not on disk yet.
        guard
            let end = follow.scope != .recordOnly
                ? entries.count - 1 : isFinished ? entries.lastIndex(where: \.isReconciliation) : nil
        else { return }
        for (offset, entry) in entries.enumerated() where first + offset >= follow.next {
            if follow.scope == .recordOnly, offset != end { continue }
            let isLast = isFinished && offset == end
            guard tell(client, reference, entry, number: first + offset, isLast) else { return }
        }
    }

    /// Sends one event; false where the credit does not reach.
    private mutating func tell(
        _ client: ClientSession, _ reference: CaseReference, _ entry: StoredEntry, number: Int, _ isLast: Bool
    ) -> Bool {
        guard let follow = client.follows[reference] else { return false }
        let body = entry.event(cursor: Cursor.text(number + 1))
        guard client.charge(body.count) else {
            client.waiting.insert(reference)
            return false
        }
        let event = Command(
            .event, reference: reference, session: client.session, first: follow.request, second: isLast ? 1 : 0,
            body: body[...])
        sends.append(Step.Send(peer: client.peer, command: event))
        client.follows[reference]?.next = number + 1
        if isLast { unfollow(reference, client.session) }
        return true
    }
}

extension StoredEntry {
    private static let reconciliation = Array(#"{"type":"reconciled""#.utf8)
    private static let reopening = Array(#"{"type":"reopened""#.utf8)
    private static let withJSON = ["received", "contributed", "corrected", "reconciled", "edited"].map {
        Array("{\"type\":\"\($0)\"".utf8)
    }

    /// Whether the entry makes the record; told from its first member, without reading the rest.
    package var isReconciliation: Bool { structure.starts(with: Self.reconciliation) }

    /// Whether the record before the entry no longer stands.
    fileprivate var isReopening: Bool { structure.starts(with: Self.reopening) }

    /// Whether the personal part has been read as JSON before it was kept: not so the last words of a program, nor what
    /// came late or was refused.
    private var hasJSONBody: Bool { Self.withJSON.contains { structure.starts(with: $0) } }

    /// The entry's type in its quotes, and its time: its first members, read without the rest.
    private var head: (type: ArraySlice<UInt8>, at: Timestamp) {
        let type = structure.dropFirst(Self.typeName.count).prefix { $0 != UInt8(ascii: ",") }
        let digits = structure[type.endIndex...].dropFirst(Self.timeName.count).prefix { $0 != UInt8(ascii: ",") }
        return (type, Timestamp(milliseconds: Int64(String(decoding: digits, as: UTF8.self)) ?? 0))
    }
    private static let typeName = Array(#"{"type":"#.utf8)
    private static let timeName = Array(#","at":"#.utf8)

    /// The body of the EVENT that tells the entry.
    fileprivate func event(cursor: String) -> [UInt8] {
        var writer = JSONWriter(reserving: structure.count + parts.reduce(256) { $0 + ($1.bytes?.count ?? 0) })
        writer.object { writer in
            writer.member("cursor", cursor)
            let head = head
            writer.name("type")
            writer.raw(head.type)
            writer.member("at", head.at.description)
            writer.name("entry")
            writer.raw(self.structure)
            if let part = parts.first {
                writer.name("body")
                if let bytes = part.bytes, hasJSONBody {
                    writer.raw(bytes)
                } else {
                    writer.value(
                        part.bytes.map { JSON.string(String(decoding: $0, as: UTF8.self)) } ?? ["erased": true])
                }
            }
        }
        return writer.bytes
    }
}
