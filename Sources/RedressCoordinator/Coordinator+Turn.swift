import Logging
import RedressCase
import RedressContract
import RedressDispatch
import RedressStore
import RedressWire
import ZeroMQ

/// One turn: drain, decide, write, release.
extension Coordinator {
    /// A turn ends its draining after so many messages, bytes, or so much time: whatever comes first.
    private static let messagesMaximum = 1024
    private static let bytesMaximum = 16 << 20
    private static let drainingMaximum: Duration = .milliseconds(20)
    /// The views follow the journal at this distance at the most, while there is work.
    private static let projectionInterval: Duration = .seconds(1)

    /// After a failure that recovery did not get over, such as a full disk, it is tried again at this interval.
    private static let resumptionInterval: Duration = .seconds(1)

    /// Takes one turn.
    ///
    /// - Returns: how long the thread may wait for the next one.
    func takeTurn() -> Duration? {
        guard journal != nil || resume() else { return Self.resumptionInterval }
        let began = now()
        var isIdle = splits.isEmpty
        let more = drain(until: began.steady + Self.drainingMaximum, &isIdle)
        let now = now()
        for (reference, split) in splits { broker.assess(reference, split, now: now) }
        splits.removeAll(keepingCapacity: true)
        broker.tick(now: now)
        expireClients(now)
        takeOver(broker.takeStep())
        do throws(JournalError) {
            try write()
        } catch {
            recoverFromFailure(error)
        }
        startTriage()
        if !unprojected.isEmpty, isIdle || now.steady - projectedAt > Self.projectionInterval { project() }
        return more ? .zero : broker.wait(now: self.now())
    }

    private func drain(until end: Duration, _ isIdle: inout Bool) -> Bool {
        var bytes = 0
        for count in 0..<Self.messagesMaximum {
            let received: Received?
            do throws(ZeroMQError) {
                received = try socket?.receive(maximumFrames: Limits.commandsMaximum + 2) ?? nil
            } catch {
                logger.error("receiving failed", metadata: ["error": "\(error)"])
                return false
            }
            guard let received else { return false }
            isIdle = false
            messagesTaken += 1
            switch received {
            case .overlong(let first, let frames):
                let refusal = Refusal(
                    .frameCount, "A message has 1 to \(Limits.commandsMaximum) commands; this one has \(frames - 2).")
                post(Command(refusal: refusal), to: Peer(first))
            case .message(let frames):
                bytes += frames.reduce(0) { $0 + $1.count }
                if let routingID = frames.first { take(frames.dropFirst(), from: Peer(routingID)) }
            }
            if bytes > Self.bytesMaximum || (count & 63 == 63 && now().steady > end) { return true }
        }
        return true
    }

    private func take(_ frames: ArraySlice<[UInt8]>, from peer: Peer) {
        let now = now()
        do throws(Refusal) {
            for result in try Message.unpack(frames, from: [.worker, .client]) {
                switch result {
                case .success(let command):
                    do throws(Refusal) {
                        try take(command, from: peer, now)
                    } catch {
                        post(Command(refusal: error, request: command.requestNumber), to: peer)
                    }
                case .failure(let refusal):
                    logger.debug("frame refused", metadata: ["refusal": "\(refusal.code)"])
                    post(Command(refusal: refusal), to: peer)
                }
            }
        } catch {
            post(Command(refusal: error), to: peer)
        }
    }

    private func take(_ command: Command, from peer: Peer, _ now: Now) throws(Refusal) {
        if command.kind == .hello { return try greet(command, from: peer, now) }
        if let client = clients[command.session], client.peer == peer {
            return try take(command, from: client, now)
        }
        guard command.kind.senders.contains(.worker) else {
            return post(Command(.register), to: peer)
        }
        let message = try WorkerMessage(command)
        for reference in message.references { bringIn(reference, now) }
        broker.handle(message, from: peer, session: command.session, now: now)
    }

    /// Brings a case that is not in memory back from the journal, where there is one.
    func bringIn(_ reference: CaseReference, _ now: Now) {
        guard broker.cases[reference] == nil, broker.setAside[reference] == nil else { return }
        do {
            guard let entries = try journal?.entries(of: .case(reference)), !entries.isEmpty else { return }
            broker.restore(try Case(reference, stored: entries), now: now)
            visiting.insert(reference)
        } catch let error as FoldError {
            broker.setAside(reference, error.description)
        } catch {
            logger.error("case cannot be read", metadata: ["case": "\(reference)", "error": "\(error)"])
        }
    }

    // MARK: Deciding is done; writing

    /// Takes what the core decided: entries to the turn's rows, commands to the outbox.
    func takeOver(_ step: Step) {
        for (reference, entry) in step.entries { rows.append(reference, entry.stored) }
        for send in step.sends { sends.append(send) }
        awaitingTriage += step.triage
        reconciled += step.reconciled
    }

    /// Writes the turn, where it has entries, and then releases what it sends.
    func write() throws(JournalError) {
        let heads = try append(rows.take())
        for reference in reconciled {
            if let view = broker.cases[reference]?.view { unprojected[reference] = view }
        }
        release(heads)
        for reference in reconciled { texts[reference] = nil }
        for reference in visiting.union(reconciled) where broker.cases[reference]?.isUnfinished != true {
            broker.release(reference)
            journal?.forget(reference)
        }
        visiting.removeAll()
        reconciled.removeAll(keepingCapacity: true)
    }

    /// Appends entries of the house.
    func append(_ house: [StoredEntry]) throws(JournalError) {
        _ = try append([Turn.Row(stream: .house, entries: house)])
    }

    private func append(_ rows: [Turn.Row]) throws(JournalError) -> [Digest] {
        guard !rows.isEmpty else { return [] }
        guard let journal else { throw JournalError(.inputOutput, "The journal in \(folder.path) is closed.") }
        let heads = try journal.append(
            Turn(
                number: turn + 1, epoch: journal.epoch,
                intakes: intakes.map { Turn.Intake(reference: $0.reference, key: $0.key, body: $0.body) }, rows: rows))
        turn += 1
        for row in rows {
            if case .case(let reference) = row.stream, unprojected[reference] == nil {
                unprojected[reference] = .some(nil)
            }
        }
        lastRows = rows
        return heads
    }

    /// Everything that the turn sends, now that its entries are on disk.
    private func release(_ heads: [Digest]) {
        acknowledge(heads)
        for send in sends {
            var command = send.command
            switch send.body {
            case .own: break
            case .welcome: command.body = welcome[...]
            case .brief:
                guard let task = command.task,
                    let brief = text(of: task.reference).flatMap({
                        broker.cases[task.reference]?.brief(task.number, attempt: command.attempt, text: $0)
                    })
                else { continue }
                command.body = brief.jsonBytes[...]
            }
            post(command, to: send.peer)
        }
        sends.removeAll(keepingCapacity: true)
        tellFollowers(lastRows)
        lastRows = []
        for (peer, commands) in outbox { send(commands, to: peer) }
        outbox.removeAll(keepingCapacity: true)
    }

    /// Puts a command into the outbox: it leaves when the turn is on disk.
    func post(_ command: Command, to peer: Peer) { outbox[peer, default: []].append(command) }

    private func send(_ commands: [Command], to peer: Peer) {
        for message in Message.pack(commands) {
            do throws(ZeroMQError) {
                // What cannot be sent is derived again: offers expire, clients and workers ask and deliver again.
                guard let outcome = try socket?.send([peer.routingID] + message), outcome == .sent else { return }
            } catch {
                logger.warning("sending failed", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    /// After a failed append nothing in memory counts any more: all is recovered from disk, in this process.
    private func recoverFromFailure(_ failure: JournalError) {
        logger.error("turn not written; recovering", metadata: ["turn": "\(turn + 1)", "error": "\(failure)"])
        rows = TurnRows()
        sends = []
        reconciled = []
        lastRows = []
        journal = nil
        _ = resume()
    }

    /// Recovers; while that fails nobody is heard, and what they say waits for better times.
    private func resume() -> Bool {
        do throws(JournalError) {
            try recover()
        } catch {
            logger.critical("recovery failed; trying again", metadata: ["error": "\(error)"])
            journal = nil
            if isHeard { unwatchSocket() }
            return false
        }
        if !isHeard { watchSocket() }
        return true
    }

    // MARK: Views

    /// Brings the views up to the last turn.
    func project() {
        guard let journal else { return }
        do throws(JournalError) {
            try project(to: journal)
        } catch {
            logger.warning("views are behind", metadata: ["error": "\(error)"])
        }
        projectedAt = now().steady
    }

    func project(to journal: SQLiteJournal) throws(JournalError) {
        let views = unprojected.compactMap { reference, view in view ?? broker.cases[reference]?.view }
        try journal.project(views, upTo: turn)
        unprojected.removeAll(keepingCapacity: true)
    }
}

/// The rows of a turn in the making: the entries of each case together, cases in the order of their first entry.
struct TurnRows {
    private var rows: [Turn.Row] = []
    private var places: [CaseReference: Int] = [:]

    /// Adds an entry of `reference`.
    mutating func append(_ reference: CaseReference, _ entry: StoredEntry) {
        if let place = places[reference] {
            rows[place].entries.append(entry)
        } else {
            places[reference] = rows.count
            rows.append(Turn.Row(stream: .case(reference), entries: [entry]))
        }
    }

    /// Gives out the rows and begins anew.
    mutating func take() -> [Turn.Row] {
        defer {
            rows = []
            places.removeAll(keepingCapacity: true)
        }
        return rows
    }
}
