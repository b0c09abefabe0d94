package import RedressContract

/// How a task goes on after the tasks before it: how many of them must contribute, how long it waits for them, and what
/// becomes of it when they fail. A task before *fails* when it ends without a contribution that counts.
package struct Join: Sendable, Hashable {
    /// What becomes of the task when too few of those before it can still contribute.
    package enum Failure: String, Sendable, Hashable, CaseIterable {
        /// It waits for a person, who may have those before tried again.
        case wait
        /// It goes on with what there is, once all before it have ended.
        case proceed
        /// It is skipped.
        case skip
        /// It is skipped, and what before it has not ended is cancelled, unless another task waits for that too or a
        /// person ordered it.
        case cancel
    }

    /// How many must contribute; nil: all. Where the case has fewer, all of them.
    package var needed: Int?
    /// How long the task waits for them from when it was planned, in milliseconds; nil: as long as the case has.
    package var withinMilliseconds: Int64?
    /// What becomes of the task when too few can contribute.
    package var onFailure: Failure

    package init(needed: Int? = nil, withinMilliseconds: Int64? = nil, onFailure: Failure) {
        self.needed = needed
        self.withinMilliseconds = withinMilliseconds
        self.onFailure = onFailure
    }

    /// What holds where nothing is written: all must contribute; a required task goes on without, an optional one is
    /// skipped.
    package static func unwritten(required: Bool) -> Join { Join(onFailure: required ? .proceed : .skip) }
}

extension Join {
    /// Where a join stands.
    enum Verdict: Sendable, Hashable {
        case waits
        /// The task becomes ready with what there is.
        case fires
        /// The task is skipped.
        case fails
    }

    /// Whether so many contributions of `count` tasks are enough.
    func isMet(by contributed: Int, of count: Int) -> Bool { contributed >= min(needed ?? count, count) }

    /// Where the join of tasks of which `contributed` have contributed and `open` have not ended stands, when `isDue`
    /// says whether its time has come.
    func verdict(of count: Int, contributed: Int, open: Int, isDue: Bool) -> Verdict {
        if isMet(by: contributed, of: count) { return .fires }
        guard isDue || !isMet(by: contributed + open, of: count) else { return .waits }
        switch onFailure {
        case .wait: return isDue ? .fires : .waits
        case .proceed: return isDue || open == 0 ? .fires : .waits
        case .skip, .cancel: return .fails
        }
    }
}

/// What follows in a case from the tasks that have ended.
package struct Consequences: Sendable, Hashable {
    /// Tasks whose joins fire, with what they fire with.
    package var ready: [Entry.Disclosure] = []
    /// Tasks that are skipped because their joins failed.
    package var skipped: [UInt16] = []
    /// Those of them whose joins would wait no longer, and since when.
    package var overdue: [UInt16: Timestamp] = [:]
    /// Tasks that are cancelled together with what comes after them.
    package var cancelled: [UInt16] = []

    /// Whether nothing follows.
    package var isEmpty: Bool { ready.isEmpty && skipped.isEmpty && cancelled.isEmpty }
}

extension Case {
    /// What follows at `now` from the tasks that have ended. Only blocked tasks are looked at, and none of those is
    /// blocked afterwards: a join fires once.
    package func consequences(at now: Timestamp) -> Consequences {
        var consequences = Consequences()
        // By index: a task is not copied to see that it does not wait.
        for index in tasks.indices where tasks[index].state == .blocked {
            let task = tasks[index]
            let before = task.plan.after.compactMap { self.task($0) }
            let contributed = before.filter { $0.outcome == .contributed }
            let open = before.filter { $0.state != .ended }
            let isDue = task.joinDue.map { $0 <= now } ?? false
            switch task.plan.join.verdict(
                of: before.count, contributed: contributed.count, open: open.count, isDue: isDue)
            {
            case .waits: break
            case .fires: consequences.ready.append(disclosure(of: task, findingsOf: contributed.map(\.number)))
            case .fails:
                consequences.skipped.append(task.number)
                if task.plan.join.isMet(by: contributed.count + open.count, of: before.count) {
                    consequences.overdue[task.number] = task.joinDue
                }
                guard task.plan.join.onFailure == .cancel else { break }
                consequences.cancelled += open.filter { !$0.isOrdered && !isAwaited($0.number, beside: task.number) }
                    .map(\.number)
            }
        }
        guard !consequences.cancelled.isEmpty else { return consequences }
        let cancelled = Set(consequences.cancelled)
        consequences.cancelled = cancelled.sorted()
        consequences.ready.removeAll { cancelled.contains($0.task) }
        consequences.skipped.removeAll { cancelled.contains($0) }
        return consequences
    }

    /// Whether a task other than `number` still waits for `before`.
    private func isAwaited(_ before: UInt16, beside number: UInt16) -> Bool {
        tasks.contains { $0.number != number && $0.state == .blocked && $0.plan.after.contains(before) }
    }

    private func disclosure(of task: CaseTask, findingsOf contributed: [UInt16]) -> Entry.Disclosure {
        Entry.Disclosure(
            task: task.number, issues: task.plan.issues,
            particulars: task.plan.particulars.filter { name in
                split?.particulars.contains { $0.name == name } ?? false
            },
            findingsOf: contributed, without: task.plan.after.filter { !contributed.contains($0) })
    }

    /// When joins fire that wait no longer than so long, the soonest first; none where all wait as long as the case has.
    package var joinDues: [Timestamp] {
        tasks.indices.compactMap { tasks[$0].state == .blocked ? tasks[$0].joinDue : nil }.sorted()
    }

    /// Whether the case's own join, its reconciliation, fails: a required task has failed.
    private var hasFailedTask: Bool { tasks.contains { $0.plan.required && $0.outcome == .failed } }

    /// Whether every task that a department does has ended, so that the case can be reconciled.
    package var canReconcile: Bool {
        state == .investigating && tasks.indices.allSatisfy { tasks[$0].state == .ended || tasks[$0].isOwners }
    }

    /// Whether the record waits for a person to see to a parked task, by `policy`; no longer than the case's deadline.
    package func isHeldUp(by policy: Policy, at now: Timestamp) -> Bool {
        policy.onFailure == .wait && hasFailedTask && now < deadline
    }

    /// What is cancelled because task `parked` has just been parked, by `policy`. What a person orders afterwards is done.
    package func cancelledRest(after parked: UInt16, by policy: Policy) -> [UInt16] {
        guard policy.onFailure == .cancel, task(parked)?.plan.required == true else { return [] }
        return tasks.filter { !$0.isOwners && $0.state != .ended }.map(\.number)
    }
}
