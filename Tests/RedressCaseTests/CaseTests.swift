import RedressCase
import RedressContract
import Testing

@Suite struct CaseTests {
    @Test func beginsWithReceived() throws {
        let entry = Entry(at: at(1), actor: "c", event: .planned([]))
        #expect(throws: FoldError.self) { try Case(reference, entry) }
        #expect(throws: FoldError.self) { try Case(reference, stored: []) }
        var known = try plannedCase(policy(), split())
        let again = Entry(at: at(1), actor: "c", event: .received(policy: "p", deadline: at(2), body: nil))
        #expect(throws: FoldError.self) { try known.fold(again) }
    }

    @Test func anEntryOfAnUnknownTaskDoesNotFold() throws {
        let known = try plannedCase(policy(), split())
        for number in [0, 9, .max] as [UInt16] {
            var folding = known
            let entry = Entry(at: at(9), actor: "w", event: .late(task: number, attempt: 1, worker: "w", body: nil))
            #expect(throws: FoldError.self) { try folding.fold(entry) }
            #expect(known.task(number) == nil)
        }
    }

    @Test func tasksAreNumberedFromOne() throws {
        var known = try plannedCase(policy(), split())
        var plan = known.tasks.map(\.plan)
        plan.reverse()
        let entry = Entry(at: at(9), actor: "c", event: .planned(plan))
        #expect(throws: FoldError.self) { try known.fold(entry) }
    }

    @Test func plansATaskForEachRuleWithIssuesAndTheOwners() throws {
        let tasks = try plannedCase(policy(), split()).tasks
        #expect(tasks.map(\.plan.type.description) == ["b/review", "l/trace", "l/sequel", Planning.unplaced])
        #expect(tasks.map(\.plan.issues) == [[1], [2], [1], []])
        #expect(tasks.map(\.plan.after) == [[], [], [1], []])
        #expect(tasks.map(\.isOwners) == [false, false, false, true])
    }

    @Test func aDepartmentWithoutARuleIsTheOwnersWork() throws {
        let issue = Split.Issue(department: try department("x"), ranges: [0..<1])
        let known = try plannedCase(policy(), Split(issues: [issue], unplaced: [], sentences: 1))
        #expect(known.tasks.map(\.plan.type.description) == [Planning.unanswered])
        #expect(known.tasks.map(\.plan.issues) == [[1]])
        #expect(known.canReconcile, "what waits for people holds up no record")
    }

    @Test func theEmptyPlanIsReconciledAtOnce() throws {
        let known = try plannedCase(policy(), Split(issues: [], unplaced: [], sentences: 0))
        #expect(known.tasks.isEmpty)
        #expect(known.canReconcile)
        let record = Reconciliation(known, by: try policy()).record()
        #expect(record.outcome == .undecided)
        #expect(record.openPoints == 0)
    }

    @Test func aTaskWaitsForThoseBeforeIt() throws {
        var known = try plannedCase(policy(), split())
        #expect(known.consequences(at: at(9)).ready.map(\.task) == [1, 2, 4])
        try known.fold(Entry(at: at(4), actor: "c", event: .ready(known.consequences(at: at(9)).ready)))
        #expect(known.consequences(at: at(9)).ready.isEmpty)
        try known.fold(contributed(1, Contribution(answers: [.init(issue: 1, .upheld)])))
        let disclosure = try #require(known.consequences(at: at(9)).ready.first)
        #expect(disclosure.task == 3)
        #expect(disclosure.findingsOf == [1])
    }

    @Test func anOptionalTaskIsSkippedWhenItsPremiseDidNotContributeAndARequiredOneGoesOn() throws {
        var rules = try policy()
        for isRequired in [false, true] {
            rules.tasks[2].required = isRequired
            rules.tasks[2].join = .unwritten(required: isRequired)
            var known = try plannedCase(rules, split())
            try known.fold(contributed(1, .declining("no")))
            #expect(known.task(1)?.outcome == .declined)
            #expect(known.consequences(at: at(9)).skipped == (isRequired ? [] : [3]))
            #expect(known.consequences(at: at(9)).ready.contains { $0.task == 3 } == isRequired)
        }
    }

    @Test func aBriefTellsWhatTheTaskNeedsAndNoMore() throws {
        var known = try plannedCase(policy(), split())
        let first = try #require(known.brief(1, attempt: 4, text: words))
        #expect(first.issues == [Brief.Issue(number: 1, excerpt: "Twice charged.")])
        #expect(first.particulars == [Brief.Particular(name: "order", value: "A-1")])
        #expect(first.attempt == 4)
        #expect(try #require(known.brief(2, attempt: 1, text: words)).particulars.isEmpty)
        var contribution = Contribution(
            answers: [.init(issue: 1, .upheld)], findings: [Finding(try key("fact"), .flag(true))])
        try known.fold(contributed(1, contribution))
        #expect(known.brief(3, attempt: 1, text: words)?.findings == [], "its join has not fired")
        try known.fold(Entry(at: at(11), actor: "c", event: .ready(known.consequences(at: at(11)).ready)))
        #expect(known.brief(3, attempt: 1, text: words)?.findings.map(\.value) == [.flag(true)])
        contribution = .declining("no")
        contribution.findings = [Finding(try key("fact"), .flag(true))]
        try known.fold(contributed(1, contribution))
        #expect(known.brief(3, attempt: 1, text: words)?.findings == [], "what was declined is not disclosed")
    }

    @Test func aBriefNamesTheOrdersOfItsIssuesWhereverElseTheyAreNamed() throws {
        var policy = try policy()
        policy.tasks[1].particulars = ["order"]
        let text = Array("Twice for A-1. Torn: A-2. A-1 came late, A-11 not.".utf8)
        var known = try split()
        known.issues[0].ranges = [0..<14]
        known.issues[1].ranges = [26..<50]
        known.particulars = [10..<13, 21..<24, 41..<45].map { Split.Particular(name: "order", range: $0) }
        let planned = try plannedCase(policy, known)
        #expect(planned.brief(1, attempt: 1, text: text)?.particulars("order") == ["A-1"])
        #expect(planned.brief(2, attempt: 1, text: text)?.particulars("order") == ["A-1", "A-11"])
        known.issues[0].ranges = [41..<50]
        #expect(try plannedCase(policy, known).brief(1, attempt: 1, text: text)?.particulars("order") == ["A-11"])
    }

    @Test func aBriefNamesAllOrdersOfTheComplaintWhereAnIssueNamesNone() throws {
        let text = Array("Twice for A-1. Torn: A-2. Dear me.".utf8)
        var known = try split()
        known.issues = [
            Split.Issue(department: try department("b"), ranges: [0..<14]),
            Split.Issue(department: try department("b"), ranges: [26..<34]),
        ]
        known.particulars = [10..<13, 21..<24].map { Split.Particular(name: "order", range: $0) }
        #expect(
            try plannedCase(policy(), known).brief(1, attempt: 1, text: text)?.particulars("order") == ["A-1", "A-2"])
    }

    @Test func aBriefOfErasedWordsIsEmpty() throws {
        let brief = try #require(try plannedCase(policy(), split()).brief(1, attempt: 1, text: []))
        #expect(brief.issues.map(\.excerpt) == [""])
    }

    @Test func anAttemptCountsOnceHoweverOftenItEnds() throws {
        var known = try plannedCase(policy(), split())
        for cause in [Entry.AttemptEnd.crashed, .failed] {
            let end = Entry.Event.attemptEnded(task: 1, attempt: 3, cause: cause, reason: nil, retryAt: at(0))
            try known.fold(Entry(at: at(5), actor: "w", event: end))
        }
        #expect(known.task(1)?.attemptsBurnt == 1)
        #expect(known.task(1)?.attempt == 3)
    }

    @Test func releasesAndInterruptionsBurnNothing() throws {
        var known = try plannedCase(policy(), split())
        for (index, cause) in Entry.AttemptEnd.allCases.enumerated() {
            let end = Entry.Event.attemptEnded(
                task: 1, attempt: UInt32(index + 1), cause: cause, reason: nil, retryAt: at(0))
            try known.fold(Entry(at: at(5), actor: "w", event: end))
        }
        #expect(known.task(1)?.attemptsBurnt == Entry.AttemptEnd.allCases.count - 2)
    }

    @Test func thePolicyIsReadAsItWasWritten() throws {
        for rule in Policy.Rule.allCases { #expect(try Policy(parsing: policy(rule).jsonBytes) == policy(rule)) }
    }

    @Test func aCircleInThePolicyIsFound() throws {
        var rules = try policy()
        #expect(rules.cycle == nil)
        rules.tasks[0].after = [rules.tasks[2].type]
        #expect(rules.cycle?.map(\.description) == ["b/review", "l/sequel", "b/review"])
    }
}
