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
        var world = try World(&generator)
        let once = try world.record(world.ends)
        for _ in 0..<4 {
            world.ends.shuffle(using: &generator)
            #expect(try world.record(world.ends).jsonBytes == once.jsonBytes, replay)
            let repeated = (world.ends + world.ends.filter { _ in Bool.random(using: &generator) }).shuffled(
                using: &generator)
            #expect(try world.record(repeated).jsonBytes == once.jsonBytes, replay)
            let stored = (world.beginning + repeated).map(\.stored)
            let replayed = try Case(reference, stored: stored)
            #expect(Reconciliation(replayed, by: try Policy(parsing: world.policy.jsonBytes)).record() == once, replay)
        }
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

/// A random policy, and a case by it, with how each of its tasks ends.
private struct World {
    var policy: Policy
    var beginning: [Entry] = []
    var ends: [Entry] = []

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
        let plan = Planning.tasks(for: split, by: policy)
        beginning = [
            Entry(at: at(1), actor: "c", event: .received(policy: "p", deadline: at(2), body: nil)),
            Entry(at: at(2), actor: "c", event: .assessed(split)), Entry(at: at(3), actor: "c", event: .planned(plan)),
        ]
        for task in plan where task.type.department != .owner {
            if Int.random(in: 0..<5, using: &generator) == 0 {
                let outcome =
                    [TaskOutcome.failed, .timedOut, .noWorker, .skipped].randomElement(using: &generator) ?? .failed
                ends.append(
                    Entry(
                        at: at(9), actor: "c",
                        event: .ended(task: task.number, outcome: outcome, reason: "why", kept: nil)))
            } else {
                ends.append(contributed(task.number, Self.contribution(task, facts, &generator)))
            }
        }
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
