import Logging
import RedressCase
import RedressContract
import RedressDispatch
import RedressKeys
import RedressStore
import RedressWire
import ZeroMQ

/// One turn: drain, decide, write, release.
extension Coordinator {
    /// A turn ends its draining after so many messages, bytes, or so much time: whatever comes first.
    private static let messagesMaximum = 1024
    private static let bytesMaximum = 16 << 20
    private static let drainingMaximum: Duration = .milliseconds(3)
    /// Which cases the views are brought up to date with, in a turn.
    enum Projection {
        case none
        /// Those that have been behind for long enough to be through with most changes; not too many of them, because the turn
        /// waits for them.
        case settled
        case all

        fileprivate static let dueAfter: Duration = .seconds(1)
        fileprivate static let settledAfter: Duration = .milliseconds(500)
        fileprivate static let settledMaximum = 512
    }

    /// Where there is nothing to do for so long, the views are brought up to date.
    private static let idleInterval: Duration = .milliseconds(50)

    /// Takes one turn: decides, and hands what was decided to the journal's thread where that is free; otherwise it
    /// waits there for the turn before, and shares its transaction with what is decided until then.
    ///
    /// - Returns: how long the thread may wait for the next one.
    func takeTurn() -> Duration? {
        let began = now()
        if keys != nil { readKeys(began) }
        guard writer != nil || resume(began) else { return turnAway(until: began.steady + Self.drainingMaximum) }
        var isIdle = splits.isEmpty
        let more = drain(until: began.steady + Self.drainingMaximum, &isIdle)
        let now = now()
        for (reference, split) in splits { broker.assess(reference, split, now: now) }
        splits.removeAll(keepingCapacity: true)
        broker.tick(now: now)
        clients.expire(now: now)
        decided()
        let isQuiet = isIdle && now.steady - wroteAt > Self.idleInterval
        write(projecting: isQuiet ? .all : projection)
        startTriage()
        var wait = min(broker.wait(now: self.now()), keys == nil ? .seconds(60) : Self.keyInterval)
        if triageFrom > now.steady { wait = min(wait, triageFrom - now.steady) }
        return more ? .zero : viewsBehind.isEmpty || isWriting ? wait : min(wait, Self.idleInterval)
    }

    /// Takes what the core has decided into the turn. Triage does not wait until that is on disk: its splits may share the
    /// turn of their case's first entry.
    func decided() {
        let step = broker.takeStep()
        awaitingTriage += step.triage
        deciding.add(step)
    }

    func drain(until end: Duration, _ isIdle: inout Bool) -> Bool {
        var bytes = 0
        for _ in 0..<Self.messagesMaximum {
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
            let key = keys == nil ? nil : socket?.senderUserID
            switch received {
            case .overlong(let first, let frames):
                let peer = Peer(first, key: key)
                if keys != nil, admit(peer, now()) == nil { continue }
                let refusal = Refusal(
                    .frameCount, "A message has 1 to \(Limits.commandsMaximum) commands; this one has \(frames - 2).")
                post(Command(refusal: refusal), to: peer)
            case .message(let frames):
                bytes += frames.reduce(0) { $0 + $1.count }
                if let routingID = frames.first { take(frames.dropFirst(), from: Peer(routingID, key: key)) }
            }
            if bytes > Self.bytesMaximum || now().steady > end { return true }
        }
        return true
    }

    private func take(_ frames: ArraySlice<[UInt8]>, from peer: Peer) {
        let now = now()
        var grant: Grant?
        if keys != nil {
            grant = admit(peer, now)
            if grant == nil { return }
        }
        do throws(Refusal) {
            for result in try Message.unpack(frames, from: [.worker, .client]) {
                switch result {
                case .success(let command):
                    do throws(Refusal) {
                        try take(command, from: peer, grant, now)
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

    /// - Parameter grant: what the peer's key may do; nil where there are no keys.
    private func take(_ command: Command, from peer: Peer, _ grant: Grant?, _ now: Now) throws(Refusal) {
        try grant?.check(command)
        if let outage { return try turnAway(command, from: peer, outage, now) }
        if command.kind == .hello { return try greet(command, from: peer, as: grant?.name, now) }
        if let client = clients.sessions[command.session], client.peer == peer {
            return try take(command, from: client, now)
        }
        guard command.kind.senders.contains(.worker) else {
            return post(Command(.register), to: peer)
        }
        let message = try WorkerMessage(command)
        if let grant, case .ready(let registration) = message { try grant.check(registration) }
        do throws(Refusal) {
            for reference in message.references { try bringIn(reference, now) }
        } catch {
            // What is about a task is said again until it is settled.
            guard case .ready = message else { return }
            throw error
        }
        broker.handle(message, from: peer, session: command.session, now: now)
    }

    /// Brings a case that is not in memory back from the journal, where there is one.
    ///
    /// - Throws: the ``Refusal`` of what cannot be read now.
    func bringIn(_ reference: CaseReference, _ now: Now) throws(Refusal) {
        guard !broker.cases.contains(reference), broker.setAside[reference] == nil else { return }
        do {
            guard let entries = try reader?.entries(of: .case(reference)), !entries.isEmpty else { return }
            broker.restore(try Case(reference, stored: entries), now: now)
            deciding.visiting.insert(reference)
        } catch let error where error is FoldError || (error as? JournalError)?.code == .broken {
            setAside(reference, error, behindSince: turn)
        } catch {
            logger.error("case cannot be read", metadata: ["case": "\(reference)", "error": "\(error)"])
            throw Refusal(
                .failed, "Case \(reference) cannot be read now: \(error)",
                retryAfterMilliseconds: UInt32(Self.readingInterval / .milliseconds(1)))
        }
    }

    // MARK: Writing

    /// Whether a turn is on its way to the disk.
    var isWriting: Bool { writing != nil }

    /// What the next turn does for the views.
    private var projection: Projection {
        if !deciding.questions.isEmpty { return .all }
        return viewsBehind.since.map { now().steady - $0 > Projection.dueAfter } == true ? .settled : .none
    }

    /// Hands the turn to the journal's thread, unless one is on its way; the views are brought up with it.
    func write(projecting projection: Projection) {
        guard !isWriting, let writer else { return }
        let pending = deciding
        deciding = PendingTurn()
        let time = now().steady
        if !pending.drafts.isEmpty { turn += 1 }
        for draft in pending.drafts {
            if case .case(let reference) = draft.stream { viewsBehind.add(reference, turn: turn, at: time) }
        }
        let behind = behind(projection, at: time)
        guard !pending.drafts.isEmpty || !behind.isEmpty else { return release(pending, JournalWriter.Written()) }
        // As they are with this turn: nothing else is decided until they have been looked at.
        let views = behind.compactMap { behind in
            broker.cases[behind.reference]?.view ?? behind.view
        }
        let shown = viewsBehind.firstTurn.map { $0 - 1 } ?? turn
        let (number, intakes, drafts, forgotten) = (turn, pending.intakes, pending.drafts, forgotten)
        self.forgotten.removeAll(keepingCapacity: true)
        writing = pending
        // At once: the journal's thread has it before anything else is done here.
        Task.immediate {
            do throws(JournalError) {
                let written = try await writer.append(
                    number, intakes, drafts, showing: views, upTo: shown, forgotten: forgotten)
                if let fault = written.viewsFault {
                    logger.warning("views are behind", metadata: ["error": "\(fault)"])
                    viewsBehind.putBack(behind, views)
                }
                wrote(written)
            } catch {
                await recover(from: error)
            }
            written?.resume()
            written = nil
        }
    }

    /// The turn is on disk. What has been decided meanwhile goes to the journal's thread first, which writes it while this
    /// one is let go.
    private func wrote(_ written: JournalWriter.Written) {
        guard let pending = writing else { return }
        writing = nil
        wroteAt = now().steady
        commits = written.commits
        if !deciding.drafts.isEmpty { write(projecting: projection) }
        release(pending, written)
    }

    /// Whose views are brought up now.
    private func behind(_ projection: Projection, at time: Duration) -> [ViewsBehind.Entry] {
        switch projection {
        case .none: []
        case .settled: viewsBehind.take(atMost: Projection.settledMaximum, before: time - Projection.settledAfter)
        case .all: viewsBehind.take(atMost: .max, before: time)
        }
    }

    /// Lets go what a turn sends, now that its entries are on disk.
    private func release(_ pending: PendingTurn, _ written: JournalWriter.Written) {
        var pending = pending
        acknowledge(&pending, written)
        for send in pending.sends {
            var command = send.command
            switch send.body {
            case .own: break
            case .welcome: command.body = welcome[...]
            case .brief:
                guard let task = command.task,
                    // One that cannot be made now is made for the next offer.
                    let brief = ((try? text(of: task.reference)) ?? nil).flatMap({
                        broker.cases[task.reference]?.brief(task.number, attempt: command.attempt, text: $0)
                    })
                else { continue }
                command.body = brief.jsonBytes[...]
                guard command.body.count <= Limits.briefBytesMaximum else {
                    broker.park(task, command.attempt, briefBytes: command.body.count, now: now())
                    continue
                }
            }
            pending.post(command, to: send.peer)
        }
        clients.tell(of: pending, written.rows, broker.cases, reading: entries)
        pending.post(clients.takeSends(), orBehind: &writing, &deciding)
        clients.withholdErased(by: &pending, &writing, &deciding)
        for (peer, commands) in pending.posts { send(clients.withoutStaleEvents(commands), to: peer) }
        for reference in pending.reconciled { texts[reference] = nil }
        for reference in pending.visiting.union(pending.reconciled) { letGo(reference) }
        for question in pending.questions { question() }
    }

    /// Lets a finished case leave memory, unless a turn that is not on disk yet is about it.
    private func letGo(_ reference: CaseReference) {
        guard let finished = broker.cases[reference], !finished.isUnfinished else { return }
        guard !PendingTurn.keeps(reference, &writing, &deciding) else { return }
        viewsBehind.leave(reference, finished.view)
        broker.release(reference)
        forgotten.append(reference)
    }

    /// Puts a command into the turn: it leaves when the turn is on disk.
    func post(_ command: Command, to peer: Peer) { deciding.post(command, to: peer) }

    func send(_ commands: [Command], to peer: Peer) {
        // Whoever has lost its key since is told so, and nothing else.
        let isKnown = keys == nil || keys?.list[peer.key] != nil
        let commands = isKnown ? commands : commands.filter { $0.kind == .refused }
        for message in Message.pack(commands) {
            do throws(ZeroMQError) {
                // What cannot be sent is derived again: offers expire, workers deliver again, and a client that is
                // forgotten follows on from its cursor.
                guard let outcome = try socket?.send([peer.routingID] + message), outcome == .sent else {
                    return clients.forget(peer)
                }
            } catch {
                logger.warning("sending failed", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    /// After a turn that could not be written nothing in memory counts any more: all is recovered from disk, in this
    /// process.
    private func recover(from failure: JournalError) async {
        logger.error("turn not written; recovering", metadata: ["turn": "\(turn)", "error": "\(failure)"])
        // Still writing, as far as turns are concerned: what is decided until the folder is free is dropped with the core.
        await writer?.close()
        writing = nil
        writer = nil
        _ = resume(now())
    }
}
