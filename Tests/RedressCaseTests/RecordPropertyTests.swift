import Foundation
import RedressCase
import RedressContract
import RedressTesting
import Testing

/// The record is a function of the plan, the contributions and the policy, whatever the order in which they come.
@Suite struct RecordPropertyTests {
    static let replayed = ProcessInfo.processInfo.environment["REDRESS_SEED"].flatMap { UInt64($0) }

    @Test(arguments: replayed.map { [$0] } ?? Array(1...300))
    func theRecordIsTheSameInEveryOrderWithDuplicatesAndAfterReplay(seed: UInt64) throws {
        let replay: Comment = "REDRESS_SEED=\(seed) swift test --filter RecordPropertyTests"
        var generator = SeededGenerator(seed: seed)
        let world = try World(&generator)
        let once = try world.record(world.ends.flatMap(\.self))
        for _ in 0..<4 {
            #expect(try world.record(interleaved(world.ends, &generator)).jsonBytes == once.jsonBytes, replay)
            // What comes once more comes before anything takes its place.
            let repeated = world.ends.map { end in
                Bool.random(using: &generator) ? Array(end.prefix(1)) + end : end
            }
            let mixed = interleaved(repeated, &generator)
            #expect(try world.record(mixed).jsonBytes == once.jsonBytes, replay)
            let stored = (world.beginning + mixed).map(\.stored)
            let replayed = try Case(reference, stored: stored)
            #expect(Reconciliation(replayed, by: try Policy(parsing: world.policy.jsonBytes)).record() == once, replay)
        }
        // What people settle counts, wherever their entries stand.
        let settled = once.conflicts.map { conflict in
            let value = conflict.statements.randomElement(using: &generator)?.finding.value ?? .flag(true)
            let event = Entry.Event.conflictSettled(
                fact: String(conflict.key.base), issues: conflict.issues,
                ConflictSettlement(of: conflict, value, reason: "seen"))
            return [Entry(at: at(12), actor: "client:o", event: event)]
        }
        let decided = try world.record((world.ends + settled).flatMap(\.self))
        #expect(decided.conflicts.isEmpty && decided.facts.count == once.facts.count + once.conflicts.count, replay)
        #expect(decided.openPoints == once.openPoints - once.conflicts.count, replay)
        let late = interleaved(world.ends + settled, &generator)
        #expect(try world.record(late).jsonBytes == decided.jsonBytes, replay)
        let kept = try Case(reference, stored: (world.beginning + late).map(\.stored))
        #expect(Reconciliation(kept, by: world.policy).record() == decided, replay)
        for fact in once.facts {
            #expect(!fact.sources.isEmpty, replay)
            #expect(fact.sources.allSatisfy { $0.finding.key == fact.key }, replay)
        }
        let told = Set(once.facts.map(\.key)).union(once.conflicts.map(\.key))
        #expect(
            told == Set(once.contributions.flatMap(\.contribution.findings).map(\.key)),
            "nothing stated is lost; \(replay)")
        #expect(once.facts.count + once.conflicts.count == told.count, replay)
        #expect(
            once.contributions.count + once.missing.filter { $0.outcome != .declined }.count == world.ends.count, replay
        )
    }
}

/// The entries of all `sequences`, each in its order.
private func interleaved(_ sequences: [[Entry]], _ generator: inout SeededGenerator) -> [Entry] {
    var turns = sequences.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element.count) }
    turns.shuffle(using: &generator)
    var rest = sequences.map { $0[...] }
    return turns.compactMap { rest[$0].popFirst() }
}

/// A random policy, and a case by it, with how each of its tasks ends.
private struct World {
    var policy: Policy
    var beginning: [Entry] = []
    /// How each task ends: at once, or late and adopted, or corrected afterwards.
    var ends: [[Entry]] = []

    init(_ generator: inout SeededGenerator) throws {
        let names = try ["a", "b", "c", "d"].map(department)
        let facts = try (0..<4).map { try key("f\($0)") }
        policy = Policy(departments: names.map { Policy.Department(name: $0, answers: "") }, tasks: [], facts: [])
        for fact in facts {
            let rule = Policy.Rule.allCases.randomElement(using: &generator) ?? .owner
            policy.facts.append(Policy.FactRule(key: fact, owners: names.shuffled(using: &generator), rule: rule))
        }
        for number in 0..<Int.random(in: 0...6, using: &generator) {
            let owner = names.randomElement(using: &generator) ?? names[0]
            policy.tasks.append(
                Policy.TaskRule(
                    type: try #require(TaskType("\(owner)/t\(number)")),
                    issuesOf: names.randomElement(using: &generator),
                    required: Bool.random(using: &generator),
                    after: policy.tasks.map(\.type).filter { _ in Bool.random(using: &generator) }))
        }
        let split = Split(
            issues: (0..<Int.random(in: 0...5, using: &generator)).map { index in
                Split.Issue(department: names.randomElement(using: &generator) ?? names[0], ranges: [index..<index + 1])
            }, unplaced: Bool.random(using: &generator) ? [9..<10] : [], sentences: 6)
        var plan = Planning.tasks(for: split, by: policy)
        beginning = [
            Entry(at: at(1), actor: "c", event: .received(policy: "p", deadline: at(2), body: nil)),
            Entry(at: at(2), actor: "c", event: .assessed(split)), Entry(at: at(3), actor: "c", event: .planned(plan)),
        ]
        var known = try Case(reference, beginning[0])
        for entry in beginning.dropFirst() { try known.fold(entry) }
        for rule in policy.tasks where Bool.random(using: &generator) {
            let after = known.tasks.map(\.number).filter { _ in Bool.random(using: &generator) }
            guard let addition = try? known.addition(of: rule.type, after: after, by: policy) else { continue }
            let entry = Entry(at: at(4), actor: "client:o", event: .added(addition, reason: nil))
            try known.fold(entry)
            beginning.append(entry)
            plan.append(addition.plan)
        }
        for task in plan where task.type.department != .owner {
            if Int.random(in: 0..<5, using: &generator) == 0 {
                let outcome =
                    [TaskOutcome.failed, .timedOut, .noWorker, .skipped].randomElement(using: &generator) ?? .failed
                let end = Entry(
                    at: at(9), actor: "c",
                    event: .ended(task: task.number, outcome: outcome, reason: "why", kept: nil))
                ends.append(
                    Bool.random(using: &generator)
                        ? [end] : [end] + Self.adoption(task.number, Self.contribution(task, facts, &generator)))
            } else {
                let end = contributed(task.number, Self.contribution(task, facts, &generator))
                guard Int.random(in: 0..<4, using: &generator) == 0 else {
                    ends.append([end])
                    continue
                }
                let right = Self.contribution(task, facts, &generator)
                let correction = Entry.Event.corrected(
                    task: task.number, attempt: 2, worker: "v", digest: Entry.ContributionDigest(right), reopens: [],
                    body: Entry.ContributionBody(parsing: right.jsonBytes))
                ends.append([end, Entry(at: at(11), actor: "worker:v", event: correction)])
            }
        }
    }

    /// A contribution that comes late and is adopted.
    private static func adoption(_ task: UInt16, _ contribution: Contribution) -> [Entry] {
        let digest = Entry.ContributionDigest(contribution)
        return [
            .late(task: task, attempt: 1, worker: "w", body: contribution.jsonBytes),
            .adopted(task: task, attempt: 1, worker: nil, digest: digest, reopens: [], reason: nil),
        ].map { Entry(at: at(10), actor: "w", event: $0) }
    }

    func record(_ ends: [Entry]) throws -> CaseRecord {
        var known = try Case(reference, beginning[0])
        for entry in beginning.dropFirst() + ends { try known.fold(entry) }
        return Reconciliation(known, by: policy).record()
    }

    private static func contribution(
        _ task: Entry.PlannedTask, _ facts: [FactKey], _ generator: inout SeededGenerator
    ) -> Contribution {
        if Int.random(in: 0..<8, using: &generator) == 0 { return .declining("no") }
        return Contribution(
            answers: task.issues.map {
                .init(issue: $0, Outcome.allCases.randomElement(using: &generator) ?? .upheld, reasons: ["r"])
            },
            findings: (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                Finding(
                    facts.randomElement(using: &generator) ?? facts[0], value(&generator),
                    source: Bool.random(using: &generator) ? "book" : nil,
                    at: Bool.random(using: &generator) ? at(Int64.random(in: 0...3, using: &generator)) : nil)
            })
    }

    private static func value(_ generator: inout SeededGenerator) -> FactValue {
        let number = ExactNumber(Int.random(in: 0...3, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return .number(number)
        case 1:
            return Money(amount: number, currency: Bool.random(using: &generator) ? "EUR" : "USD").map { .money($0) }
                ?? .erased
        case 2: return .words(["x", "y", "z"].filter { _ in Bool.random(using: &generator) })
        case 3: return .text("\(number)")
        case 4: return .flag(Bool.random(using: &generator))
        default: return .erased
        }
    }
}
