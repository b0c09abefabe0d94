import DequeModule
import HeapModule
package import RedressCase
package import RedressContract
import RedressWire

/// Offers: ready tasks to workers with credit, in the order of ``OfferQueue``, workers in turn.
extension Broker {
    /// Puts a ready task into its department's queue, at once or when its retry is due.
    mutating func enqueue(_ id: TaskID, now: Now) {
        turnedDown[id] = nil
        guard let task = cases.task(id), task.state == .ready, !task.isOwners, offers[id] == nil
        else { return }
        let since = readySince[id] ?? attended
        readySince[id] = since
        // A paused case takes up its ready tasks again when it goes on.
        guard let waiting = cases[id.reference], waiting.pause == nil else { return }
        let place = OfferQueue.Waiting(
            task: id, priority: waiting.precedence.priority, due: waiting.deadline, customer: waiting.customer,
            since: since)
        if task.retryAt > now.wall {
            dues.insert(Timed(task.retryAt, .retry(id)))
        } else if let first = task.asked, first.othersFrom > now.wall {
            dues.insert(Timed(first.othersFrom, .retry(id)))
            asked[first.worker, default: []].append(id)
            offering.insert(task.department)
        } else {
            let department = task.department
            var lane = lane(of: task)
            if lane == nil {
                lane = lanes[department]?.count ?? 0
                let empty = Lane(contract: task.contract, queue: OfferQueue(settings.scheduling))
                lanes[department, default: []].append(empty)
            }
            if let lane { lanes[department]?[lane].queue.insert(place) }
            offering.insert(department)
        }
    }

    /// Offers what waits for the departments in ``offering``, as far as their workers' credit goes.
    mutating func makeOffers() {
        guard !offering.isEmpty, attended >= offersFrom else { return }
        let departments = offering.sorted()
        offering.removeAll()
        for department in departments {
            if !asked.isEmpty { offerAsked(of: department) }
            // Lanes whose workers have no credit, and those that nobody serves.
            var shut: [Int] = []
            while hasRoom(department), let (lane, head) = nextLane(of: department, except: shut) {
                let id = head.task
                guard let waiting = cases[id.reference], let task = waiting.task(id.number), task.state == .ready,
                    lanes[department]?[lane].contract == task.contract, waiting.pause == nil, offers[id] == nil
                else {
                    lanes[department]?[lane].queue.remove(id)
                    continue
                }
                guard mayOffer(to: department) else { break }
                let bytes = waiting.briefBytes(task)
                guard let session = nextSession(for: task, bytes) else {
                    shut.append(lane)
                    continue
                }
                lanes[department]?[lane].queue.remove(head)
                offer(id, task, bytes, to: session, waiting)
            }
        }
    }

    /// The lane of a task in its department; nil where nothing has waited in it yet.
    func lane(of task: CaseTask) -> Int? {
        let contract = task.contract
        return lanes[task.department]?.firstIndex { $0.contract == contract }
    }

    /// Whether a worker of `department` would take anything at all.
    ///
    /// Mutating, so that the core is not copied to ask it.
    private mutating func hasRoom(_ department: DepartmentName) -> Bool {
        guard let sessions = sessionsByDepartment[department] else { return false }
        for session in sessions where workers[session]?.wantsMore == true { return true }
        return false
    }

    /// The lane of `department` whose next task goes first, and that task.
    private mutating func nextLane(
        of department: DepartmentName, except shut: [Int]
    ) -> (lane: Int, head: OfferQueue.Head)? {
        var first: (lane: Int, head: OfferQueue.Head)?
        for lane in 0..<(lanes[department]?.count ?? 0) where !shut.contains(lane) {
            guard let head = lanes[department]?[lane].queue.next(at: attended) else { continue }
            if let other = first?.head, lanes[department]?[lane].queue.goes(head, before: other) != true { continue }
            first = (lane, head)
        }
        return first
    }

    /// Offers the workers of `department` what they were asked for by name.
    private mutating func offerAsked(of department: DepartmentName) {
        for session in sessionsByDepartment[department] ?? [] {
            guard let here = workers[session], let waiting = asked[here.worker.name] else { continue }
            let worker = here.worker
            var left: Deque<TaskID> = []
            for id in waiting {
                guard let known = cases[id.reference], let task = known.task(id.number), task.state == .ready,
                    task.asked?.worker == worker.name, known.pause == nil, offers[id] == nil
                else { continue }
                let bytes = known.briefBytes(task)
                if task.department == department, serves(worker, task),
                    here.hasCredit(for: bytes), mayOffer(to: department)
                {
                    // It may wait in its lane too, for the time when others are asked.
                    if let lane = lane(of: task) { lanes[department]?[lane].queue.remove(id) }
                    offer(id, task, bytes, to: here, known)
                } else {
                    left.append(id)
                }
            }
            asked[worker.name] = left.isEmpty ? nil : left
        }
    }

    /// The next worker, in turn, that serves the contract of `task` and has credit for `bytes`.
    private mutating func nextSession(for task: CaseTask, _ bytes: Int) -> WorkerSession? {
        let department = task.department
        for _ in 0..<(sessionsByDepartment[department]?.count ?? 0) {
            guard let session = sessionsByDepartment[department]?.rotate() else { return nil }
            if let worker = workers[session], worker.hasCredit(for: bytes), serves(worker.worker, task) {
                return worker
            }
        }
        return nil
    }

    private mutating func offer(
        _ id: TaskID, _ task: CaseTask, _ bytes: Int, to session: WorkerSession, _ waiting: Case
    ) {
        guard let policy = policy(of: waiting) else { return }
        let worker = session.worker
        let (attempt, isUsedUp) = attemptOffered(id, task).addingReportingOverflow(1)
        guard !isUsedUp else { return }
        session.creditMessages -= 1
        session.creditBytes -= bytes
        session.outstanding[TaskAttempt(id, attempt)] = bytes
        lastOffered[id] = attempt
        offers[id] = Offer(session: worker.session, attempt: attempt, department: task.department)
        offerRates[task.department]?.take()
        let lease = Duration.milliseconds(policy.leaseMilliseconds)
        alarms.insert(Timed(attended + lease, .offer(id, attempt: attempt)))
        step.sends.append(
            Step.Send(
                peer: worker.peer,
                command: Command(
                    .offer, task: id, attempt: attempt, session: worker.session,
                    first: UInt32(clamping: policy.leaseMilliseconds),
                    second: UInt32(clamping: task.plan.timeLimitMilliseconds)),
                body: .brief))
    }

    /// The last attempt of a task that anyone can know of.
    func attemptOffered(_ id: TaskID, _ task: CaseTask) -> UInt32 { max(task.attempt, lastOffered[id] ?? 0) }

    /// Takes back an offer that was not accepted; the worker's credit comes back.
    mutating func withdraw(_ id: TaskID, now: Now) {
        guard let offer = offers.removeValue(forKey: id), let worker = workers[offer.session]?.worker else { return }
        stop(id, offer.attempt, worker)
    }

    /// Tells a worker to stop and forget an attempt.
    mutating func stop(_ id: TaskID, _ attempt: UInt32, _ worker: Worker) {
        returnCredit(id, attempt, worker.session)
        send(.cancel, id, attempt, to: worker)
    }

    /// Gives back the credit that an attempt took.
    mutating func returnCredit(_ id: TaskID, _ attempt: UInt32, _ session: UInt64) {
        guard let worker = workers[session],
            let bytes = worker.outstanding.removeValue(forKey: TaskAttempt(id, attempt))
        else { return }
        worker.creditMessages += 1
        worker.creditBytes += bytes
    }

    /// Parks a task whose brief is larger than OFFER may be: no worker would see it, however often it is offered. The offer
    /// has not been sent.
    package mutating func park(_ id: TaskID, _ attempt: UInt32, briefBytes: Int, now: Now) {
        attend(now)
        guard let offer = offers[id], offer.attempt == attempt, let task = cases.task(id) else { return }
        offers[id] = nil
        returnCredit(id, attempt, offer.session)
        let reason = "parked: its brief takes \(briefBytes) bytes, and an offer has \(Limits.briefBytesMaximum) at most"
        record(.ended(task: id.number, outcome: .failed, reason: reason, kept: nil), id.reference, now: now)
        letGo(id, task)
        offering.insert(task.department)
        advance(id.reference, parked: id.number, now: now)
    }

    mutating func offerAlarm(_ id: TaskID, _ attempt: UInt32, now: Now) {
        guard offers[id]?.attempt == attempt else { return }
        withdraw(id, now: now)
        enqueue(id, now: now)
    }
}

extension Deque {
    /// Puts the first element behind the last, and gives it.
    fileprivate mutating func rotate() -> Element? {
        guard let first = popFirst() else { return nil }
        append(first)
        return first
    }
}

extension Case {
    /// Whose turn it is when a task of the case is offered.
    var customer: OfferQueue.Customer { precedence.customer.map { .customer($0) } ?? .client(client) }

    /// What a brief takes of a worker's byte credit: the words of its issues, and a fixed allowance for the rest.
    package func briefBytes(_ task: CaseTask) -> Int {
        let issues = split?.issues ?? []
        return task.plan.issues.reduce(512) { sum, number in
            guard issues.indices.contains(number - 1) else { return sum }
            return sum + issues[number - 1].ranges.reduce(0) { $0 + $1.count }
        }
    }
}

extension Broker {
    /// What lies before a department.
    package struct Load: Sendable {
        package var department: DepartmentName
        package var workers: Int
        /// Tasks that wait for a worker.
        package var waiting: Int
        package var offered: Int
        package var accepted: Int
        /// Who paused it; nil while it goes on.
        package var pause: Pause?

        fileprivate var isNothing: Bool { workers + waiting + offered + accepted == 0 && pause == nil }
    }

    /// What lies before each department of the policy, and before those that it no longer has.
    package var load: [Load] {
        let names = policies[policyHash]?.departments.map(\.name) ?? []
        let paused = pauses.keys.compactMap { if case .department(let name) = $0 { name } else { nil } }
        let others = Set(paused).union(policies.values.flatMap { $0.departments.map(\.name) }).subtracting(names)
        var turnedDown: [DepartmentName: Int] = [:]
        for task in self.turnedDown.keys.compactMap({ cases.task($0) }) where task.state == .ready {
            turnedDown[task.department, default: 0] += 1
        }
        return (names + others.sorted()).map { name in
            Load(
                department: name, workers: sessionsByDepartment[name]?.count ?? 0,
                waiting: (lanes[name]?.reduce(0) { $0 + $1.queue.count } ?? 0) + turnedDown[name, default: 0],
                offered: offers.count(of: name),
                accepted: leases.count(of: name), pause: pauses[.department(name)])
        }.filter { !others.contains($0.department) || !$0.isNothing }
    }
}
