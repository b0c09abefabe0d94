package import RedressContract

/// The state of one case: what its entries, folded in order, come to.
package struct Case: Sendable, Hashable {
    /// How far the case has come.
    package enum State: String, Sendable, Hashable {
        /// On disk and acknowledged; triage has yet to answer.
        case received
        /// Its issues are known.
        case assessed
        /// Departments work on it.
        case investigating
        /// All department tasks have ended and been reconciled; what is open waits for the case owner.
        case reconciled
    }

    /// The case's name.
    package let reference: CaseReference
    /// How far it has come.
    package private(set) var state: State
    /// The hash of the policy that it is planned and reconciled by.
    package let policy: String
    /// Who submitted it.
    package let client: String
    /// When the complaint was taken.
    package let receivedAt: Timestamp
    /// When the record is made with what there is; later by the time that the case was paused, or once re-opened.
    package private(set) var deadline: Timestamp
    /// Which cases go first.
    package let precedence: Entry.Precedence
    /// Who paused the case, when, and why; nil while it goes on.
    package private(set) var pause: Pause?
    /// Whether what it said of the complainant was erased: departments cannot work on it again.
    package private(set) var isErased = false
    /// How many records have been made; every one is in the journal.
    package private(set) var recordCount = 0
    /// How many entries made it.
    package private(set) var entryCount = 1
    /// The time of the last entry.
    package private(set) var lastEntryAt: Timestamp
    /// What triage made of the words.
    package private(set) var split: Split?
    /// The tasks, by number from 1.
    package private(set) var tasks: [CaseTask] = []
    /// The case's outcome, once reconciled.
    package private(set) var outcome: CaseOutcome?
    /// The conflicts in the record.
    package private(set) var conflicts: [Entry.RecordedConflict] = []

    /// What people settled of facts in conflict, in the order in which they did: the last one of a fact counts.
    package private(set) var settlements: [SettledConflict] = []

    /// A case begins with its first entry.
    ///
    /// - Throws: ``FoldError`` where that is not `received`.
    package init(_ reference: CaseReference, _ entry: Entry) throws(FoldError) {
        guard case .received(let policy, let deadline, _, let precedence) = entry.event else {
            throw FoldError("The case begins with \"\(entry.event.type)\" instead of \"received\".")
        }
        self.reference = reference
        self.policy = policy
        self.deadline = deadline
        self.precedence = precedence
        client = entry.actor
        receivedAt = entry.at
        lastEntryAt = entry.at
        state = .received
    }

    /// The case that `entries` tell of, in order.
    package init(_ reference: CaseReference, stored entries: [StoredEntry]) throws(FoldError) {
        guard let first = entries.first else { throw FoldError("The case has no entries.") }
        try self.init(reference, try Self.read(first))
        for stored in entries.dropFirst() { try fold(try Self.read(stored)) }
    }

    private static func read(_ stored: StoredEntry) throws(FoldError) -> Entry {
        do throws(JSONError) {
            return try Entry(stored)
        } catch {
            throw FoldError("An entry cannot be read: \(error).")
        }
    }

    /// Whether work of departments, or triage, is still to come.
    package var isUnfinished: Bool { state != .reconciled }

    /// The task `number`, where the case has it.
    package func task(_ number: UInt16) -> CaseTask? {
        let index = Int(number) - 1
        return tasks.indices.contains(index) ? tasks[index] : nil
    }

    /// Takes one more entry into account: the only way the state changes.
    ///
    /// - Throws: ``FoldError`` where the entry does not fit what came before; the state is then not to be used.
    package mutating func fold(_ entry: Entry) throws(FoldError) {
        lastEntryAt = max(lastEntryAt, entry.at)
        entryCount += 1
        switch entry.event {
        case .received:
            throw FoldError("The case is received twice.")
        case .assessed(let split):
            self.split = split
            state = .assessed
        case .planned(let plan):
            guard plan.enumerated().allSatisfy({ Int($0.element.number) == $0.offset + 1 }) else {
                throw FoldError("The planned tasks are not numbered from 1.")
            }
            tasks = plan.map { CaseTask($0, at: entry.at) }
            state = .investigating
        case .ready(let disclosures):
            for disclosure in disclosures {
                try change(disclosure.task) { task in
                    task.state = .ready
                    task.findingsOf = disclosure.findingsOf
                }
            }
        case .accepted(let number, let attempt, let worker, let incarnation):
            try change(number) { task in
                task.state = .accepted
                task.attempt = attempt
                task.worker = worker
                task.incarnation = incarnation
            }
        case .contributed(let number, let attempt, let worker, let digest, let body):
            try change(number) { $0.count(attempt, by: worker, digest, body?.contribution) }
        case .late(let number, let attempt, let worker, let body):
            try change(number) {
                $0.keepLate(CaseTask.LateContribution(attempt: attempt, worker: worker, body: body))
            }
        case .attemptEnded(let number, let attempt, let cause, let reason, let retryAt):
            try change(number) { task in
                task.state = .ready
                task.attempt = max(task.attempt, attempt)
                if task.attemptEnded != attempt { task.attemptEnds[cause, default: 0] += 1 }
                task.attemptEnded = attempt
                task.retryAt = retryAt
                task.lastReason = reason.map { String(decoding: $0, as: UTF8.self) }
            }
        case .ended(let number, let outcome, let reason, let kept):
            try change(number) { task in
                task.state = .ended
                task.outcome = outcome
                task.reason = reason
                if outcome == .cancelled { task.lastReason = kept.map { String(decoding: $0, as: UTF8.self) } }
            }
        case .reconciled(let outcome, _, let conflicts, _, _):
            self.outcome = outcome
            self.conflicts = conflicts
            recordCount += 1
            state = .reconciled
        case .added(let addition, _):
            guard Int(addition.plan.number) == tasks.count + 1,
                addition.plan.after.allSatisfy({ $0 < addition.plan.number }),
                addition.before.allSatisfy({ task($0) != nil }), addition.askedBy.map({ task($0) != nil }) ?? true
            else { throw FoldError("The task \(addition.plan.number) cannot be added.") }
            add(addition, at: entry.at)
        case .adopted(let number, let attempt, let worker, let digest, let reopens, _):
            guard let late = task(number)?.late(of: attempt, by: worker) else {
                throw FoldError("Task \(number) has no late contribution of attempt \(attempt).")
            }
            let contribution = late.body.flatMap { try? Contribution(parsing: $0) }
            try change(number) { $0.count(attempt, by: late.worker, digest, contribution) }
            try reopen(reopens, at: entry.at)
        case .corrected(let number, let attempt, let worker, let digest, let reopens, let body):
            try change(number) { $0.count(attempt, by: worker, digest, body?.contribution) }
            try reopen(reopens, at: entry.at)
        case .reopened(let deadline):
            self.deadline = deadline
            state = .investigating
        case .retried(let number, let attempt, let reopens, let asked, _):
            try change(number) { task in
                task.reopen(after: attempt, at: entry.at)
                task.asked = asked
                task.isOrdered = true
            }
            try reopen(reopens, at: entry.at)
        case .edited(let number, let change, _):
            try self.change(number) { task in
                if let limit = change.timeLimitMilliseconds {
                    task.plan.timeLimitMilliseconds = limit
                    task.hasNewTimeLimit = true
                }
                if let attempts = change.attemptsMaximum { task.plan.attemptsMaximum = attempts }
                if let note = change.note { task.note = note }
            }
        case .reassigned(let plan, let attempt, _):
            try change(plan.number) { task in
                task.reopen(after: attempt, at: entry.at)
                task.isOrdered = true
                task.reassignments.append(
                    CaseTask.Reassignment(type: task.plan.type, attemptLast: task.attempt))
                // What was meant for one department is nobody else's to read.
                if plan.type.department != task.department { task.note = nil }
                task.plan = plan
            }
        case .conflictSettled(let fact, _, let settlement):
            guard let settlement = settlement ?? ConflictSettlement(erased: fact) else { break }
            settlements.append(SettledConflict(settlement: settlement, by: entry.actor, at: entry.at))
        case .paused(let reason):
            let words = reason.map { String(decoding: $0, as: UTF8.self) } ?? ""
            if pause == nil { pause = Pause(actor: entry.actor, at: entry.at, reason: words) }
        case .resumed:
            if let pause {
                let wait = entry.at.milliseconds.subtractingReportingOverflow(pause.at.milliseconds)
                let later = deadline.milliseconds.addingReportingOverflow(max(0, wait.partialValue))
                if !wait.overflow, !later.overflow { deadline = Timestamp(milliseconds: later.partialValue) }
            }
            pause = nil
        case .erased(let person, _):
            guard person == Entry.complainant else { break }
            isErased = true
            if let pause { self.pause = Pause(actor: pause.actor, at: pause.at, reason: "") }
            for index in tasks.indices { tasks[index].erase() }
            for index in settlements.indices { settlements[index].erase() }
        }
    }

    mutating func add(_ addition: Entry.Addition, at time: Timestamp) {
        var added = CaseTask(addition.plan, at: time)
        added.askedBy = addition.askedBy
        if let asker = addition.askedBy.flatMap({ task($0) }) { added.depth = asker.depth + 1 }
        tasks.append(added)
        for number in addition.before { tasks[Int(number) - 1].plan.after.append(addition.plan.number) }
    }

    private mutating func reopen(_ reopenings: [Entry.Reopening], at time: Timestamp) throws(FoldError) {
        for reopening in reopenings {
            try change(reopening.task) { task in
                task.reopen(after: reopening.attempt, at: time)
                task.attemptReopened = task.attempt
            }
        }
    }

    private mutating func change(_ number: UInt16, _ body: (inout CaseTask) -> Void) throws(FoldError) {
        let index = Int(number) - 1
        guard tasks.indices.contains(index) else { throw FoldError("The case has no task \(number).") }
        body(&tasks[index])
    }

    /// What the views show of the case.
    package var view: CaseView {
        CaseView(
            reference: reference, state: state.rawValue, isUnfinished: isUnfinished, receivedAt: receivedAt,
            deadline: deadline,
            issues: split?.issues.count ?? 0, openPoints: open.count, outcome: outcome?.rawValue,
            tasks: tasks.compactMap { task in
                // What was parked when its words were erased waits for nobody any more.
                guard task.outcome == nil || task.isParked && (!isErased || task.isOwners) else { return nil }
                return CaseView.TaskView(
                    number: task.number, type: task.plan.type.description, department: task.department.description,
                    state: task.state.rawValue, outcome: task.outcome?.rawValue, attempt: task.attempt,
                    worker: task.worker)
            },
            conflicts: conflicts.map { CaseView.ConflictView(fact: $0.fact, issues: $0.issues) })
    }
}

/// Entries that do not make a case: it is set aside and shown, the others go on.
package struct FoldError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What does not fit.
    package let description: String

    package init(_ description: String) { self.description = description }
}
