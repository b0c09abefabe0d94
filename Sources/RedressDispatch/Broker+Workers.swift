import DequeModule
import HeapModule
import RedressCase
package import RedressContract
package import RedressWire

/// Sessions: who is here (specification, "Opening and closing").
extension Broker {
    /// Takes what a worker said.
    ///
    /// - Parameter session: the session of the command's header; 0 for READY.
    package mutating func handle(_ message: WorkerMessage, from peer: Peer, session: UInt64, now: Now) {
        attend(now)
        if case .ready(let registration) = message { return register(registration, peer, now: now) }
        guard let here = workers[session], here.worker.peer == peer else {
            step.sends.append(Step.Send(peer: peer, command: Command(.register)))
            return
        }
        let worker = here.worker
        here.heardAt = attended
        switch message {
        case .ready: break
        case .credit(let messages, let bytes):
            here.creditMessages += messages
            here.creditBytes += bytes
            offering.formUnion(worker.departments)
        case .accept(let task, let attempt): accept(task, attempt, worker, now: now)
        case .renew(let task, let attempt, let progress): renew(task, attempt, progress, worker, now: now)
        case .contribute(let task, let attempt, let body, let contribution):
            contribute(task, attempt, body, contribution, worker, now: now)
        case .fail(let task, let attempt, let cause, let reason):
            let end: Entry.AttemptEnd =
                switch cause {
                case .failed: .failed
                case .crashed: .crashed
                case .timeLimit: .timeLimit
                }
            giveBack(task, attempt, end, reason, after: 0, worker, now: now)
        case .release(let task, let attempt, let after, let reason):
            giveBack(task, attempt, .released, reason, after: Int64(after), worker, now: now)
        case .drain:
            here.isDraining = true
            here.isAskedToLeave = false
        case .heartbeat:
            send(.heartbeat, to: worker)
            if here.isAskedToLeave { send(.drain, to: worker) }
        }
    }

    private mutating func register(_ registration: Registration, _ peer: Peer, now: Now) {
        do throws(Refusal) {
            for department in registration.departments { try refuseUnknown(department) }
        } catch {
            step.sends.append(Step.Send(peer: peer, command: Command(refusal: error)))
            return
        }
        // A version that no policy has yet may come with the next one; a type that none has is a mistake.
        if let unknown = registration.contracts.first(where: { contract in
            !policies.values.contains { $0.task(contract.type) != nil }
        }) {
            let types = policies[policyHash]?.tasks.map(\.type.description).joined(separator: ", ") ?? ""
            let refusal = Refusal(.unknownContract, "There is no task \(unknown.type) here; there are \(types).")
            step.sends.append(Step.Send(peer: peer, command: Command(refusal: refusal)))
            return
        }
        if let other = name(of: registration.incarnation), other != registration.worker {
            let refusal = Refusal(
                .notAllowed,
                "The incarnation in READY is that of the worker \"\(other)\": each start of a process draws its own.")
            step.sends.append(Step.Send(peer: peer, command: Command(refusal: refusal)))
            return
        }
        if let old = sessionsByPeer[peer] { endSession(old, now: now) }
        if let old = sessionsByIncarnation[registration.incarnation] { endSession(old, now: now) }
        var session = UInt64.random(in: 1...UInt64.max, using: &generator)
        while workers[session] != nil { session = UInt64.random(in: 1...UInt64.max, using: &generator) }
        let worker = Worker(
            session: session, peer: peer, name: registration.worker, incarnation: registration.incarnation,
            departments: registration.departments, contracts: registration.contracts)
        workers[session] = WorkerSession(
            worker, isPaused: pauses[.worker(registration.worker)] != nil, heardAt: attended)
        sessionsByPeer[peer] = session
        sessionsByIncarnation[registration.incarnation] = session
        for department in Set(registration.departments) {
            sessionsByDepartment[department, default: []].append(session)
        }
        alarms.insert(Timed(attended + silenceMaximum, .session(session)))
        step.sends.append(Step.Send(peer: peer, command: Command(.welcome, session: session), body: .welcome))
        claim(registration.holding, worker, now: now)
    }

    /// What the worker of an incarnation calls itself, as far as it has a session or holds a task: nobody else takes its
    /// place.
    private func name(of incarnation: UInt64) -> String? {
        if let session = sessionsByIncarnation[incarnation] { return workers[session]?.name }
        return heldByIncarnation[incarnation]?.first.flatMap { cases[$0.reference]?.task($0.number)?.worker }
    }

    /// Confirms or cancels what a worker says it holds, and takes as lost what it should hold and does not.
    private mutating func claim(_ holding: [Registration.Held], _ worker: Worker, now: Now) {
        for lost in heldByIncarnation[worker.incarnation, default: []].subtracting(holding.map(\.task)).sorted() {
            guard let task = cases.task(lost) else { continue }
            let inherited = leases[lost]?.isInherited ?? false
            endAttempt(lost, task.attempt, inherited ? .interrupted : .crashed, nil, after: 0, now: now)
        }
        for held in holding {
            // The worker counts what it holds as room that it does not have; the final word gives it back.
            workers[worker.session]?.outstanding[TaskAttempt(held.task, held.attempt)] = 0
            guard let task = cases.task(held.task) else {
                if !held.isFinished { stop(held.task, held.attempt, worker) }
                continue
            }
            if holds(worker, task, held.attempt) {
                hold(held.task, task, isInherited: false)
            } else if task.state == .ready, worker.departments.contains(task.department),
                held.attempt > task.attempt || held.attempt == task.attempt && task.incarnation == worker.incarnation,
                held.attempt > task.attemptFenced, isConceivable(held.task, held.attempt, task)
            {
                // An offer that nobody has accepted yet gives way to who works on the task already.
                withdraw(held.task, now: now)
                take(held.task, held.attempt, worker, now: now)
            } else {
                if !held.isFinished { stop(held.task, held.attempt, worker) }
                continue
            }
            if !held.isFinished, let task = cases.task(held.task) { sendOrders(held.task, task, to: worker) }
        }
    }

    /// Ends a session: its offers go elsewhere; what it had accepted stays with its incarnation until the lease ends.
    mutating func endSession(_ session: UInt64, now: Now) {
        guard let worker = workers.removeValue(forKey: session) else { return }
        if sessionsByPeer[worker.peer] == session { sessionsByPeer[worker.peer] = nil }
        if sessionsByIncarnation[worker.incarnation] == session { sessionsByIncarnation[worker.incarnation] = nil }
        for department in Set(worker.departments) { sessionsByDepartment[department]?.removeAll { $0 == session } }
        for task in worker.outstanding.keys.map(\.task).sorted() where offers[task]?.session == session {
            offers[task] = nil
            enqueue(task, now: now)
        }
    }

    /// Ends the sessions of the peers that `isMeant` picks, as if they had fallen silent: what they hold stays theirs until
    /// its lease ends, and they may register again.
    ///
    /// - Parameter forGood: they may not: what they hold is others' at once, and none of its attempts is used up.
    package mutating func endSessions(forGood: Bool, now: Now, where isMeant: (Peer) -> Bool) {
        attend(now)
        for worker in workers.values.filter({ isMeant($0.peer) }).sorted(by: { $0.session < $1.session }) {
            endSession(worker.session, now: now)
            guard forGood else { continue }
            for held in heldByIncarnation[worker.incarnation, default: []].sorted() {
                guard let task = cases.task(held) else { continue }
                endAttempt(held, task.attempt, .interrupted, "Its worker's key was revoked.", after: 0, now: now)
            }
        }
    }

    /// Asks the workers called `name` to finish what they hold and leave.
    ///
    /// - Returns: how many there are.
    package mutating func drain(_ name: String) -> Int {
        let named = workers.values.filter { $0.name == name }.sorted { $0.session < $1.session }
        for worker in named {
            worker.isDraining = true
            worker.isAskedToLeave = true
            send(.drain, to: worker.worker)
        }
        return named.count
    }

    private var silenceMaximum: Duration { settings.heartbeat * settings.heartbeatsMissedMaximum }

    mutating func sessionAlarm(_ session: UInt64, now: Now) {
        guard let worker = workers[session] else { return }
        if attended - worker.heardAt >= silenceMaximum {
            endSession(session, now: now)
        } else {
            alarms.insert(Timed(worker.heardAt + silenceMaximum, .session(session)))
        }
    }

    // MARK: Sending

    mutating func send(_ kind: CommandKind, to worker: Worker) {
        step.sends.append(Step.Send(peer: worker.peer, command: Command(kind, session: worker.session)))
    }

    mutating func send(
        _ kind: CommandKind, _ task: TaskID, _ attempt: UInt32, to worker: Worker, first: UInt32 = 0,
        second: UInt32 = 0, body: ArraySlice<UInt8> = []
    ) {
        step.sends.append(
            Step.Send(
                peer: worker.peer,
                command: Command(
                    kind, task: task, attempt: attempt, session: worker.session, first: first, second: second,
                    body: body))
        )
    }
}

extension Command {
    /// REFUSED, for the request `number`.
    package init(refusal: Refusal, request number: UInt32 = 0, session: UInt64 = 0, attempt: UInt32? = nil) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("code", refusal.code.rawValue)
            writer.member("name", "\(refusal.code)")
            writer.member("reason", refusal.sentence)
            if let retry = refusal.retryAfterMilliseconds { writer.member("retryAfterMilliseconds", retry) }
            if let attempt { writer.member("attempt", attempt) }
        }
        self.init(
            .refused, session: session, first: number, second: UInt32(refusal.code.rawValue), body: writer.bytes[...])
    }
}
