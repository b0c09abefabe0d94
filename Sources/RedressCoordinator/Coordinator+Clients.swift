import RedressCase
import RedressConfiguration
import RedressContract
import RedressDispatch
import RedressStore
import RedressWire

/// Clients: greeting, following, asking (specification, "Clients").
extension Coordinator {
    /// A client that says nothing for so long is forgotten; it is asked to register again when it speaks.
    private static let clientSilenceMaximum: Duration = .seconds(60)

    func greet(_ command: Command, from peer: Peer, _ now: Now) throws(Refusal) {
        let name: String
        do throws(JSONError) {
            name = try JSONFields(try JSON(parsing: command.body)).string("client")
        } catch {
            throw Refusal(.malformedBody, "The body of HELLO is not of the right shape: \(error).")
        }
        guard (1...128).contains(name.utf8.count) else {
            throw Refusal(.malformedBody, "A client's name has 1 to 128 bytes.")
        }
        if let old = clientsByPeer[peer] { forget(client: old) }
        var session = generator.next()
        while session == 0 || clients[session] != nil || broker.workers[session] != nil { session = generator.next() }
        clients[session] = ClientSession(session: session, peer: peer, name: name, heardAt: now.steady)
        clientsByPeer[peer] = session
        post(Command(.welcome, session: session, body: welcome[...]), to: peer)
    }

    /// The body of WELCOME: what peers can rely on.
    var welcome: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("epoch", epoch)
            writer.member("heartbeatMilliseconds", Int64(broker.settings.heartbeat / .milliseconds(1)))
            writer.member("leaseMilliseconds", configuration.policy.leaseMilliseconds)
            writer.member("policy", broker.policyHash)
            writer.name("limits")
            writer.object { writer in
                writer.member("complaintBytes", Limits.complaintBytesMaximum)
                writer.member("contributionBytes", Limits.contributionBytesMaximum)
            }
        }
        return writer.bytes
    }

    func take(_ command: Command, from client: ClientSession, _ now: Now) throws(Refusal) {
        client.heardAt = now.steady
        switch command.kind {
        case .submit: try submit(command, from: client, now)
        case .follow: try startFollowing(command, client.session)
        case .credit:
            client.creditMessages += Int(command.first)
            client.creditBytes += Int(command.second)
            let waiting = client.waiting
            client.waiting = []
            for reference in waiting { tell(client.session, reference) }
        case .query: try ask(command, from: client)
        case .command: try order(command, from: client)
        case .heartbeat: post(Command(.heartbeat, session: client.session), to: client.peer)
        default: throw Refusal(.notAllowed, "\(command.kind) is not for clients.")
        }
    }

    func expireClients(_ now: Now) {
        for client in clients.values where now.steady - client.heardAt > Self.clientSilenceMaximum {
            forget(client: client.session)
        }
    }

    private func forget(client session: UInt64) {
        guard let client = clients.removeValue(forKey: session) else { return }
        if clientsByPeer[client.peer] == session { clientsByPeer[client.peer] = nil }
        for reference in client.follows.keys { unfollow(reference, session) }
    }

    // MARK: Following

    private func startFollowing(_ command: Command, _ session: UInt64) throws(Refusal) {
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
        if !broker.cases.contains(reference) {
            guard let entries = try? reader?.entries(of: .case(reference)), !entries.isEmpty else {
                throw Refusal(.unknownCase, "There is no case \(reference).")
            }
        }
        start(Follow(request: command.first, scope: scope, next: next), reference, session)
        tell(session, reference)
    }

    /// Follows a case from its SUBMIT on, where that asks for it.
    func follow(_ reference: CaseReference, _ command: Command, _ session: UInt64) {
        guard let scope = Follow.Scope(rawValue: command.second) else { return }
        start(Follow(request: command.first, scope: scope, next: 0), reference, session)
    }

    private func start(_ follow: Follow, _ reference: CaseReference, _ session: UInt64) {
        clients[session]?.follows[reference] = follow
        followers[reference, default: []].insert(session)
    }

    private func unfollow(_ reference: CaseReference, _ session: UInt64) {
        clients[session]?.follows[reference] = nil
        clients[session]?.waiting.remove(reference)
        followers[reference]?.remove(session)
        if followers[reference]?.isEmpty == true { followers[reference] = nil }
    }

    /// Tells those who follow what a turn wrote.
    func tellFollowers(_ pending: PendingTurn) {
        guard !followers.isEmpty else { return }
        for (row, first) in zip(pending.rows, pending.firstEntries) {
            guard case .case(let reference) = row.stream, let sessions = followers[reference] else { continue }
            for session in sessions { tell(session, reference, row.entries, from: first) }
        }
    }

    /// Tells a client what it has not heard of a case, as far as its credit goes.
    ///
    /// - Parameters:
    ///   - fresh: the entries just written, the last of the stream; where they are not all that is missing, the journal
    ///     is read.
    ///   - first: the place of the first of them.
    func tell(_ session: UInt64, _ reference: CaseReference, _ fresh: [StoredEntry] = [], from first: Int = 0) {
        guard let client = clients[session], let follow = client.follows[reference] else { return }
        if follow.scope == .recordOnly, broker.cases.reading(reference, { $0.isUnfinished }) == true { return }
        var entries = fresh
        var first = first
        if fresh.isEmpty || (follow.scope == .everyEntry && follow.next < first) {
            entries = (try? reader?.entries(of: .case(reference))) ?? []
            first = 0
        }
        // The record may have late contributions behind it: it is the record that is told to who wants only that.
        guard let end = follow.scope == .recordOnly ? entries.lastIndex(where: \.isReconciliation) : entries.count - 1
        else { return }
        let isFinished = entries.last { $0.isReconciliation || $0.isReopening }?.isReconciliation == true
        for (offset, entry) in entries.enumerated() where first + offset >= follow.next {
            if follow.scope == .recordOnly, offset != end { continue }
            let isLast = isFinished && offset == end
            guard tell(session, reference, entry, number: first + offset, isLast) else { return }
        }
    }

    /// Sends one event; false where the credit does not reach.
    private func tell(
        _ session: UInt64, _ reference: CaseReference, _ entry: StoredEntry, number: Int, _ isLast: Bool
    ) -> Bool {
        guard let client = clients[session], let follow = client.follows[reference] else { return false }
        var writer = JSONWriter(
            reserving: entry.structure.count + entry.parts.reduce(256) { $0 + ($1.bytes?.count ?? 0) })
        writer.object { writer in
            writer.member("cursor", Cursor.text(number + 1))
            let structure = try? JSON(parsing: entry.structure)
            writer.member("type", structure?["type"] ?? .null)
            if case .number(let at)? = structure?["at"], let milliseconds = at.whole(as: Int64.self) {
                writer.member("at", Timestamp(milliseconds: milliseconds).description)
            }
            writer.name("entry")
            writer.raw(entry.structure)
            if let part = entry.parts.first {
                writer.name("body")
                if let bytes = part.bytes, entry.hasJSONBody {
                    writer.raw(bytes)
                } else {
                    writer.value(
                        part.bytes.map { JSON.string(String(decoding: $0, as: UTF8.self)) } ?? ["erased": true])
                }
            }
        }
        guard client.hasCredit(for: writer.bytes.count) else {
            client.waiting.insert(reference)
            return false
        }
        client.creditMessages -= 1
        client.creditBytes -= writer.bytes.count
        post(
            Command(
                .event, reference: reference, session: session, first: follow.request, second: isLast ? 1 : 0,
                body: writer.bytes[...]),
            to: client.peer)
        client.follows[reference]?.next = number + 1
        if isLast { unfollow(reference, session) }
        return true
    }
}

/// Where a client stands in the entries of a case: opaque to it.
enum Cursor {
    static func text(_ position: Int) -> String { "e\(position)" }

    static func position(_ text: String) -> Int? {
        guard text.first == "e", let position = Int(text.dropFirst()), position >= 0 else { return nil }
        return position
    }
}

extension StoredEntry {
    private static let reconciliation = Array(#"{"type":"reconciled""#.utf8)
    private static let reopening = Array(#"{"type":"reopened""#.utf8)
    private static let withJSON = ["received", "contributed", "corrected", "reconciled"].map {
        Array("{\"type\":\"\($0)\"".utf8)
    }

    /// Whether the entry makes the record; told from its first member, without reading the rest.
    var isReconciliation: Bool { structure.starts(with: Self.reconciliation) }

    /// Whether the record before the entry no longer stands.
    var isReopening: Bool { structure.starts(with: Self.reopening) }

    /// Whether the personal part has been read as JSON before it was kept: not so the last words of a program, nor what
    /// came late or was refused.
    var hasJSONBody: Bool { Self.withJSON.contains { structure.starts(with: $0) } }
}
