import RedressContract

/// What a case consists of, and how an entry changes it.
extension Case {
    /// The fields behind a case's one reference.
    struct Fields: Sendable, Hashable {
        // Small fields stand together: there is one of these for each open case.
        let reference: CaseReference
        let policy: String
        let client: String
        let receivedAt: Timestamp
        var lastEntryAt: Timestamp
        var deadline: Timestamp
        let precedence: Entry.Precedence
        var state: State
        var isErased = false
        var outcome: CaseOutcome?
        var pause: Pause?
        var recordCount = 0
        var entryCount = 1
        var split: Split?
        var tasks: [CaseTask] = []
        var conflicts: [Entry.RecordedConflict] = []
        var settlements: [SettledConflict] = []

        /// A case begins with its first entry.
        init(_ reference: CaseReference, _ entry: Entry) throws(FoldError) {
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

        /// Takes one more entry into account.
        mutating func fold(_ entry: Entry) throws(FoldError) {
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

        func task(_ number: UInt16) -> CaseTask? {
            let index = Int(number) - 1
            return tasks.indices.contains(index) ? tasks[index] : nil
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
    }
}
