package import RedressContract

/// Tasks that join a case after it was planned, and branches that are opened again.
extension Case {
    /// A case has at most so many tasks, whoever adds them.
    private static let tasksMaximum = 1024

    /// The task that would be added.
    ///
    /// - Parameters:
    ///   - issues: what it is about; none means the issues that call for its type.
    ///   - after: tasks that it comes after.
    ///   - before: tasks that are to come after it; they must not have begun.
    /// - Throws: the ``Refusal`` that says why it cannot be.
    package func addition(
        of type: TaskType, issues: [Int] = [], after: [UInt16] = [], before: [UInt16] = [], by policy: Policy
    ) throws(Refusal) -> Entry.Addition {
        guard let rule = policy.task(type) else {
            let known = policy.tasks.map(\.type.description).joined(separator: ", ")
            throw Refusal(.unknownContract, "The policy of this case has no task \(type); it has \(known).")
        }
        guard tasks.count < Self.tasksMaximum, let number = UInt16(exactly: tasks.count + 1) else {
            throw Refusal(.notPlannable, "The case has \(tasks.count) tasks; there can be no more.")
        }
        let known = split?.issues ?? []
        if let unknown = issues.first(where: { !known.indices.contains($0 - 1) }) {
            throw Refusal(.unknownIssue, "The case has no issue \(unknown); it has \(known.count).")
        }
        for named in after + before where task(named) == nil {
            throw Refusal(.unknownTask, "The case has no task \(named); it has \(tasks.count).")
        }
        if let owners = after.first(where: { task($0)?.isOwners == true }) {
            throw Refusal(
                .notPlannable, "Task \(owners) is the case owner's own and never ends here: nothing can come after it.")
        }
        if let begun = before.first(where: { task($0)?.state != .blocked }) {
            throw Refusal(
                .notPlannable, "Task \(begun) waits for nothing any more, so that nothing can come before it.")
        }
        if let circle = before.first(where: { ancestors(of: after).contains($0) }) {
            throw Refusal(.notPlannable, "The new task would come before task \(circle) and after it.")
        }
        let own = known.indices.filter { known[$0].department == rule.issuesOf }.map { $0 + 1 }
        let about = issues.isEmpty ? own : Set(issues).sorted()
        guard !about.isEmpty else {
            throw Refusal(.unknownIssue, "No issue of the case calls for \(type); name the issues that it is about.")
        }
        return Entry.Addition(
            plan: rule.task(number, issues: about, after: Set(after).sorted()), before: Set(before).sorted())
    }

    /// The tasks that must have ended before any of `numbers`, and those themselves.
    private func ancestors(of numbers: [UInt16]) -> Set<UInt16> {
        var found: Set<UInt16> = []
        var unseen = numbers
        while let number = unseen.popLast() {
            if found.insert(number).inserted { unseen += task(number)?.plan.after ?? [] }
        }
        return found
    }

    /// The tasks that follow from what `asker` asks for, in order; what it has asked for before is there already.
    ///
    /// - Parameter branch: the tasks that are opened again with it.
    /// - Returns: each with why it is asked for.
    /// - Throws: ``Refusal/Code/notPlannable`` where the policy does not let this department ask for it, or not for so
    ///   many, or not so far from the plan; ``Refusal/Code/unknownIssue`` for an issue that is not the asking task's.
    package func additions(
        _ asks: [Contribution.Ask], by asker: CaseTask, reopening branch: [UInt16] = [], _ policy: Policy
    ) throws(Refusal) -> [(Entry.Addition, reason: String)] {
        let asks = new(asks, by: asker)
        guard !asks.isEmpty else { return [] }
        guard asker.depth < policy.askDepthMaximum else {
            throw Refusal(
                .notPlannable,
                "Task \(asker.number) was itself asked for, \(asker.depth) from the plan; no further task can follow from it."
            )
        }
        guard tasks.count(where: { $0.askedBy != nil }) + asks.count <= policy.asksMaximum else {
            throw Refusal(
                .notPlannable, "The departments of one case may ask for \(policy.asksMaximum, of: "task") in all.")
        }
        // Whoever waits for the asking task waits for what it asks for as well.
        let waiting = tasks.filter { task in
            (task.state == .blocked || branch.contains(task.number)) && task.plan.after.contains(asker.number)
        }.map(\.number)
        var grown = self
        var additions: [(Entry.Addition, reason: String)] = []
        for ask in asks {
            guard policy.task(ask.type)?.askedBy.contains(asker.department) == true else {
                throw Refusal(.notPlannable, "The policy does not let \(asker.department) ask for \(ask.type).")
            }
            if let foreign = ask.issues.first(where: { !asker.plan.issues.contains($0) }) {
                throw Refusal(
                    .unknownIssue, "Issue \(foreign) is not one of task \(asker.number)'s, which asks about it.")
            }
            var addition = try grown.addition(
                of: ask.type, issues: ask.issues(of: asker), after: [asker.number], by: policy)
            addition.before = waiting
            addition.askedBy = asker.number
            grown.add(addition, at: lastEntryAt)
            additions.append((addition, ask.reason))
        }
        return additions
    }

    /// Of `asks`, those that no task is there for which the same asker asked for: whoever does a task again, or corrects
    /// itself, asks again.
    private func new(_ asks: [Contribution.Ask], by asker: CaseTask) -> [Contribution.Ask] {
        var there = tasks.filter { $0.askedBy == asker.number }
        return asks.filter { ask in
            let same = there.firstIndex {
                $0.typeFirst == ask.type && $0.plan.issues == Set(ask.issues(of: asker)).sorted()
            }
            if let same { there.remove(at: same) }
            return same == nil
        }
    }

    /// The tasks behind `number` that its new contribution concerns; none where the findings that a brief would tell are
    /// the same.
    package func branch(behind number: UInt16, now contribution: Contribution) -> [UInt16] {
        let told = task(number).flatMap { $0.outcome == .contributed ? $0.contributionKept?.findings : nil }
        return told == (contribution.declined == nil ? contribution.findings : nil) ? [] : branch(behind: number)
    }

    /// The tasks behind `number` that were told what it found, or went on or were skipped because it failed, and those
    /// behind them: when it begins anew, they do too. What a person has cancelled stays so.
    package func branch(behind number: UInt16) -> [UInt16] {
        var branch: Set<UInt16> = []
        var unseen = tasks.filter { $0.number == number }
        while let before = unseen.popLast() {
            for task in tasks
            where !task.isOwners && task.state != .blocked && task.outcome != .cancelled && task.number != number
                && hangs(task, on: before) && branch.insert(task.number).inserted
            {
                unseen.append(task)
            }
        }
        return branch.sorted()
    }

    /// Whether a task that waits no more would be another with another outcome of `before`.
    private func hangs(_ task: CaseTask, on before: CaseTask) -> Bool {
        guard task.plan.after.contains(before.number) else { return false }
        let isMet = task.plan.join.isMet(by: task.findingsOf.count, of: task.plan.after.count)
        return task.findingsOf.contains(before.number)
            || !isMet && before.state == .ended && before.outcome != .contributed
    }
}

extension Contribution.Ask {
    /// What the new task is about, where `asker` asks.
    fileprivate func issues(of asker: CaseTask) -> [Int] { issues.isEmpty ? asker.plan.issues : issues }
}
