import Logging
import RedressContract
import RedressDispatch
import RedressKeys
import RedressStore
import RedressWire

/// The time in which the journal cannot be written, for instance because its disk is full: everybody is told so, nothing is
/// taken, and recovery is tried until it succeeds.
struct Outage {
    /// What recovery failed of last, for people.
    var reason: String
    /// When that was, in steady time.
    var at: Duration
}

extension Coordinator {
    /// Recovery is tried so often, and peers are told to try again after as long.
    private static let resumptionInterval: Duration = .seconds(1)

    /// Recovers, unless that was tried a moment ago.
    ///
    /// - Returns: whether there is a journal to write to.
    func resume(_ now: Now) -> Bool {
        if let outage, now.steady - outage.at < Self.resumptionInterval { return false }
        do {
            try recover()
            if outage != nil { logger.notice("recovered", metadata: ["turn": "\(turn)"]) }
            outage = nil
            return true
        } catch {
            logger.critical("recovery failed; trying again", metadata: ["error": "\(error)"])
            // Whoever waits for an answer is asked to register, asks again, and hears why there is none.
            if outage == nil { clients = Clientele() }
            deciding = PendingTurn()
            outage = Outage(reason: "\(error)", at: now.steady)
            return false
        }
    }

    /// A turn without a journal: answers what has come, and writes nothing.
    ///
    /// - Returns: how long the thread may wait for the next one.
    func turnAway(until end: Duration) -> Duration? {
        var isIdle = true
        let more = drain(until: end, &isIdle)
        clients.expire(now: now())
        for (peer, commands) in deciding.posts { send(commands, to: peer) }
        deciding = PendingTurn()
        return more ? .zero : Self.resumptionInterval
    }

    /// Answers a command as far as that can be done without a journal.
    func turnAway(_ command: Command, from peer: Peer, _ outage: Outage, _ now: Now) throws(Refusal) {
        let client = clients.sessions[command.session].flatMap { $0.peer == peer ? $0 : nil }
        client?.heardAt = now.steady
        switch command.kind {
        case .hello: try greet(command, from: peer, as: keys?.list[peer.key]?.name, now)
        case .query where client != nil && isStatusAsked(command): if let client { try ask(command, from: client) }
        case .submit, .follow, .command, .query:
            guard client != nil else { return post(Command(.register), to: peer) }
            throw refusal(outage)
        case .ready: throw refusal(outage)
        case .heartbeat:
            post(client == nil ? Command(.register) : Command(.heartbeat, session: command.session), to: peer)
        // Workers say these again until they are settled.
        default: break
        }
    }

    private func isStatusAsked(_ command: Command) -> Bool {
        (try? JSON(parsing: command.body))?["query"] == "status"
    }

    private func refusal(_ outage: Outage) -> Refusal {
        let isDiskLow = (folder.freeBytes ?? .max) < Self.freeBytesMinimum
        return Refusal(
            isDiskLow ? .diskLow : .failed, outage.sentence,
            retryAfterMilliseconds: UInt32(Self.resumptionInterval / .milliseconds(1)))
    }
}

extension Outage {
    /// What peers are told.
    var sentence: String { "The journal cannot be written; nothing is taken until it can. \(reason)" }
}
