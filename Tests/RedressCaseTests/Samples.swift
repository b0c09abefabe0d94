import RedressCase
import RedressContract
import Testing

let reference = CaseReference(rawValue: 0x1234_5678_9ABC) ?? .random(using: &systemGenerator)
nonisolated(unsafe) private var systemGenerator = SystemRandomNumberGenerator()

func department(_ name: String) throws -> DepartmentName { try #require(DepartmentName(name)) }

func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

func key(_ name: String) throws -> FactKey { try #require(FactKey(name)) }

func money(_ amount: String, _ currency: String = "EUR") throws -> FactValue {
    let number = try #require(ExactNumber(amount.utf8))
    return .money(try #require(Money(amount: number, currency: currency)))
}

/// Two departments, b and l; b does one task, l does two, of which the second is optional and comes after b's.
func policy(_ rule: Policy.Rule = .owner) throws -> Policy {
    let first = try #require(TaskType("b/review"))
    let second = try #require(TaskType("l/trace"))
    let third = try #require(TaskType("l/sequel"))
    return Policy(
        departments: [
            Policy.Department(name: try department("b"), answers: "Bills."),
            Policy.Department(name: try department("l"), answers: "Loads."),
        ],
        tasks: [
            Policy.TaskRule(type: first, particulars: ["order"]), Policy.TaskRule(type: second),
            Policy.TaskRule(type: third, issuesOf: try department("b"), required: false, after: [first]),
        ],
        facts: [Policy.FactRule(key: try key("fact"), owners: [try department("b"), try department("l")], rule: rule)])
}

let words = Array("Twice charged. Never came. Hello. A-1".utf8)

func split() throws -> Split {
    Split(
        issues: [
            Split.Issue(department: try department("b"), ranges: [0..<14]),
            Split.Issue(department: try department("l"), ranges: [15..<26]),
        ], unplaced: [27..<33], particulars: [Split.Particular(name: "order", range: 34..<37)], sentences: 3)
}

/// A case that is planned by `policy`.
func plannedCase(_ policy: Policy, _ split: Split) throws -> Case {
    var planned = try Case(
        reference, Entry(at: at(1), actor: "client:c", event: .received(policy: "p", deadline: at(100), body: nil)))
    try planned.fold(Entry(at: at(2), actor: "coordinator", event: .assessed(split)))
    try planned.fold(Entry(at: at(3), actor: "coordinator", event: .planned(Planning.tasks(for: split, by: policy))))
    return planned
}

func contributed(_ task: UInt16, _ contribution: Contribution, attempt: UInt32 = 1, keepsBody: Bool = true) -> Entry {
    Entry(
        at: at(10), actor: "worker:w",
        event: .contributed(
            task: task, attempt: attempt, worker: "w", digest: Entry.ContributionDigest(contribution),
            body: keepsBody ? Entry.ContributionBody(parsing: contribution.jsonBytes) : nil))
}
