import DequeModule
import HeapModule
package import RedressCase
package import RedressContract
import RedressWire

/// Offers: ready tasks to workers with credit, first come first served, workers in turn.
extension Broker {
    /// Puts a ready task into its department's queue, at once or when its retry is due.
    mutating func enqueue(_ id: TaskID, now: Now) {
        guard let task = cases.task(id), task.state == .ready, !task.isOwners, offers[id] == nil
        else { return }
        if task.retryAt > now.wall {
            dues.insert(Timed(task.retryAt, .retry(id)))
        } else {
            queued += 1
            let contract = task.contract
            let place = ready[task.department]?.firstIndex { $0.contract == contract }
            if place == nil { ready[task.department, default: []].append(Lane(contract: contract)) }
            let lane = place ?? (ready[task.department]?.count ?? 1) - 1
            ready[task.department]?[lane].tasks.append((id, queued))
            offer(to: [task.department], now: now)
        }
    }

    mutating func offerAll(now: Now) { offer(to: ready.keys.sorted(), now: now) }

    /// Offers what waits for `departments` to their workers, as far as credit goes.
    mutating func offer(to departments: [DepartmentName], now: Now) {
        guard attended >= offersFrom else { return }
        for department in departments {
            // Lanes whose workers have no credit, and those that nobody serves.
            var shut: [Contract] = []
            while let lane = nextLane(of: department, except: shut),
                let id = ready[department]?[lane].tasks.first?.id
            {
                guard let waiting = cases[id.reference], let task = waiting.task(id.number), task.state == .ready,
                    offers[id] == nil
                else {
                    ready[department]?[lane].tasks.removeFirst()
                    continue
                }
                let bytes = waiting.briefBytes(task)
                guard let session = nextSession(for: task, bytes) else {
                    shut.append(task.contract)
                    continue
                }
                ready[department]?[lane].tasks.removeFirst()
                offer(id, task, bytes, to: session, waiting)
            }
        }
    }

    /// The lane of `department` with the task that has waited longest.
    private func nextLane(of department: DepartmentName, except shut: [Contract]) -> Int? {
        var next: (lane: Int, place: UInt64)?
        for (index, lane) in (ready[department] ?? []).enumerated() {
            guard let place = lane.tasks.first?.place, place < next?.place ?? .max, !shut.contains(lane.contract) else {
                continue
            }
            next = (index, place)
        }
        return next?.lane
    }

    /// The next worker, in turn, that serves the contract of `task` and has credit for `bytes`.
    private mutating func nextSession(for task: CaseTask, _ bytes: Int) -> UInt64? {
        let department = task.department
        for _ in 0..<(sessionsByDepartment[department]?.count ?? 0) {
            guard let session = sessionsByDepartment[department]?.popFirst() else { return nil }
            sessionsByDepartment[department]?.append(session)
            guard let worker = workers[session], worker.hasCredit(for: bytes), serves(worker.worker, task) else {
                continue
            }
            return session
        }
        return nil
    }

    private mutating func offer(_ id: TaskID, _ task: CaseTask, _ bytes: Int, to session: UInt64, _ waiting: Case) {
        guard let worker = workers[session]?.worker, let policy = policy(of: waiting) else { return }
        let (attempt, isUsedUp) = attemptOffered(id, task).addingReportingOverflow(1)
        guard !isUsedUp else { return }
        workers[session]?.creditMessages -= 1
        workers[session]?.creditBytes -= bytes
        workers[session]?.outstanding[AttemptID(id, attempt)] = bytes
        lastOffered[id] = attempt
        offers[id] = Offer(session: session, attempt: attempt)
        let lease = Duration.milliseconds(policy.leaseMilliseconds)
        alarms.insert(Timed(attended + lease, .offer(id, attempt: attempt)))
        step.sends.append(
            Step.Send(
                peer: worker.peer,
                command: Command(
                    .offer, task: id, attempt: attempt, session: session,
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
        guard let bytes = workers[session]?.outstanding.removeValue(forKey: AttemptID(id, attempt)) else { return }
        workers[session]?.creditMessages += 1
        workers[session]?.creditBytes += bytes
    }

    mutating func offerAlarm(_ id: TaskID, _ attempt: UInt32, now: Now) {
        guard offers[id]?.attempt == attempt else { return }
        withdraw(id, now: now)
        enqueue(id, now: now)
    }
}

extension Case {
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
    }

    /// What lies before each department of the policy.
    package var load: [Load] {
        let names = policies[policyHash]?.departments.map(\.name) ?? []
        var loads = names.map { name in
            Load(
                department: name, workers: sessionsByDepartment[name]?.count ?? 0,
                waiting: ready[name]?.reduce(0) { $0 + $1.tasks.count } ?? 0,
                offered: 0,
                accepted: 0)
        }
        func count(_ id: TaskID, _ path: WritableKeyPath<Load, Int>) {
            guard let department = cases.task(id)?.department,
                let index = names.firstIndex(of: department)
            else { return }
            loads[index][keyPath: path] += 1
        }
        for id in offers.keys { count(id, \.offered) }
        for id in leases.keys { count(id, \.accepted) }
        return loads
    }
}
