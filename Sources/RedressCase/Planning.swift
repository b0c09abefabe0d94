package import RedressContract

/// From issues to tasks, by the playbooks of a policy.
package enum Planning {
    /// The owner's task for sentences that belong to no issue.
    package static let unplaced = "owner/unplaced"
    /// The owner's task for issues that no playbook answers.
    package static let unanswered = "owner/unanswered-issue"
    private static let ownersTypes = [unplaced, unanswered].map { ($0, TaskType($0)) }

    /// The tasks for `split`, in the order of the policy: one for each rule whose department has issues, with all of
    /// them, save those that come on request only; then the owner's.
    ///
    /// The graph is acyclic because ``Policy/cycle`` is checked when a policy is read; a dependency on a kind of task
    /// that the case does not call for holds nothing back.
    package static func tasks(for split: Split, by policy: Policy) -> [Entry.PlannedTask] {
        var issues: [DepartmentName: [Int]] = [:]
        for (index, issue) in split.issues.enumerated() { issues[issue.department, default: []].append(index + 1) }
        // By index: rules are large, and a policy may have many that the case does not call for.
        let called = policy.tasks.indices.filter {
            !policy.tasks[$0].onRequest && issues[policy.tasks[$0].issuesOf] != nil
        }
        func number(of type: TaskType) -> UInt16? {
            called.firstIndex { policy.tasks[$0].type == type }.map { UInt16(truncatingIfNeeded: $0 + 1) }
        }
        var tasks: [Entry.PlannedTask] = []
        tasks.reserveCapacity(called.count + 1)
        for index in called {
            let rule = policy.tasks[index]
            tasks.append(
                rule.task(
                    UInt16(truncatingIfNeeded: tasks.count + 1), issues: issues[rule.issuesOf] ?? [],
                    after: rule.after.compactMap(number).sorted()))
        }
        func addOwners(_ name: String, _ issues: [Int]) {
            guard let type = ownersTypes.first(where: { $0.0 == name })?.1 else { return }
            tasks.append(
                Entry.PlannedTask(
                    number: UInt16(truncatingIfNeeded: tasks.count + 1), type: type, issues: issues, after: [],
                    required: false,
                    timeLimitMilliseconds: 0, attemptsMaximum: 0, particulars: [], version: 1,
                    join: .unwritten(required: false)))
        }
        let answered = Set(called.map { policy.tasks[$0].issuesOf })
        let unanswered = issues.filter { !answered.contains($0.key) }.values.joined().sorted()
        if !unanswered.isEmpty { addOwners(Self.unanswered, unanswered) }
        if !split.unplaced.isEmpty { addOwners(Self.unplaced, []) }
        return tasks
    }
}

extension Policy.TaskRule {
    /// The task that the rule gives a case as its task `number`.
    func task(_ number: UInt16, issues: [Int], after: [UInt16]) -> Entry.PlannedTask {
        Entry.PlannedTask(
            number: number, type: type, issues: issues, after: after, required: required,
            timeLimitMilliseconds: timeLimitMilliseconds, attemptsMaximum: attemptsMaximum, particulars: particulars,
            version: version, join: join, endsMaximum: endsMaximum)
    }
}

extension Case {
    /// The brief of a task's attempt, out of the complaint's `text`; nil where the case has no such task, or was erased.
    package func brief(_ number: UInt16, attempt: UInt32, text: [UInt8]) -> Brief? {
        guard let task = task(number), let split, !isErased else { return nil }
        func words(_ range: Range<Int>) -> String {
            String(decoding: text[range.clamped(to: 0..<text.count)], as: UTF8.self)
        }
        let findings = task.findingsOf.compactMap { self.task($0) }.filter { $0.outcome == .contributed }
            .compactMap { $0.contributionKept?.findings }.joined()
        return Brief(
            task: TaskID(reference, number), attempt: attempt, type: task.plan.type,
            version: task.plan.version,
            issues: task.plan.issues.map { Brief.Issue(number: $0, excerpt: split.excerpt($0, words)) },
            particulars: task.plan.particulars.flatMap { split.particulars($0, for: task.plan.issues, of: text) }
                .map { Brief.Particular(name: $0.name, value: words($0.range)) },
            findings: Array(findings), note: task.note)
    }
}

extension Split {
    /// The particulars called `name` that the words of `issues` mention, in `text`; all of the complaint where one of the
    /// issues mentions none.
    func particulars(_ name: String, for issues: [Int], of text: [UInt8]) -> [Particular] {
        let all = particulars.filter { $0.name == name }
        guard all.count > 1 else { return all }
        var isMentioned = [Bool](repeating: false, count: all.count)
        for number in issues where self.issues.indices.contains(number - 1) {
            guard Self.mark(&isMentioned, of: all, in: self.issues[number - 1].ranges, of: text) else { return all }
        }
        return all.indices.filter { isMentioned[$0] }.map { all[$0] }
    }

    /// Marks which of `particulars` stand in `ranges` of `text`, by their place. A split has each value where it stands
    /// first; other issues may mention it again.
    ///
    /// - Returns: whether any does.
    private static func mark(
        _ isMentioned: inout [Bool], of particulars: [Particular], in ranges: [Range<Int>], of text: [UInt8]
    ) -> Bool {
        let values = particulars.map { text[$0.range.clamped(to: text.indices)] }
        var begins = [Bool](repeating: false, count: 256)
        for value in values { if let byte = value.first { begins[Int(byte)] = true } }
        func isWord(_ index: Int, in range: Range<Int>) -> Bool {
            guard range.contains(index) else { return false }
            let byte = text[index]
            return byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        }
        var hasFound = false
        for range in ranges.map({ $0.clamped(to: text.indices) }) {
            for index in range where begins[Int(text[index])] && !isWord(index - 1, in: range) {
                for (number, value) in values.enumerated()
                where !value.isEmpty && text[index...].starts(with: value) && !isWord(index + value.count, in: range) {
                    isMentioned[number] = true
                    hasFound = true
                }
            }
        }
        return hasFound
    }

    /// The words of issue `number`, its ranges joined by an ellipsis.
    package func excerpt(_ number: Int, _ words: (Range<Int>) -> String) -> String {
        guard issues.indices.contains(number - 1) else { return "" }
        return issues[number - 1].ranges.map(words).joined(separator: " … ")
    }
}
