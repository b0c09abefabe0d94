package import RedressContract

/// From issues to tasks, by the playbooks of a policy.
package enum Planning {
    /// The owner's task for sentences that belong to no issue.
    package static let unplaced = "owner/unplaced"
    /// The owner's task for issues that no playbook answers.
    package static let unanswered = "owner/unanswered-issue"

    /// The tasks for `split`, in the order of the policy: one for each rule whose department has issues, with all of
    /// them; then the owner's.
    ///
    /// The graph is acyclic because ``Policy/cycle`` is checked when a policy is read; a dependency on a kind of task
    /// that the case does not call for holds nothing back.
    package static func tasks(for split: Split, by policy: Policy) -> [Entry.PlannedTask] {
        var issues: [DepartmentName: [Int]] = [:]
        for (index, issue) in split.issues.enumerated() { issues[issue.department, default: []].append(index + 1) }
        let rules = policy.tasks.filter { issues[$0.issuesOf] != nil }
        var numbers: [TaskType: UInt16] = [:]
        for (index, rule) in rules.enumerated() { numbers[rule.type] = UInt16(truncatingIfNeeded: index + 1) }
        var tasks = rules.enumerated().map { index, rule in
            Entry.PlannedTask(
                number: UInt16(truncatingIfNeeded: index + 1), type: rule.type, issues: issues[rule.issuesOf] ?? [],
                after: rule.after.compactMap { numbers[$0] }.sorted(), required: rule.required,
                timeLimitMilliseconds: rule.timeLimitMilliseconds, attemptsMaximum: rule.attemptsMaximum,
                particulars: rule.particulars, endsMaximum: rule.endsMaximum)
        }
        func addOwners(_ name: String, _ issues: [Int]) {
            guard let type = TaskType(name) else { return }
            tasks.append(
                Entry.PlannedTask(
                    number: UInt16(truncatingIfNeeded: tasks.count + 1), type: type, issues: issues, after: [],
                    required: false,
                    timeLimitMilliseconds: 0, attemptsMaximum: 0, particulars: []))
        }
        let answered = Set(rules.map(\.issuesOf))
        let unanswered = issues.filter { !answered.contains($0.key) }.values.joined().sorted()
        if !unanswered.isEmpty { addOwners(Self.unanswered, unanswered) }
        if !split.unplaced.isEmpty { addOwners(Self.unplaced, []) }
        return tasks
    }
}

extension Case {
    /// What follows now from the tasks that have ended: tasks that become ready, with what their briefs disclose, and
    /// tasks that are skipped because an optional one's premise did not contribute. A required task goes on without.
    package func unblocking() -> (ready: [Entry.Disclosure], skipped: [UInt16]) {
        var ready: [Entry.Disclosure] = []
        var skipped: [UInt16] = []
        for task in tasks where task.state == .blocked {
            let before = task.plan.after.compactMap { self.task($0) }
            guard before.allSatisfy({ $0.state == .ended }) else { continue }
            if !task.plan.required, before.contains(where: { $0.outcome != .contributed }) {
                skipped.append(task.number)
            } else {
                ready.append(
                    Entry.Disclosure(
                        task: task.number, issues: task.plan.issues,
                        particulars: task.plan.particulars.filter { name in
                            split?.particulars.contains { $0.name == name } ?? false
                        },
                        findingsOf: before.filter { $0.outcome == .contributed }.map(\.number)))
            }
        }
        return (ready, skipped)
    }

    /// Whether every task that a department does has ended, so that the case can be reconciled.
    package var canReconcile: Bool { state == .investigating && tasks.allSatisfy { $0.isOwners || $0.state == .ended } }

    /// The brief of a task's attempt, out of the complaint's `text`.
    package func brief(_ number: UInt16, attempt: UInt32, text: [UInt8]) -> Brief? {
        guard let task = task(number), let split else { return nil }
        func words(_ range: Range<Int>) -> String {
            String(decoding: text[range.clamped(to: 0..<text.count)], as: UTF8.self)
        }
        let findings = task.plan.after.compactMap { self.task($0) }.filter { $0.outcome == .contributed }
            .compactMap { $0.contributionKept?.findings }.joined()
        return Brief(
            task: TaskID(reference, number), attempt: attempt, type: task.plan.type,
            issues: task.plan.issues.map { Brief.Issue(number: $0, excerpt: split.excerpt($0, words)) },
            particulars: task.plan.particulars.flatMap { split.particulars($0, for: task.plan.issues) }
                .map { Brief.Particular(name: $0.name, value: words($0.range)) },
            findings: Array(findings), note: task.note)
    }
}

extension Split {
    /// The particulars called `name` that the words of `issues` mention; all of the complaint where they mention none.
    func particulars(_ name: String, for issues: [Int]) -> [Particular] {
        let all = particulars.filter { $0.name == name }
        let mentioned = all.filter { particular in
            issues.contains { number in
                self.issues.indices.contains(number - 1)
                    && self.issues[number - 1].ranges.contains { $0.overlaps(particular.range) }
            }
        }
        return mentioned.isEmpty ? all : mentioned
    }

    /// The words of issue `number`, its ranges joined by an ellipsis.
    package func excerpt(_ number: Int, _ words: (Range<Int>) -> String) -> String {
        guard issues.indices.contains(number - 1) else { return "" }
        return issues[number - 1].ranges.map(words).joined(separator: " … ")
    }
}
