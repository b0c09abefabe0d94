import RedressCase
import RedressContract
import Testing

@Suite struct BranchTests {
    /// b may ask for l/check, and l for l/trace.
    func asking() throws -> Policy {
        var rules = try policy()
        rules.tasks.append(
            Policy.TaskRule(
                type: try #require(TaskType("l/check")), onRequest: true, askedBy: [try department("b")],
                particulars: ["order"]))
        rules.tasks[1].askedBy = [try department("l")]
        return rules
    }

    func type(_ name: String) throws -> TaskType { try #require(TaskType(name)) }

    func refusal(_ body: () throws -> Void) -> Refusal.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Refusal)?.code
        }
    }

    func add(_ additions: [Entry.Addition], to known: inout Case) throws {
        for addition in additions {
            try known.fold(Entry(at: at(11), actor: "w", event: .added(addition, reason: nil)))
        }
    }

    @Test func whatComesOnRequestIsNotPlanned() throws {
        let types = try plannedCase(asking(), split()).tasks.map(\.plan.type.description)
        #expect(!types.contains("l/check"))
    }

    @Test func theOwnerAddsATaskBetweenOthers() throws {
        var known = try plannedCase(asking(), split())
        let addition = try known.addition(of: type("l/check"), issues: [2], after: [1], before: [3], by: asking())
        #expect(addition.plan.number == 5)
        try add([addition], to: &known)
        #expect(known.task(5)?.plan.particulars == ["order"])
        #expect(known.task(3)?.plan.after == [1, 5])
        #expect(known.consequences(at: at(6)).ready.map(\.task) == [1, 2, 4])
        try known.fold(contributed(1, Contribution(answers: [.init(issue: 1, .upheld)])))
        #expect(known.consequences(at: at(6)).ready.map(\.task) == [2, 4, 5])
    }

    @Test func whatCannotBeAddedIsRefused() throws {
        let (rules, known) = (try asking(), try plannedCase(asking(), split()))
        let check = try type("l/check")
        #expect(refusal { _ = try known.addition(of: type("l/unknown"), by: rules) } == .unknownContract)
        #expect(refusal { _ = try known.addition(of: check, issues: [3], by: rules) } == .unknownIssue)
        #expect(refusal { _ = try known.addition(of: check, issues: [0], by: rules) } == .unknownIssue)
        #expect(refusal { _ = try known.addition(of: check, after: [9], by: rules) } == .unknownTask)
        #expect(refusal { _ = try known.addition(of: check, before: [0], by: rules) } == .unknownTask)
        #expect(refusal { _ = try known.addition(of: check, after: [3], before: [3], by: rules) } == .notPlannable)
        #expect(known.task(4)?.isOwners == true)
        #expect(
            refusal { _ = try known.addition(of: check, after: [4], by: rules) } == .notPlannable, "it never ends here")
        #expect(refusal { _ = try known.addition(of: check, by: rules) } == nil)
        var begun = known
        try begun.fold(contributed(3, Contribution(answers: [.init(issue: 1, .upheld)])))
        #expect(refusal { _ = try begun.addition(of: check, before: [3], by: rules) } == .notPlannable)
        var chained = known
        try add([try known.addition(of: check, after: [1], before: [3], by: rules)], to: &chained)
        #expect(
            refusal { _ = try chained.addition(of: check, after: [3], before: [5], by: rules) } == .notPlannable,
            "in a circle over several tasks")
    }

    @Test func whoeverWaitsForTheAskingTaskWaitsForWhatItAsksFor() throws {
        let rules = try asking()
        var known = try plannedCase(rules, split())
        let asks = [Contribution.Ask(try type("l/check"), reason: "who knows")]
        let additions = try known.additions(asks, by: try #require(known.task(1)), rules).map(\.0)
        #expect(additions.map(\.plan.after) == [[1]])
        #expect(additions.map(\.before) == [[3]])
        #expect(additions.map(\.plan.issues) == [[1]])
        try known.fold(contributed(1, Contribution(answers: [.init(issue: 1, .upheld)], asks: asks)))
        try add(additions, to: &known)
        #expect(known.consequences(at: at(12)).ready.map(\.task) == [2, 4, 5])
        #expect(known.task(5)?.askedBy == 1)
        #expect(known.task(5)?.depth == 1)
    }

    @Test func askingHasItsLimits() throws {
        var rules = try asking()
        var known = try plannedCase(rules, split())
        let (check, trace) = (try type("l/check"), try type("l/trace"))
        func ask(_ number: UInt16, _ types: TaskType..., about issues: [Int] = []) -> Refusal.Code? {
            refusal {
                let asks = types.map { Contribution.Ask($0, issues: issues, reason: "") }
                _ = try known.additions(asks, by: try #require(known.task(number)), rules)
            }
        }
        #expect(ask(1, trace) == .notPlannable, "l alone may ask for it")
        #expect(ask(2, check) == .notPlannable, "b alone may ask for it")
        #expect(ask(1, check, about: [2]) == .unknownIssue, "it does not know of this issue")
        rules.asksMaximum = 1
        #expect(ask(1, check, check) == .notPlannable)
        #expect(ask(1, check) == nil)
        let asks = [Contribution.Ask(check, reason: "")]
        try add(try known.additions(asks, by: try #require(known.task(1)), rules).map(\.0), to: &known)
        #expect(ask(1, check) == nil, "what it asked for before is there")
        #expect(try known.additions(asks, by: try #require(known.task(1)), rules).isEmpty)
        #expect(ask(1, check, check) == .notPlannable, "there is one already")
        rules.asksMaximum = 2
        #expect(ask(5, trace) == nil)
        rules.askDepthMaximum = 1
        #expect(ask(5, trace) == .notPlannable)
    }

    @Test func whatDoesNotFitThePlanDoesNotFold() throws {
        let rules = try asking()
        let known = try plannedCase(rules, split())
        var addition = try known.addition(of: type("l/check"), by: rules)
        for number in [0, 4, 6, .max] as [UInt16] {
            addition.plan.number = number
            var folding = known
            #expect(throws: FoldError.self) { try add([addition], to: &folding) }
        }
        let adoption = Entry.Event.adopted(
            task: 1, attempt: 1, worker: nil, digest: Entry.ContributionDigest(.declining("no")), reopens: [],
            reason: nil)
        var folding = known
        #expect(throws: FoldError.self) { try folding.fold(Entry(at: at(5), actor: "o", event: adoption)) }
    }

    @Test func theBranchBehindATaskIsWhoBeganWithWhatItSaid() throws {
        var known = try plannedCase(policy(), split())
        var contribution = Contribution(
            answers: [.init(issue: 1, .upheld)], findings: [Finding(try key("fact"), .flag(true))])
        try known.fold(contributed(1, contribution))
        #expect(known.branch(behind: 1, now: .declining("no")) == [], "what has not begun need not begin anew")
        try known.fold(Entry(at: at(11), actor: "c", event: .ready(known.consequences(at: at(11)).ready)))
        try known.fold(contributed(3, Contribution(answers: [.init(issue: 1, .upheld)])))
        #expect(known.branch(behind: 1, now: contribution) == [], "the findings are the same")
        #expect(known.branch(behind: 1, now: .declining("no")) == [3])
        contribution.findings = []
        #expect(known.branch(behind: 1, now: contribution) == [3])
        #expect(known.branch(behind: 2, now: contribution) == [])
        #expect(known.branch(behind: 3, now: contribution) == [])
    }

    @Test func whoWasNotToldAFindingIsNotOfItsBranch() throws {
        let rules = try asking()
        var known = try plannedCase(rules, split())
        var addition = try known.addition(of: type("l/check"), after: [1, 2], by: rules)
        addition.plan.join = Join(needed: 1, onFailure: .proceed)
        try add([addition], to: &known)
        try known.fold(contributed(1, Contribution(answers: [.init(issue: 1, .upheld)])))
        try known.fold(Entry(at: at(11), actor: "c", event: .ready(known.consequences(at: at(11)).ready)))
        #expect(known.branch(behind: 1).contains(5))
        #expect(known.branch(behind: 2) == [], "its join is met without it")
        try known.fold(contributed(2, Contribution(answers: [.init(issue: 2, .upheld)])))
        #expect(known.branch(behind: 2) == [])
    }

    @Test func aCorrectionBeginsItsBranchAnewAndLeavesTheOthers() throws {
        var known = try plannedCase(policy(), split())
        let right = Contribution(
            answers: [.init(issue: 1, .notUpheld)], findings: [Finding(try key("fact"), .flag(false))])
        for task in 1...3 as ClosedRange<UInt16> {
            try known.fold(contributed(task, Contribution(answers: [.init(issue: task == 2 ? 2 : 1, .upheld)])))
        }
        try known.fold(
            Entry(
                at: at(12), actor: "worker:w",
                event: .corrected(
                    task: 1, attempt: 2, worker: "w", digest: Entry.ContributionDigest(right),
                    reopens: [Entry.Reopening(task: 3, attempt: 7)],
                    body: Entry.ContributionBody(parsing: right.jsonBytes))))
        #expect(known.tasks.map(\.state) == [.ended, .ended, .blocked, .blocked])
        #expect(known.tasks.map(\.counted) == [2, 1, nil, nil])
        #expect(known.task(3)?.attempt == 7)
        #expect(known.task(3)?.contribution == nil)
        #expect(known.consequences(at: at(13)).ready.map(\.findingsOf) == [[1], []])
        let record = Reconciliation(known, by: try policy()).record()
        #expect(record.contributions.map(\.contribution.answers.first?.outcome) == [.notUpheld, .upheld])
    }
}
