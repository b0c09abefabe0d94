import HeapModule
package import RedressCase
package import RedressContract

/// What people do about tasks, cases, departments and workers. Each deed is an entry that says who did it and why.
extension Broker {
    /// What a person can do about a task.
    package enum Deed: Sendable, Hashable {
        /// Let it begin anew, with all its attempts; one worker may be asked before the others.
        case retry(asking: String?)
        /// Change what it may take, or what its department is told.
        case edit(Entry.TaskChange)
        /// Do without it.
        case cancel
        /// Give it to another department, or make it one of another kind.
        case reassign(TaskType)
    }

    /// What a person may set.
    private static let timeLimits: ClosedRange<Int64> = 10...7 * 86_400_000
    private static let attempts = 1...100
    private static let noteBytesMaximum = 16 << 10

    /// Does `deed` about a task, whose case is in memory where there is one.
    ///
    /// - Throws: the ``Refusal`` that says why it cannot be done; nothing has changed then.
    package mutating func act(
        _ deed: Deed, on id: TaskID, by actor: String, reason: String, now: Now
    ) throws(Refusal) {
        attend(now)
        let (known, task) = try find(id)
        guard !task.isOwners || deed == .cancel else {
            throw Refusal(
                .wrongState,
                "\(id) is the case owner's own; no department does it. Cancelling it, with a reason, ends it.")
        }
        if !task.isOwners { try refuseErased(known) }
        let desk = Desk(id: id, actor: actor, reason: reason)
        switch deed {
        case .retry(let worker): try retry(known, task, asking: worker, desk, now: now)
        case .edit(let change): try edit(task, change, desk, now: now)
        case .cancel: try cancel(known, task, desk, now: now)
        case .reassign(let type): try reassign(known, task, to: type, desk, now: now)
        }
    }

    /// About which task somebody does something, and why.
    private struct Desk {
        var id: TaskID
        var actor: String
        var reason: String
        var words: [UInt8] { Array(reason.utf8) }
    }

    private func find(_ reference: CaseReference) throws(Refusal) -> Case {
        if let reason = setAside[reference] {
            throw Refusal(.needsPerson, "Case \(reference) is set aside: \(reason)")
        }
        guard let known = cases[reference] else { throw Refusal(.unknownCase, "There is no case \(reference).") }
        return known
    }

    func find(_ id: TaskID) throws(Refusal) -> (Case, CaseTask) {
        let known = try find(id.reference)
        guard let task = known.task(id.number) else {
            throw Refusal(
                .unknownTask,
                known.tasks.isEmpty
                    ? "Case \(id.reference) is not planned yet."
                    : "Case \(id.reference) has no task \(id.number); it has 1 to \(known.tasks.count).")
        }
        return (known, task)
    }

    /// Refuses work on a case whose words are no longer there.
    func refuseErased(_ known: Case) throws(Refusal) {
        guard known.isErased else { return }
        throw Refusal(
            .wrongState,
            "What case \(known.reference) said was erased: no department can work on it again. Submit a new complaint.")
    }

    private func refuseContributed(_ task: CaseTask, _ id: TaskID) throws(Refusal) {
        guard task.outcome == .contributed else { return }
        throw Refusal(.wrongState, "\(id) has contributed; it counts in the record.")
    }

    // MARK: Tasks

    private mutating func retry(
        _ known: Case, _ task: CaseTask, asking worker: String?, _ desk: Desk, now: Now
    ) throws(Refusal) {
        try refuseContributed(task, desk.id)
        switch task.state {
        case .blocked:
            let before = task.plan.after.map(String.init).joined(separator: ", ")
            throw Refusal(.wrongState, "\(desk.id) has not begun: it waits for task \(before).")
        case .accepted:
            throw Refusal(
                .wrongState,
                "\(task.worker ?? "A worker") is at work on \(desk.id). Wait for it, or cancel the task and retry it then."
            )
        case .ready, .ended: break
        }
        if let pause = known.pause {
            throw Refusal(.paused, "Case \(known.reference) was paused by \(pause.actor). Resume it first.")
        }
        var asked: Entry.Asked?
        if let worker {
            let named = workers.values.filter { $0.name == worker && $0.departments.contains(task.department) }
            guard !named.isEmpty else {
                throw Refusal(
                    .noWorker, "No worker called \(worker) is connected that works for \(task.department).",
                    retryAfterMilliseconds: 5000)
            }
            guard named.contains(where: { serves($0.worker, task) }) else {
                throw Refusal(
                    .unknownContract, "\(desk.id) was planned as \(task.contract), which \(worker) does not serve.")
            }
            let alone = Int64(settings.scheduling.askedAlone / .milliseconds(1))
            asked = Entry.Asked(
                worker: worker, othersFrom: Timestamp(milliseconds: now.wall.milliseconds.addingClamped(alone)))
        }
        beginAnew(known, task, asking: asked, desk, now: now)
        advance(known.reference, now: now)
    }

    /// Lets a task and the branch behind it wait to be made ready again, in a case whose record is made again.
    private mutating func beginAnew(
        _ known: Case, _ task: CaseTask, asking asked: Entry.Asked?, _ desk: Desk, now: Now
    ) {
        reopen(known, by: desk.actor, now: now)
        let attempt = attemptOffered(desk.id, task)
        cancel(desk.id, now: now)
        let reopens = takeBack(known.branch(behind: task.number), of: known.reference, now: now)
        record(
            .retried(task: task.number, attempt: attempt, reopens: reopens, asked: asked, reason: desk.words),
            known.reference, by: desk.actor, now: now)
        scheduleJoins(of: known.reference)
    }

    private mutating func edit(
        _ task: CaseTask, _ change: Entry.TaskChange, _ desk: Desk, now: Now
    ) throws(Refusal) {
        try refuseContributed(task, desk.id)
        if let limit = change.timeLimitMilliseconds, !Self.timeLimits.contains(limit) {
            throw Refusal(.malformedBody, "A time limit is from 10 ms to 7 days, not \(limit) ms.")
        }
        if let attempts = change.attemptsMaximum, !Self.attempts.contains(attempts) {
            throw Refusal(.malformedBody, "A task has from 1 to 100 attempts, not \(attempts).")
        }
        if let note = change.note, note.utf8.count > Self.noteBytesMaximum {
            throw Refusal(
                .tooLarge, "The note has \(note.utf8.count) bytes; \(Self.noteBytesMaximum) are allowed.")
        }
        guard change != Entry.TaskChange() else {
            throw Refusal(.malformedBody, "Nothing is to be changed: name a time limit, attempts or a note.")
        }
        record(
            .edited(task: task.number, change: change, reason: desk.words), desk.id.reference, by: desk.actor, now: now)
        tellHolder(of: desk.id)
    }

    private mutating func cancel(_ known: Case, _ task: CaseTask, _ desk: Desk, now: Now) throws(Refusal) {
        if task.state == .ended, let outcome = task.outcome, !task.isParked {
            throw Refusal(.wrongState, "\(desk.id) has ended: \(outcome.rawValue).")
        }
        // The record goes on without the owner's own: it stands.
        if !task.isOwners { reopen(known, by: desk.actor, now: now) }
        cancel(desk.id, now: now)
        record(
            .ended(
                task: task.number, outcome: .cancelled, reason: "cancelled by \(desk.actor)", kept: desk.words),
            known.reference, by: desk.actor, now: now)
        lastOffered[desk.id] = nil
        advance(known.reference, now: now)
    }

    private mutating func reassign(
        _ known: Case, _ task: CaseTask, to type: TaskType, _ desk: Desk, now: Now
    ) throws(Refusal) {
        try refuseContributed(task, desk.id)
        guard let policy = policy(of: known), let rule = policy.task(type) else {
            let types = policy(of: known)?.tasks.map(\.type.description).joined(separator: ", ") ?? "none"
            throw Refusal(
                .unknownContract, "The policy of case \(known.reference) has no task \(type); it has \(types).")
        }
        guard type != task.plan.type else { throw Refusal(.wrongState, "\(desk.id) is a \(type) already.") }
        beginAnew(known, task, asking: nil, desk, now: now)
        var plan = task.plan
        plan.type = type
        plan.version = rule.version
        plan.timeLimitMilliseconds = rule.timeLimitMilliseconds
        plan.attemptsMaximum = rule.attemptsMaximum
        plan.endsMaximum = rule.endsMaximum
        plan.particulars = rule.particulars
        record(
            .reassigned(plan, attempt: attemptOffered(desk.id, task), reason: desk.words), known.reference,
            by: desk.actor, now: now)
        advance(known.reference, now: now)
    }

    /// Tells whoever holds a task what its orders are now.
    private mutating func tellHolder(of id: TaskID) {
        guard let task = cases.task(id), task.state == .accepted, let session = sessionsByIncarnation[task.incarnation],
            let worker = workers[session]?.worker
        else { return }
        sendOrders(id, task, to: worker)
    }

    // MARK: Forgetting

    /// Erases what a finished case says of the complainant; its structure stays.
    ///
    /// - Parameter reason: stays in the journal for good.
    /// - Throws: the ``Refusal`` that says why that cannot be.
    package mutating func erase(
        _ reference: CaseReference, by actor: String, reason: String, now: Now
    ) throws(Refusal) {
        attend(now)
        let known = try find(reference)
        guard !known.isUnfinished else {
            throw Refusal(
                .wrongState,
                "Case \(reference) is not finished (\(known.state.rawValue)): departments still need its words. "
                    + "Erase it once it is reconciled; cancelling its open tasks gets it there.")
        }
        record(.erased(person: Entry.complainant, reason: reason), reference, by: actor, now: now)
    }

    // MARK: Pauses

    /// Why a task's holder should rest: its case, its department or the worker is paused.
    func pause(of reference: CaseReference, _ task: CaseTask, _ worker: String) -> Pause? {
        cases[reference]?.pause ?? pauses[.department(task.department)]
            ?? pauses[.worker(worker)]
    }

    /// Pauses a case, or lets it go on.
    ///
    /// - Throws: the ``Refusal`` that says why that cannot be.
    package mutating func set(
        _ event: HouseEntry.Event, of reference: CaseReference, by actor: String, reason: String, now: Now
    ) throws(Refusal) {
        attend(now)
        let known = try find(reference)
        // What was reconciled while it was paused can be resumed, so that its tasks can be tried again.
        guard known.isUnfinished || known.pause != nil && !known.isErased else {
            throw Refusal(.wrongState, "Case \(reference) is reconciled: nothing of it is offered.")
        }
        try check(event, known.pause, "Case \(reference)")
        let tasks = known.tasks.map { TaskID(reference, $0.number) }
        switch event {
        case .paused:
            record(.paused(reason: Array(reason.utf8)), reference, by: actor, now: now)
            for id in tasks { withdraw(id, now: now) }
        case .resumed:
            record(.resumed(reason: Array(reason.utf8)), reference, by: actor, now: now)
            if let deadline = cases[reference]?.deadline { dues.insert(Timed(deadline, .deadline(reference))) }
            for id in tasks { enqueue(id, now: now) }
        }
        for id in tasks { tellHolder(of: id) }
    }

    /// Pauses a department or the workers of a name, or lets them go on.
    ///
    /// - Throws: the ``Refusal`` that says why that cannot be.
    package mutating func set(
        _ event: HouseEntry.Event, of subject: HouseEntry.Subject, by actor: String, reason: String, now: Now
    ) throws(Refusal) {
        attend(now)
        let name: String
        switch subject {
        case .department(let department):
            if pauses[subject] == nil { try refuseUnknown(department) }
            name = "Department \(department)"
        case .worker(let worker):
            guard pauses[subject] != nil || isKnown(worker: worker) else {
                throw Refusal(
                    .noWorker,
                    "No worker called \(worker) is known: none is connected, and none holds a task. `redress status` lists "
                        + "those that are.")
            }
            name = "Worker \(worker)"
        }
        try check(event, pauses[subject], name)
        let entry = HouseEntry(at: now.wall, actor: actor, event: event, subject: subject, reason: reason)
        step.house.append(entry)
        fold(entry)
        for (id, offer) in offers.byTask.sorted(by: { $0.key < $1.key }) where event == .paused {
            guard
                subject == .department(offer.department) || subject == workers[offer.session].map({ .worker($0.name) })
            else { continue }
            withdraw(id, now: now)
            enqueue(id, now: now)
        }
        for (id, lease) in leases.byTask.sorted(by: { $0.key < $1.key }) {
            let holder = cases.task(id)?.worker
            if subject == .department(lease.department) || subject == holder.map({ .worker($0) }) { tellHolder(of: id) }
        }
    }

    /// Refuses a department that neither the policy nor that of any open case has.
    package func refuseUnknown(_ department: DepartmentName) throws(Refusal) {
        if policies[policyHash]?.departments.contains(where: { $0.name == department }) == true { return }
        let hashes = Set(cases.values.map(\.policy)).union([policyHash])
        let known = Set(hashes.flatMap { policies[$0]?.departments.map(\.name) ?? [] })
        guard !known.contains(department) else { return }
        throw Refusal(
            .unknownDepartment,
            "There is no department \"\(department)\" here; there are \(known.sorted().map(\.description).joined(separator: ", "))."
        )
    }

    /// Whether a worker of this name is connected, or holds a task while it is not.
    private func isKnown(worker name: String) -> Bool {
        workers.values.contains { $0.name == name } || leases.byTask.keys.contains { cases.task($0)?.worker == name }
    }

    /// Takes what a person once decided for the house into account.
    package mutating func fold(_ entry: HouseEntry) {
        pauses[entry.subject] =
            entry.event == .paused ? Pause(actor: entry.actor, at: entry.at, reason: entry.reason) : nil
        guard case .worker(let name) = entry.subject else { return }
        for worker in workers.values where worker.name == name { worker.isPaused = entry.event == .paused }
    }

    private func check(_ event: HouseEntry.Event, _ pause: Pause?, _ name: String) throws(Refusal) {
        switch (event, pause) {
        case (.paused, let pause?):
            throw Refusal(.wrongState, "\(name) has been paused since \(pause.at), by \(pause.actor).")
        case (.resumed, nil): throw Refusal(.wrongState, "\(name) is not paused.")
        default: break
        }
    }
}

extension Int64 {
    /// The sum, or the largest number where it is larger.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
