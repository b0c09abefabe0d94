package import RedressCase
internal import RedressContract

/// The rules of the house that a simulated mesh goes by: which tasks issues call for, and whose word counts on a fact.
/// What `Config/playbooks.yaml` is to a real one.
///
/// Names that are not well-formed are a mistake in the test and stop it.
public struct Playbook: Sendable, Hashable {
    /// Which value gets into the record when departments state several; see `Config/playbooks.yaml`.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        case owner, agree, latest, earliest, min, max, sum, union, person
    }

    package var policy: Policy

    /// A playbook without tasks.
    ///
    /// - Parameters:
    ///   - deadline: from intake to the record, whatever is missing then.
    ///   - lease: how long an accepted task stays with a worker that has gone silent.
    ///   - retryFirst: the wait before a failed task is tried again; doubled each time, up to `retryLongest`.
    public init(
        deadline: Duration = .seconds(900), lease: Duration = .seconds(10), retryFirst: Duration = .milliseconds(500),
        retryLongest: Duration = .seconds(60)
    ) {
        policy = Policy(
            departments: [], tasks: [], facts: [], caseDeadlineMilliseconds: deadline.milliseconds,
            leaseMilliseconds: lease.milliseconds, retryMilliseconds: retryFirst.milliseconds,
            retryMillisecondsMaximum: retryLongest.milliseconds)
    }

    package init(_ policy: Policy) { self.policy = policy }

    /// Adds a kind of task, and its department where it is new.
    ///
    /// - Parameters:
    ///   - type: `department/kind`; the department does the task.
    ///   - issuesOf: the department whose issues call for it; its own by default.
    ///   - required: whether the record lacks something without it; an optional one is skipped when what it comes after
    ///     has contributed nothing.
    ///   - after: the kinds of task that must have ended before; added already.
    ///   - attempts: how many may fail before the task is parked.
    public mutating func addTask(
        _ type: String, issuesOf: String? = nil, required: Bool = true, after: [String] = [],
        particulars: [String] = [],
        timeLimit: Duration = .seconds(60), attempts: Int = 3
    ) {
        let type = taskType(type)
        let before = after.map(taskType)
        precondition(
            before.allSatisfy { policy.task($0) != nil }, "a task comes after tasks that have been added before it")
        if !policy.departments.contains(where: { $0.name == type.department }) {
            policy.departments.append(Policy.Department(name: type.department, answers: ""))
        }
        policy.tasks.append(
            Policy.TaskRule(
                type: type, issuesOf: issuesOf.map(department), required: required, after: before,
                particulars: particulars,
                timeLimitMilliseconds: timeLimit.milliseconds, attemptsMaximum: attempts))
    }

    /// Adds a fact: who may state it, and by which rule it is reconciled. For ``Rule/owner``, the first owner is believed
    /// first.
    public mutating func addFact(_ key: String, owners: [String], rule: Rule) {
        guard let key = FactKey(key), let rule = Policy.Rule(rawValue: rule.rawValue) else {
            preconditionFailure("\"\(key)\" is not the key of a fact, such as charge.count")
        }
        policy.facts.append(Policy.FactRule(key: key, owners: owners.map(department), rule: rule))
    }
}

/// The department `name`, which the test has to write correctly.
func department(_ name: String) -> DepartmentName {
    guard let department = DepartmentName(name) else {
        preconditionFailure("\"\(name)\" is not the name of a department")
    }
    return department
}

private func taskType(_ name: String) -> TaskType {
    guard let type = TaskType(name) else { preconditionFailure("\"\(name)\" is not department/kind") }
    return type
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { Int64(self / .milliseconds(1)) }
}
