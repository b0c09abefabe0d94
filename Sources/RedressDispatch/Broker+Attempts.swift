import HeapModule
import RedressCase
import RedressContract
import RedressWire

/// Attempts: accepted, renewed, ended (specification, "Delivery").
extension Broker {
    /// How SETTLED ends an attempt for the worker: its first argument.
    enum Settlement: UInt32 {
        case taken = 1
        case late = 2
        case moot = 3
        case refused = 4
    }

    /// Whether `worker` holds `attempt` of `task` as the journal tells it.
    func holds(_ worker: Worker, _ task: CaseTask, _ attempt: UInt32) -> Bool {
        task.state == .accepted && task.attempt == attempt && task.incarnation == worker.incarnation
    }

    /// Whether `attempt` can have been offered: since the last accepted one, or before a restart that forgot the offers.
    func isConceivable(_ id: TaskID, _ attempt: UInt32, _ task: CaseTask) -> Bool {
        UInt64(attempt) <= UInt64(attemptOffered(id, task)) + 1000
    }

    mutating func accept(_ id: TaskID, _ attempt: UInt32, _ worker: Worker, now: Now) {
        if let offer = offers[id], offer.session == worker.session, offer.attempt == attempt {
            offers[id] = nil
            take(id, attempt, worker, now: now)
            if let task = cases.task(id), task.hasNewTimeLimit { sendOrders(id, task, to: worker) }
        } else if let task = cases.task(id), holds(worker, task, attempt) {
            return
        } else {
            stop(id, attempt, worker)
        }
    }

    /// Journals that `worker` took the attempt; its lease begins.
    mutating func take(_ id: TaskID, _ attempt: UInt32, _ worker: Worker, now: Now) {
        record(
            .accepted(task: id.number, attempt: attempt, worker: worker.name, incarnation: worker.incarnation),
            id.reference,
            by: worker.actor, now: now)
        if let task = cases.task(id) { hold(id, task, isInherited: false) }
    }

    /// Begins or begins anew the lease of an accepted task.
    mutating func hold(_ id: TaskID, _ task: CaseTask, isInherited: Bool) {
        guard let lease = lease(of: id.reference) else { return }
        let old = leases[id]
        if old == nil { alarms.insert(Timed(attended + lease, .lease(id))) }
        leases[id] = Lease(
            department: task.department, since: old?.since ?? attended, until: attended + lease,
            isInherited: isInherited, progress: old?.progress ?? Progress())
        heldByIncarnation[task.incarnation, default: []].insert(id)
    }

    private func lease(of reference: CaseReference) -> Duration? {
        cases[reference].flatMap { policy(of: $0) }.map { .milliseconds($0.leaseMilliseconds) }
    }

    /// When the time limit of a held task has passed for good, in attended time: a worker has its lease to say so itself.
    func limit(of task: CaseTask, _ held: Lease, _ lease: Duration) -> Duration {
        held.since + .milliseconds(task.plan.timeLimitMilliseconds) + lease
    }

    /// Who speaks of an attempt that was offered to him has accepted it, even if that has not come.
    private mutating func acceptIfOffered(_ id: TaskID, _ attempt: UInt32, _ worker: Worker, now: Now) {
        guard let offer = offers[id], offer.session == worker.session, offer.attempt == attempt else { return }
        offers[id] = nil
        take(id, attempt, worker, now: now)
    }

    mutating func renew(_ id: TaskID, _ attempt: UInt32, _ progress: Progress, _ worker: Worker, now: Now) {
        acceptIfOffered(id, attempt, worker, now: now)
        guard let task = cases.task(id), holds(worker, task, attempt), var held = leases[id],
            let lease = lease(of: id.reference)
        else {
            returnCredit(id, attempt, worker.session)
            return send(.orders, id, attempt, to: worker, first: StandingOrder.cancel.rawValue)
        }
        held.until = min(attended + lease, limit(of: task, held, lease))
        held.isInherited = false
        held.progress = progress
        leases[id] = held
        sendOrders(id, task, to: worker)
    }

    /// What a holder is to do: the first argument of ORDERS.
    enum StandingOrder: UInt32 {
        case goOn = 0
        case cancel = 1
        case pause = 2
    }

    /// Tells the holder of a task to go on or to pause, and its time limit where that was changed.
    mutating func sendOrders(_ id: TaskID, _ task: CaseTask, to worker: Worker) {
        let isPaused = pause(of: id.reference, task, worker.name) != nil
        send(
            .orders, id, task.attempt, to: worker,
            first: (isPaused ? StandingOrder.pause : .goOn).rawValue,
            second: task.hasNewTimeLimit ? UInt32(clamping: task.plan.timeLimitMilliseconds) : 0)
    }

    mutating func leaseAlarm(_ id: TaskID, now: Now) {
        guard let lease = leases[id], let task = cases.task(id) else { return }
        guard attended >= lease.until else {
            alarms.insert(Timed(lease.until, .lease(id)))
            return
        }
        let holderIsHere = sessionsByIncarnation[task.incarnation] != nil
        let end: Entry.AttemptEnd =
            if lease.isInherited { .interrupted } else if hasPassed(id, task, lease) { .timeLimit } else {
                holderIsHere ? .leaseExpired : .crashed
            }
        endAttempt(id, task.attempt, end, nil, after: 0, now: now)
    }

    private func hasPassed(_ id: TaskID, _ task: CaseTask, _ held: Lease) -> Bool {
        lease(of: id.reference).map { attended >= limit(of: task, held, $0) } ?? false
    }

    // MARK: Results

    mutating func contribute(
        _ id: TaskID, _ attempt: UInt32, _ body: [UInt8], _ contribution: Result<Contribution, JSONError>,
        _ worker: Worker,
        now: Now
    ) {
        // A case that was set aside is somebody's to mend: the worker keeps its result until then.
        guard setAside[id.reference] == nil else { return }
        guard let known = cases[id.reference], let task = known.task(id.number), isConceivable(id, attempt, task) else {
            return settle(id, attempt, .moot, worker, now: now)
        }
        let department = task.department(of: attempt)
        guard worker.departments.contains(department) else {
            let refusal = Refusal(
                .notAllowed, "Attempt \(attempt) of \(id) is for \(department); \(worker.name) does not work for it.")
            return settle(id, attempt, .refused, worker, refusal, now: now)
        }
        guard attempt > task.attemptFenced else { return keepLate(id, attempt, body, worker, task, now: now) }
        guard serves(worker, task) else {
            let refusal = Refusal(
                .unknownContract, "\(id) was planned as \(task.contract), which \(worker.name) does not serve.")
            return settle(id, attempt, .refused, worker, refusal, now: now)
        }
        if case .success(let contribution) = contribution, contribution.corrects != nil {
            return correct(id, attempt, body, contribution, worker, now: now)
        }
        let isCurrent =
            switch task.state {
            case .accepted: holds(worker, task, attempt)
            case .ready: attempt >= task.attempt
            case .blocked, .ended: false
            }
        guard isCurrent else { return keepLate(id, attempt, body, worker, task, now: now) }
        do throws(Refusal) {
            // The case is let go before it is folded.
            let (contribution, additions) = try judge(contribution, task, consume known)
            withdraw(id, now: now)
            record(
                .contributed(
                    task: id.number, attempt: attempt, worker: worker.name,
                    digest: Entry.ContributionDigest(contribution),
                    body: Entry.ContributionBody(contribution, from: body)),
                id.reference, by: worker.actor, now: now)
            letGo(id, task)
            settle(id, attempt, .taken, worker, now: now)
            follow(additions, of: id, by: worker.actor, now: now)
        } catch let refusal {
            if refusal.code == .notTheOwner || refusal.code == .notPlannable {
                // Doing it again would breach again: the task is parked with what was sent.
                withdraw(id, now: now)
                record(
                    .ended(task: id.number, outcome: .failed, reason: "parked: \(refusal.sentence)", kept: body),
                    id.reference, by: worker.actor, now: now)
                letGo(id, task)
                advance(id.reference, parked: id.number, now: now)
            } else if task.state == .accepted
                || offers[id].map({ ($0.session, $0.attempt) == (worker.session, attempt) }) == true
            {
                withdraw(id, now: now)
                endAttempt(id, attempt, .failed, refusal.sentence, after: 0, by: worker, now: now)
            }
            settle(id, attempt, .refused, worker, refusal, now: now)
        }
    }

    /// Whether the contribution answers the task's own issues, states only facts that the department owns, and asks only
    /// for what the policy allows.
    ///
    /// - Parameter reopens: whether the branch behind the task is opened again with it.
    /// - Returns: the contribution, and the tasks that it asks for.
    func judge(
        _ result: Result<Contribution, JSONError>, _ task: CaseTask, _ known: Case, reopens: Bool = false
    ) throws(Refusal) -> (Contribution, [(Entry.Addition, reason: String)]) {
        let contribution: Contribution
        switch result {
        case .success(let read): contribution = read
        case .failure(let error):
            throw Refusal(.malformedBody, "The contribution is not of the right shape: \(error).")
        }
        let named =
            contribution.answers.map(\.issue) + contribution.findings.flatMap(\.issues)
            + contribution.remedies.compactMap(\.issue)
        if let foreign = named.first(where: { !task.plan.issues.contains($0) }) {
            let own = task.plan.issues.map(String.init).joined(separator: ", ")
            throw Refusal(.unknownIssue, "Issue \(foreign) is not one of this task's issues (\(own)).")
        }
        let policy = policy(of: known)
        for finding in contribution.findings {
            let owners = policy?.fact(finding.key)?.owners ?? []
            guard owners.contains(task.department) else {
                let names = owners.map(\.description).joined(separator: ", ")
                let own = (policy?.facts ?? []).filter { $0.owners.contains(task.department) }.map(\.key.description)
                throw Refusal(
                    .notTheOwner,
                    (owners.isEmpty
                        ? "No department may state the fact \"\(finding.key.base)\"."
                        : "The fact \"\(finding.key.base)\" is for \(names) to state, not for \(task.department).")
                        + (own.isEmpty ? "" : " \(task.department) may state: \(own.joined(separator: ", ")).")
                )
            }
        }
        guard let policy else { return (contribution, []) }
        let branch = reopens ? known.branch(behind: task.number, now: contribution) : []
        return (contribution, try known.additions(contribution.asks, by: task, reopening: branch, policy))
    }

    /// A contribution that no longer counts: a worker's repeated one is answered as before, another is kept for the owner.
    mutating func keepLate(
        _ id: TaskID, _ attempt: UInt32, _ body: [UInt8], _ worker: Worker, _ task: CaseTask, now: Now
    ) {
        if task.counts(attempt, by: worker.name, body) {
            return settle(id, attempt, .taken, worker, now: now)
        }
        // Nothing is kept of whom the house has forgotten.
        guard cases[id.reference]?.isErased != true else {
            return settle(id, attempt, .moot, worker, now: now)
        }
        if !task.isKept(attempt, by: worker.name, body) {
            record(
                .late(task: id.number, attempt: attempt, worker: worker.name, body: body), id.reference,
                by: worker.actor, now: now)
        }
        settle(id, attempt, .late, worker, now: now)
    }

    mutating func giveBack(
        _ id: TaskID, _ attempt: UInt32, _ end: Entry.AttemptEnd, _ reason: String, after: Int64,
        _ worker: Worker, now: Now
    ) {
        if let offer = offers[id], offer.session == worker.session, offer.attempt == attempt, end == .released {
            // Refused before it was accepted: nothing has happened that the journal should know.
            offers[id] = nil
            settle(id, attempt, .taken, worker, now: now)
            let again = Timestamp(milliseconds: now.wall.milliseconds + max(after, 100))
            turnedDown[id] = again
            dues.insert(Timed(again, .retry(id)))
            return
        }
        acceptIfOffered(id, attempt, worker, now: now)
        guard let task = cases.task(id), holds(worker, task, attempt) else {
            return settle(id, attempt, .moot, worker, now: now)
        }
        settle(id, attempt, .taken, worker, now: now)
        endAttempt(id, attempt, end, reason, after: after, by: worker, now: now)
    }

    /// Ends an attempt without a contribution: the task is tried again after a wait, or parked when it has no attempts left.
    ///
    /// - Parameter worker: who said so; nil where the coordinator found it out.
    mutating func endAttempt(
        _ id: TaskID, _ attempt: UInt32, _ end: Entry.AttemptEnd, _ reason: String?, after: Int64,
        by worker: Worker? = nil, now: Now
    ) {
        guard let known = cases[id.reference], let task = known.task(id.number), let policy = policy(of: known) else {
            return
        }
        letGo(id, task)
        let burns = end.burnsAttempt && task.attemptEnded != attempt
        let burnt = task.attemptsBurnt + (burns ? 1 : 0)
        let count = burns ? burnt : task.attemptEnds[end, default: 0] + 1
        let wait = end == .interrupted ? 0 : max(after, backoff(count, policy))
        record(
            .attemptEnded(
                task: id.number, attempt: attempt, cause: end, reason: reason.map { Array($0.utf8) },
                retryAt: Timestamp(milliseconds: now.wall.milliseconds + wait)),
            id.reference, by: worker?.actor ?? "coordinator", now: now)
        if task.attemptEnded != attempt, let reason = cases.task(id)?.parking(after: end) {
            record(.ended(task: id.number, outcome: .failed, reason: reason, kept: nil), id.reference, now: now)
            advance(id.reference, parked: id.number, now: now)
        } else {
            enqueue(id, now: now)
        }
    }

    /// Milliseconds before try `count` + 1: doubled each time, up to the maximum, then half of it plus a random half.
    private mutating func backoff(_ count: Int, _ policy: Policy) -> Int64 {
        var wait = max(policy.retryMilliseconds, 1)
        for _ in 1..<max(count, 1) where wait < policy.retryMillisecondsMaximum { wait *= 2 }
        wait = min(wait, max(policy.retryMillisecondsMaximum, 1))
        return wait / 2 + Int64.random(in: 0...wait / 2, using: &generator)
    }

    /// Takes a task from whoever holds it or was offered it, and tells them to stop.
    mutating func cancel(_ id: TaskID, now: Now) {
        withdraw(id, now: now)
        readySince[id] = nil
        guard let task = cases.task(id) else { return }
        // It may come back into another lane.
        if let lane = lane(of: task) { lanes[task.department]?[lane].queue.remove(id) }
        guard task.state == .accepted else { return }
        if let session = sessionsByIncarnation[task.incarnation], let worker = workers[session]?.worker {
            stop(id, task.attempt, worker)
        }
        letGo(id, task)
    }

    /// Forgets the lease of a task, and of its offers what the journal knows by now.
    mutating func letGo(_ id: TaskID, _ task: CaseTask) {
        leases[id] = nil
        let hasEnded = cases.task(id)?.state == .ended
        if hasEnded { readySince[id] = nil }
        if hasEnded || lastOffered[id] ?? 0 <= task.attempt { lastOffered[id] = nil }
        heldByIncarnation[task.incarnation]?.remove(id)
        if heldByIncarnation[task.incarnation]?.isEmpty == true { heldByIncarnation[task.incarnation] = nil }
    }

    /// Answers a result for good; its credit comes back.
    ///
    /// - Parameter next: the number under which what is refused would be taken.
    mutating func settle(
        _ id: TaskID, _ attempt: UInt32, _ settlement: Settlement, _ worker: Worker, _ refusal: Refusal? = nil,
        next: UInt32? = nil, now: Now
    ) {
        returnCredit(id, attempt, worker.session)
        let body = refusal.map { Command(refusal: $0, attempt: next).body } ?? []
        send(.settled, id, attempt, to: worker, first: settlement.rawValue, body: body)
        offering.formUnion(worker.departments)
    }
}
