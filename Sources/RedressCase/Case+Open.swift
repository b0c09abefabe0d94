import RedressContract

/// What waits for the case owner once the record is made.
package enum OpenPoint: Sendable, Hashable {
    /// Departments disagree on a fact.
    case conflict(Entry.RecordedConflict)
    /// A required task ended without a contribution.
    case task(UInt16)
    /// An issue has no outcome, and no required task that is missing says why.
    case issue(Int)
    /// So many sentences are in no issue: one point.
    case unplaced(Int)
}

extension Case {
    /// What waits for the owner, in the record as it would stand now with `conflicts`. What the owner's own tasks were
    /// about is open until they have ended.
    package func open(_ conflicts: [Entry.RecordedConflict]) -> [OpenPoint] {
        // Of each issue, whether it has an outcome or something says why not.
        var isSettled = [Bool](repeating: false, count: split?.issues.count ?? 0)
        func settle(_ issue: Int) {
            if isSettled.indices.contains(issue - 1) { isSettled[issue - 1] = true }
        }
        var missing: [UInt16] = []
        var unplaced = split?.unplaced.count ?? 0
        for task in tasks where task.state == .ended {
            if task.isOwners {
                task.plan.issues.forEach(settle)
                if task.plan.type.description == Planning.unplaced { unplaced = 0 }
            } else if task.plan.required, task.outcome != .contributed {
                task.plan.issues.forEach(settle)
                missing.append(task.number)
            }
            for answer in task.digest?.outcomes ?? [] where answer.outcome != .cannotSay { settle(answer.issue) }
        }
        let issues = isSettled.indices.filter { !isSettled[$0] }.map { $0 + 1 }
        return conflicts.map { .conflict($0) } + missing.map { .task($0) } + issues.map { .issue($0) }
            + (unplaced > 0 ? [.unplaced(unplaced)] : [])
    }

    /// What waits for the owner; nothing before there is a record, nor while the case is open again.
    package var open: [OpenPoint] { isUnfinished ? [] : open(conflicts) }
}
