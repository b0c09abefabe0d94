import DequeModule
import HeapModule
package import RedressCase
package import RedressContract
import RedressWire

/// What changes the plan of a case after it was made: tasks that are asked for or added, late contributions that are
/// adopted, corrections.
extension Broker {
    /// Adds a task to the plan on the owner's word. A case that has been reconciled is opened again.
    ///
    /// - Parameters:
    ///   - issues: what it is about; none means the issues that call for its type.
    ///   - after: tasks that it comes after.
    ///   - before: tasks that are to wait for it.
    ///   - reason: why, for the journal.
    /// - Returns: the task's number.
    /// - Throws: the ``Refusal`` that says why it cannot be.
    package mutating func add(
        _ type: TaskType, issues: [Int], after: [UInt16], before: [UInt16], reason: String,
        to reference: CaseReference, by actor: String, now: Now
    ) throws(Refusal) -> UInt16 {
        attend(now)
        let (known, policy) = try planned(reference)
        let addition = try known.addition(of: type, issues: issues, after: after, before: before, by: policy)
        reopen(known, by: actor, now: now)
        record(.added(addition, reason: Array(reason.utf8)), reference, by: actor, now: now)
        scheduleJoins(of: reference)
        advance(reference, now: now)
        return addition.plan.number
    }

    /// Makes a late contribution of a task the one that counts, on the owner's word. Whoever works on the task is told to
    /// stop; a case that has been reconciled is reconciled again.
    ///
    /// - Parameter worker: whose contribution, where the attempt came late from several.
    /// - Throws: the ``Refusal`` that says why it cannot be: there is no such contribution, or it cannot be taken.
    package mutating func adopt(
        _ id: TaskID, attempt: UInt32, of worker: String? = nil, reason: String, by actor: String, now: Now
    ) throws(Refusal) {
        attend(now)
        let (known, _) = try planned(id.reference)
        guard let task = known.task(id.number), let late = task.late(of: attempt, by: worker) else {
            throw Refusal(
                .unknownTask,
                "\(id) has no late contribution of attempt \(attempt)" + (worker.map { " by \($0)." } ?? "."))
        }
        let workers = Set(task.late.filter { $0.attempt == attempt }.map(\.worker)).sorted()
        guard worker != nil || workers.count == 1 else {
            throw Refusal(
                .malformedBody,
                "Attempt \(attempt) of \(id) came late from \(workers.joined(separator: ", ")); name one of them.")
        }
        guard !task.counts(attempt, by: late.worker, late.body) else { return }
        guard let body = late.body else {
            throw Refusal(.needsPerson, "The late contribution of attempt \(attempt) has been erased.")
        }
        let (contribution, additions) = try judge(Contribution.read(body), task, known, reopens: true)
        cancel(id, now: now)
        reopen(known, by: actor, now: now)
        let reopens = takeBack(known.branch(behind: id.number, now: contribution), of: id.reference, now: now)
        record(
            .adopted(
                task: id.number, attempt: attempt, worker: late.worker,
                digest: Entry.ContributionDigest(contribution), reopens: reopens, reason: Array(reason.utf8)),
            id.reference, by: actor, now: now)
        scheduleJoins(of: id.reference)
        follow(additions, of: id, by: actor, now: now)
    }

    /// Settles a conflict of a case on a person's word; a case that has been reconciled is reconciled again. Of no effect
    /// where it is settled so already.
    ///
    /// - Throws: the ``Refusal`` that says why that cannot be: there is no such conflict, no reason, or no value.
    package mutating func settle(
        _ key: FactKey, as value: FactValue, reason: String, of reference: CaseReference, by actor: String, now: Now
    ) throws(Refusal) {
        attend(now)
        let (known, policy) = try planned(reference)
        guard !reason.isEmpty else {
            throw Refusal(.malformedBody, "Say why: the record names who settled a conflict, and the reason.")
        }
        guard value != .erased else { throw Refusal(.malformedBody, "A conflict is settled with a value.") }
        let record = Reconciliation(known, by: policy).record()
        let settled = record.facts.first { $0.key == key && $0.settled != nil }
        if let earlier = settled?.settled?.settlement, earlier.value == value, earlier.reason == reason { return }
        // What a person settled can be settled otherwise.
        guard
            let conflict = record.conflicts.first(where: { $0.key == key })
                ?? settled.map({ CaseRecord.FindingConflict(key: key, rule: $0.rule, statements: $0.sources) })
        else {
            let fact = record.facts.first { $0.key == key }
            let others = record.conflicts.map(\.key.description).joined(separator: ", ")
            throw Refusal(
                .wrongState,
                "Case \(reference) has no conflict on \(key)"
                    + (fact.map { ": by the rule \($0.rule.rawValue) it is \($0.value.text)." } ?? ".")
                    + (others.isEmpty ? " It has no conflicts." : " It has conflicts on \(others)."))
        }
        // No department has anything to do: the time of the record that stands is enough.
        reopen(known, until: known.deadline, by: actor, now: now)
        self.record(
            .conflictSettled(
                fact: String(key.base), issues: conflict.issues, ConflictSettlement(of: conflict, value, reason: reason)
            ),
            reference, by: actor, now: now)
        advance(reference, now: now)
    }

    /// Takes a contribution that corrects the one that counts, of the same department.
    ///
    /// The correction has an attempt number of its own, greater than any before, so that a repeated one is known and an
    /// overtaken one is late. A worker that does not know them is told the next.
    mutating func correct(
        _ id: TaskID, _ attempt: UInt32, _ body: [UInt8], _ contribution: Contribution, _ worker: Worker, now: Now
    ) {
        guard let known = cases[id.reference], let task = known.task(id.number) else {
            return settle(id, attempt, .moot, worker, now: now)
        }
        guard !known.isErased else { return settle(id, attempt, .moot, worker, now: now) }
        // Said again under another number than the one it was taken with.
        if task.worker == worker.name, task.contribution == contribution {
            return settle(id, attempt, .taken, worker, now: now)
        }
        // The same, overtaken or overruled meanwhile, under whichever number it was kept.
        if task.late.contains(where: { $0.worker == worker.name && $0.says(body) }) {
            return settle(id, attempt, .late, worker, now: now)
        }
        let last = max(task.attempt, task.late.map(\.attempt).max() ?? 0)
        guard attempt > last else {
            let refusal = Refusal(
                .wrongState, "A correction has a number that \(id) has not had; the next is \(last &+ 1).")
            return settle(id, attempt, .refused, worker, refusal, next: last &+ 1, now: now)
        }
        guard task.state == .ended, task.counted == contribution.corrects else {
            return keepLate(id, attempt, body, worker, task, now: now)
        }
        let actor = worker.actor
        do throws(Refusal) {
            let (contribution, additions) = try judge(.success(contribution), task, known, reopens: true)
            reopen(known, by: actor, now: now)
            let reopens = takeBack(known.branch(behind: id.number, now: contribution), of: id.reference, now: now)
            record(
                .corrected(
                    task: id.number, attempt: attempt, worker: worker.name,
                    digest: Entry.ContributionDigest(contribution), reopens: reopens,
                    body: Entry.ContributionBody(contribution, from: body)),
                id.reference, by: actor, now: now)
            settle(id, attempt, .taken, worker, now: now)
            scheduleJoins(of: id.reference)
            follow(additions, of: id, by: actor, now: now)
        } catch {
            // What counts goes on counting.
            settle(id, attempt, .refused, worker, error, now: now)
        }
    }

    /// Adds the tasks that a contribution asks for, each with the reason why, and does what follows from it.
    mutating func follow(
        _ additions: [(Entry.Addition, reason: String)], of id: TaskID, by actor: String, now: Now
    ) {
        for (addition, reason) in additions {
            record(.added(addition, reason: Array(reason.utf8)), id.reference, by: actor, now: now)
        }
        if !additions.isEmpty { scheduleJoins(of: id.reference) }
        advance(id.reference, now: now)
    }

    /// Sees to it that joins that wait no longer than so long are looked at in time.
    mutating func scheduleJoins(of reference: CaseReference) {
        for due in cases[reference]?.joinDues ?? [] { dues.insert(Timed(due, .join(reference))) }
    }

    /// The case, which has a plan, and its policy.
    private func planned(_ reference: CaseReference) throws(Refusal) -> (Case, Policy) {
        if let reason = setAside[reference] {
            throw Refusal(.needsPerson, "Case \(reference) is set aside: \(reason)")
        }
        guard let known = cases[reference] else {
            throw Refusal(.unknownCase, "There is no case \(reference).")
        }
        guard let policy = policy(of: known) else {
            throw Refusal(.needsPerson, "The policy of case \(reference) is not in the journal.")
        }
        guard known.state == .investigating || known.state == .reconciled else {
            throw Refusal(.busy, "Case \(reference) is not planned yet.", retryAfterMilliseconds: 1000)
        }
        try refuseErased(known)
        return (known, policy)
    }

    /// Opens a case again that has been reconciled, until `deadline`; without one it has as much time as a new one.
    mutating func reopen(_ known: Case, until deadline: Timestamp? = nil, by actor: String, now: Now) {
        guard known.state == .reconciled, let policy = policy(of: known) else { return }
        let (time, overflows) = now.wall.milliseconds.addingReportingOverflow(policy.caseDeadlineMilliseconds)
        let deadline = deadline ?? Timestamp(milliseconds: overflows ? .max : time)
        record(.reopened(deadline: deadline), known.reference, by: actor, now: now)
        dues.insert(Timed(deadline, .deadline(known.reference)))
    }

    /// Takes tasks from whoever works on them with what is no longer so.
    mutating func takeBack(_ branch: [UInt16], of reference: CaseReference, now: Now) -> [Entry.Reopening] {
        branch.compactMap { number in
            let id = TaskID(reference, number)
            guard let task = cases[reference]?.task(number) else { return nil }
            let offered = attemptOffered(id, task)
            cancel(id, now: now)
            // The next number, too, is one that an offer could have had that a restart forgot.
            return Entry.Reopening(task: number, attempt: offered == .max ? .max : offered + 1)
        }
    }
}

extension Contribution {
    /// What a worker sent, read.
    static func read(_ body: [UInt8]) -> Result<Contribution, JSONError> {
        Result { () throws(JSONError) in try Contribution(parsing: body) }
    }
}

/// Who serves which contracts.
extension Broker {
    /// Whether `worker` does tasks of this type in this version.
    func serves(_ worker: Worker, _ task: CaseTask) -> Bool {
        worker.departments.contains(task.department)
            && (worker.contracts.isEmpty
                || worker.contracts.contains { $0.covers(task.contract) })
    }

    /// Whether any worker that is here serves the contract of `task`: where none does, it waits for one that registers.
    package func isServed(_ task: CaseTask) -> Bool {
        for session in sessionsByDepartment[task.department] ?? [] {
            if let worker = workers[session]?.worker, serves(worker, task) { return true }
        }
        return false
    }

    /// The contracts of which tasks are ready and that nobody serves who is here, with how many tasks wait for each.
    package var unserved: [(contract: Contract, waiting: Int)] {
        var unserved: [(contract: Contract, waiting: Int)] = []
        for lane in lanes.values.joined() {
            var queue = lane.queue
            guard let id = queue.next(at: attended)?.task, let task = cases.task(id), !isServed(task) else {
                continue
            }
            unserved.append((lane.contract, queue.count))
        }
        return unserved.sorted { $0.contract < $1.contract }
    }
}
