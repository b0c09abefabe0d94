import RedressCase
import RedressContract
import Testing

@Suite struct ReconciliationTests {
    /// The record when b and l state these values of one fact.
    func record(
        _ rule: Policy.Rule, _ first: FactValue?, _ second: FactValue?, at times: [Timestamp?] = [nil, nil]
    ) throws -> CaseRecord {
        let rules = try policy(rule)
        var known = try plannedCase(rules, split())
        for (task, value) in [(UInt16(1), first), (2, second)] {
            let findings = try value.map {
                [Finding(try key("fact"), $0, source: "book \(task)", at: times[Int(task) - 1])]
            }
            try known.fold(
                contributed(task, Contribution(answers: [.init(issue: Int(task), .upheld)], findings: findings ?? [])))
        }
        return Reconciliation(known, by: rules).record()
    }

    func number(_ text: String) throws -> FactValue { .number(try #require(ExactNumber(text.utf8))) }

    @Test func theFirstOwnerIsBelieved() throws {
        #expect(try record(.owner, .text("x"), .text("y")).facts.map(\.value) == [.text("x")])
        #expect(try record(.owner, nil, .text("y")).facts.map(\.value) == [.text("y")])
    }

    @Test func allMustAgree() throws {
        #expect(try record(.agree, number("1.0"), number("1")).facts.map(\.value) == [number("1")])
        let conflict = try #require(try record(.agree, number("1"), number("2")).conflicts.first)
        #expect(conflict.statements.map(\.task) == [1, 2])
        #expect(conflict.issues == [1, 2])
        #expect(try record(.agree, number("1"), money("1")).conflicts.count == 1)
    }

    @Test func theLatestAndTheEarliestGoByTheFindingsTimes() throws {
        let times = [at(5), at(9)]
        #expect(try record(.latest, .text("x"), .text("y"), at: times).facts.map(\.value) == [.text("y")])
        #expect(try record(.earliest, .text("x"), .text("y"), at: times).facts.map(\.value) == [.text("x")])
        #expect(try record(.latest, .text("x"), .text("y"), at: [at(5), nil]).facts.map(\.value) == [.text("x")])
        #expect(try record(.latest, .text("x"), .text("y"), at: [at(5), at(5)]).conflicts.count == 1)
        #expect(try record(.latest, .text("x"), .text("y")).conflicts.count == 1)
        #expect(try record(.earliest, .text("x"), .text("x")).conflicts.isEmpty)
    }

    @Test func theSmallestAndTheLargest() throws {
        #expect(try record(.min, number("10"), number("9.5")).facts.map(\.value) == [number("9.5")])
        #expect(try record(.max, money("10"), money("9.5")).facts.map(\.value) == [money("10")])
        #expect(try record(.max, money("10"), money("9", "USD")).conflicts.count == 1)
        #expect(try record(.max, money("10"), number("9")).conflicts.count == 1)
        #expect(try record(.max, .text("10"), number("9")).conflicts.count == 1)
    }

    @Test func sumsAreOfOneUnit() throws {
        #expect(try record(.sum, money("0.1"), money("0.2")).facts.map(\.value) == [money("0.3")])
        #expect(try record(.sum, number("1"), number("-1")).facts.map(\.value) == [number("0")])
        #expect(try record(.sum, money("1"), money("2", "USD")).conflicts.count == 1)
        #expect(
            try record(.sum, number("1e999"), number("1")).conflicts.count == 1, "what cannot be added is a conflict")
    }

    @Test func aUnionIsOfWords() throws {
        #expect(
            try record(.union, .words(["b", "c"]), .text("a")).facts.map(\.value) == [.words(["a", "b", "c"])])
        #expect(try record(.union, .words(["b"]), .flag(true)).conflicts.count == 1)
    }

    @Test func aPersonDecides() throws {
        #expect(try record(.person, .text("x"), .text("x")).conflicts.count == 1)
        #expect(try record(.person, .text("x"), .text("x")).openPoints == 2, "the conflict and the unplaced sentence")
    }

    @Test(arguments: Policy.Rule.allCases)
    func anErasedValueLeavesTheFactErased(rule: Policy.Rule) throws {
        let facts = try record(rule, .erased, .text("x")).facts
        #expect(facts.map(\.value) == [.erased])
    }

    @Test func anErasedContributionKeepsItsOutcomes() throws {
        let rules = try policy()
        var known = try plannedCase(rules, split())
        let contribution = Contribution(
            answers: [.init(issue: 1, .upheld, reasons: ["why"])], findings: [Finding(try key("fact"), .text("x"))])
        try known.fold(contributed(1, contribution, keepsBody: false))
        let record = Reconciliation(known, by: rules).record()
        #expect(record.issues.map(\.outcome) == [.upheld, nil])
        #expect(record.facts.map(\.value) == [.erased])
    }

    @Test func everyValueNamesItsSource() throws {
        let fact = try #require(try record(.max, number("1"), number("1")).facts.first)
        #expect(fact.sources.map(\.task) == [1, 2])
        #expect(fact.sources.map(\.finding.source) == ["book 1", "book 2"])
        let json = try JSON(parsing: record(.max, number("1"), number("2")).jsonBytes)
        #expect(json["facts"]?["fact"]?["source"] == "l task 2: book 2")
    }

    @Test func aFactIsOfItsSubject() throws {
        let rules = try policy(.agree)
        var known = try plannedCase(rules, split())
        for (task, subject) in [(UInt16(1), "fact#A"), (2, "fact#B")] {
            try known.fold(
                contributed(
                    task,
                    Contribution(
                        answers: [.init(issue: Int(task), .upheld)],
                        findings: [Finding(try key(subject), .text(subject))])))
        }
        #expect(Reconciliation(known, by: rules).record().facts.map(\.key.description) == ["fact#A", "fact#B"])
    }

    @Test func anIssuesOutcomeIsWhatItsTasksSay() throws {
        let table: [([Outcome], Outcome)] = [
            ([.upheld, .upheld], .upheld), ([.upheld, .notUpheld], .partlyUpheld), ([.cannotSay, .upheld], .upheld),
            ([.cannotSay, .cannotSay], .cannotSay), ([.notUpheld, .cannotSay], .notUpheld),
        ]
        for (outcomes, expected) in table {
            var known = try plannedCase(policy(), split())
            for (task, outcome) in zip([1, 3] as [UInt16], outcomes) {
                try known.fold(contributed(task, Contribution(answers: [.init(issue: 1, outcome)])))
            }
            #expect(Reconciliation(known, by: try policy()).record().issues.first?.outcome == expected)
        }
    }

    @Test func whatIsMissingSaysWhy() throws {
        var known = try plannedCase(policy(), split())
        try known.fold(contributed(1, .declining("not ours")))
        let end = Entry.Event.attemptEnded(
            task: 2, attempt: 1, cause: .failed, reason: Array("ouch".utf8), retryAt: at(0))
        try known.fold(Entry(at: at(5), actor: "w", event: end))
        try known.fold(
            Entry(at: at(6), actor: "c", event: .ended(task: 2, outcome: .failed, reason: "parked", kept: nil)))
        try known.fold(
            Entry(at: at(6), actor: "c", event: .ended(task: 3, outcome: .skipped, reason: "skipped", kept: nil)))
        let record = Reconciliation(known, by: try policy()).record()
        #expect(record.missing.map(\.reason) == ["not ours", "parked: ouch", "skipped"])
        #expect(record.missing.map(\.required) == [true, true, false])
        #expect(record.outcome == .undecided)
        #expect(record.open == [.task(1), .task(2), .unplaced(1)], "a task and its issue are one point")
        #expect(record.openPoints == 3)
    }

    @Test func anIssueThatNoRequiredTaskExplainsIsOpen() throws {
        var known = try plannedCase(policy(), split())
        try known.fold(contributed(1, Contribution(answers: [.init(issue: 1, .cannotSay)])))
        try known.fold(contributed(2, .declining("not ours")))
        #expect(Reconciliation(known, by: try policy()).record().open == [.task(2), .issue(1), .unplaced(1)])
    }

    @Test func aCaseThatRunsHasNothingOpenYet() throws {
        var known = try plannedCase(policy(), split())
        #expect(known.view.openPoints == 0)
        for number in 1...3 as ClosedRange<UInt16> {
            try known.fold(
                Entry(at: at(6), actor: "c", event: .ended(task: number, outcome: .failed, reason: "", kept: nil)))
        }
        let record = Reconciliation(known, by: try policy()).record()
        #expect(known.view.openPoints == 0)
        try known.fold(Entry(at: at(7), actor: "c", event: record.event))
        #expect(known.view.openPoints == record.openPoints)
        try known.fold(Entry(at: at(8), actor: "c", event: .reopened(deadline: at(100))))
        #expect(known.view.openPoints == 0)
    }

    @Test func whatTheOwnerHasEndedIsOpenNoMore() throws {
        var known = try plannedCase(policy(), split())
        for number in 1...2 as ClosedRange<UInt16> {
            try known.fold(contributed(number, Contribution(answers: [.init(issue: Int(number), .upheld)])))
        }
        try known.fold(
            Entry(at: at(6), actor: "c", event: .ended(task: 3, outcome: .skipped, reason: "skipped", kept: nil)))
        let record = Reconciliation(known, by: try policy()).record()
        #expect(record.open == [.unplaced(1)])
        try known.fold(Entry(at: at(7), actor: "c", event: record.event))
        try known.fold(
            Entry(at: at(8), actor: "o", event: .ended(task: 4, outcome: .cancelled, reason: "read", kept: nil)))
        #expect(known.open.isEmpty)
        #expect(known.state == .reconciled)
    }
}
