import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// What changes the plan of a case while it is worked on, and after its record.
@Suite struct PlanTests {
    /// b may ask for l/check, which no issue calls for; l/sequel comes after b/review as the bench has it.
    func policy(_ change: (inout Policy) throws -> Void = { _ in }) throws -> Policy {
        var policy = try Bench.policy(deadline: 60_000)
        policy.tasks.append(
            Policy.TaskRule(
                type: try #require(TaskType("l/check")), onRequest: true, askedBy: [policy.departments[0].name]))
        try change(&policy)
        return policy
    }

    /// A bench with a worker of b that has accepted task 1, and one of l.
    func accepted(_ policy: Policy) throws -> (bench: Bench, b: Hand, l: Hand) {
        var bench = try Bench(policy)
        try bench.submit()
        let b = try bench.join().worker
        let l = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(b)
        return (bench, b, l)
    }

    func upholding(_ fact: Bool? = nil) throws -> Contribution {
        let key = try #require(FactKey("charge"))
        return Contribution(
            answers: [.init(issue: 1, .upheld)], findings: fact.map { [Finding(key, .flag($0))] } ?? [])
    }

    /// Whether memory is what the journal tells.
    func compare(_ bench: Bench) throws {
        #expect(bench.broker.setAside.isEmpty)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    func refusal(_ body: () throws -> Void) -> Refusal.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Refusal)?.code
        }
    }

    // MARK: Joins

    @Test func aJoinGoesOnWithWhatThereIsWhenItsTimeHasComeAlsoAfterARestart() throws {
        for restarts in [false, true] {
            let policy = try policy { $0.tasks[2].join = Join(withinMilliseconds: 5000, onFailure: .proceed) }
            var (bench, _, _) = try accepted(policy)
            if restarts { try bench.restart() }
            var step = try bench.pass(.milliseconds(4900))
            #expect(!step.types.contains("ready"))
            step = try bench.pass(.milliseconds(200))
            guard case .ready(let disclosures)? = step.entries.first?.entry.event else {
                Issue.record("the join did not fire: \(step.types)")
                return
            }
            #expect(disclosures.map(\.without) == [[1]])
            #expect(try bench.pass(.seconds(5)).types.filter { $0 == "ready" } == [], "once")
            try compare(bench)
        }
    }

    @Test func aTaskThatIsSkippedBecauseItsWaitEndedSaysSo() throws {
        let policy = try policy { $0.tasks[2].join = Join(withinMilliseconds: 5000, onFailure: .skip) }
        var (bench, _, _) = try accepted(policy)
        _ = try bench.pass(.seconds(6))
        #expect(try bench.task(2).outcome == .skipped)
        let due = try #require(try bench.task(2).joinDue)
        #expect(try bench.task(2).reason == "what it depends on had not contributed by \(due), when its wait ended")
    }

    /// Tasks 1 and 2 are at work; where one of them fails, task 3's join cancels the other.
    func acceptedBeforeAJoinThatCancels(_ change: (inout Policy) -> Void = { _ in }) throws -> (bench: Bench, b: Hand) {
        let policy = try policy {
            $0.tasks[2].after = [$0.tasks[0].type, $0.tasks[1].type]
            $0.tasks[2].join = Join(onFailure: .cancel)
            change(&$0)
        }
        var bench = try Bench(policy)
        try bench.submit(both: true)
        let b = try bench.join().worker
        let l = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(b)
        _ = bench.accept(l, 2)
        return (bench, b)
    }

    @Test func aJoinCanCancelWhatItNoLongerNeeds() throws {
        var (bench, b) = try acceptedBeforeAJoinThatCancels()
        let step = bench.contribute(b, declined: true)
        #expect(step.types == ["contributed", "ended", "ended", "reconciled"])
        #expect(step.first(.cancel)?.task == bench.id(2))
        #expect(try bench.task(2).outcome == .cancelled)
        #expect(try bench.task(3).outcome == .skipped)
        try compare(bench)
    }

    @Test func theRecordCanWaitForAPersonUntilTheDeadline() throws {
        let policy = try policy {
            $0.onFailure = .wait
            $0.tasks[0].attemptsMaximum = 1
        }
        var (bench, b, _) = try accepted(policy)
        #expect(bench.fail(b).types == ["attempt-ended", "ended", "ended"])
        #expect(try bench.pass(.seconds(50)).types == [])
        try bench.restart()
        #expect(try bench.pass(.seconds(11)).types == ["reconciled"])
        try compare(bench)
    }

    @Test func aParkedTaskCanEndTheRest() throws {
        let policy = try policy {
            $0.onFailure = .cancel
            $0.tasks[0].attemptsMaximum = 1
        }
        var bench = try Bench(policy)
        try bench.submit(both: true)
        let b = try bench.join().worker
        let l = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(b)
        _ = bench.accept(l, 2)
        let step = bench.fail(b)
        #expect(step.types == ["attempt-ended", "ended", "ended", "ended", "reconciled"])
        #expect(try bench.task(2).outcome == .cancelled)
        #expect(bench.contribute(l, 2).settlement == 2, "what comes in spite of it is late")
        try compare(bench)
    }

    @Test func whatAPersonOrdersAfterAParkedTaskEndedTheRestIsDone() throws {
        let policy = try policy {
            $0.onFailure = .cancel
            $0.tasks[0].attemptsMaximum = 1
        }
        var bench = try Bench(policy)
        try bench.submit(both: true)
        let b = try bench.join().worker
        let l = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(b)
        #expect(bench.fail(b).types.last == "reconciled")
        #expect(try bench.act(.retry(asking: nil), 2).types == ["reopened", "retried", "ready"])
        let attempt = try #require(bench.broker.offers[bench.id(2)]).attempt
        #expect(bench.contribute(l, 2, attempt, issue: 2).types == ["contributed", "reconciled"])
        #expect(try bench.act(.retry(asking: nil), 1).types.starts(with: ["reopened", "retried"]))
        _ = try bench.broker.add(
            try #require(TaskType("l/check")), issues: [2], after: [], before: [], reason: "", to: bench.reference,
            by: "client:o", now: bench.now)
        #expect(bench.finish().types == ["added", "ready"])
        let again = try #require(bench.broker.offers[bench.id(1)]).attempt
        #expect(bench.fail(b, 1, again).types.last == "reconciled", "it is parked once more")
        #expect(try bench.task(4).outcome == .cancelled)
        try compare(bench)
    }

    // MARK: Tasks that are added

    @Test func aDepartmentAsksAnotherOneAndWhoWaitsForItWaitsForBoth() throws {
        var (bench, b, l) = try accepted(policy())
        var contribution = try upholding(true)
        contribution.asks = [Contribution.Ask(try #require(TaskType("l/check")), reason: "Not our books.")]
        let step = bench.contribute(b, saying: contribution)
        #expect(step.types == ["contributed", "added", "ready"])
        #expect(step.first(.offer)?.task == bench.id(3))
        #expect(try bench.task(2).state == .blocked)
        let brief = bench.broker.cases[bench.reference]?.brief(3, attempt: 1, text: [])
        #expect(brief?.findings.map(\.key.description) == ["charge"])
        #expect(bench.contribute(b, saying: contribution).types == [], "it asks once, however often it is said")
        _ = bench.accept(l, 3)
        #expect(bench.contribute(l, 3).types == ["contributed", "ready"])
        _ = bench.accept(l, 2)
        #expect(bench.contribute(l, 2).types == ["contributed", "reconciled"])
        contribution.findings = try upholding(false).findings
        contribution.corrects = 1
        let corrected = bench.contribute(b, 1, 2, saying: contribution)
        #expect(corrected.types == ["reopened", "corrected", "ready"], "what it asked for is there: it begins anew")
        #expect(corrected.first(.offer)?.task == bench.id(3))
        try compare(bench)
    }

    @Test func askingForMoreThanThePolicyAllowsIsRefusedAndParked() throws {
        var (bench, b, _) = try accepted(policy())
        var contribution = try upholding()
        contribution.asks = [Contribution.Ask(try #require(TaskType("l/trace")), reason: "")]
        let step = bench.contribute(b, saying: contribution)
        #expect(step.settlement == 4)
        #expect(try JSON(parsing: try #require(step.first(.settled)).body)["code"] == 24)
        #expect(step.types == ["ended", "ended", "reconciled"])
        #expect(try bench.task(1).outcome == .failed)
        try compare(bench)
    }

    @Test func theOwnerAddsATaskAlsoToACaseThatHasItsRecord() throws {
        var (bench, b, l) = try accepted(policy())
        #expect(bench.contribute(b, declined: true).types.last == "reconciled")
        let check = try #require(TaskType("l/check"))
        let number = try bench.broker.add(
            check, issues: [1], after: [], before: [], reason: "One more look.", to: bench.reference, by: "client:o",
            now: bench.now)
        #expect(number == 3)
        let step = bench.finish()
        #expect(step.types == ["reopened", "added", "ready"])
        #expect(step.entries.map(\.entry.actor) == ["client:o", "client:o", "coordinator"])
        #expect(bench.broker.cases[bench.reference]?.isUnfinished == true)
        try bench.restart()
        _ = try bench.pass(Bench.heartbeat)
        l = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(l, 3)
        #expect(bench.contribute(l, 3).types == ["contributed", "reconciled"])
        #expect(bench.broker.cases[bench.reference]?.recordCount == 2)
        try compare(bench)
    }

    @Test func aCaseThatIsOpenAgainHasADeadlineOfItsOwn() throws {
        var (bench, b, _) = try accepted(policy())
        _ = bench.contribute(b, declined: true)
        _ = try bench.pass(.seconds(50))
        _ = try bench.broker.add(
            try #require(TaskType("l/check")), issues: [1], after: [], before: [], reason: "", to: bench.reference,
            by: "client:o", now: bench.now)
        #expect(try bench.pass(.seconds(50)).types == ["reopened", "added", "ready"], "the first deadline is over")
        #expect(try bench.pass(.seconds(11)).types == ["ended", "reconciled"])
        try compare(bench)
    }

    @Test func whatTheOwnerCannotAddIsRefused() throws {
        var (bench, _, _) = try accepted(policy())
        let check = try #require(TaskType("l/check"))
        let (reference, now) = (bench.reference, bench.now)
        var generator = Fixed()
        _ = generator.next()
        _ = generator.next()
        let unknown = CaseReference.random(using: &generator)
        func add(_ type: TaskType, after: [UInt16] = [], to reference: CaseReference) -> Refusal.Code? {
            refusal {
                _ = try bench.broker.add(
                    type, issues: [], after: after, before: [], reason: "", to: reference, by: "o", now: now)
            }
        }
        #expect(add(check, to: unknown) == .unknownCase)
        #expect(add(check, after: [9], to: reference) == .unknownTask)
        #expect(add(try #require(TaskType("x/y")), to: reference) == .unknownContract)
        bench.broker.submit(unknown, client: "c", body: [], now: now)
        #expect(add(check, to: unknown) == .busy, "before triage there is no plan")
        bench.broker.setAside(reference, "why")
        #expect(add(check, to: reference) == .needsPerson)
    }

    // MARK: Late contributions

    /// A bench in which the first attempt of task 1 contributed late while `second` holds the next one.
    func late() throws -> (bench: Bench, first: Hand, second: Hand, attempt: UInt32) {
        var (bench, first, _) = try accepted(policy())
        _ = bench.fail(first)
        let second = try bench.join("b-2", incarnation: 3).worker
        _ = try bench.pass(.milliseconds(600))
        let holding = [first, second].compactMap { bench.broker.workers[$0.session]?.outstanding.keys.first?.number }
        let attempt = try #require(holding.first)
        let holder = bench.broker.workers[second.session]?.outstanding.isEmpty == false ? second : first
        _ = bench.accept(holder, 1, attempt)
        #expect(bench.contribute(first, saying: try upholding(true)).settlement == 2)
        return (bench, first, holder, attempt)
    }

    @Test func anAdoptedContributionCountsAndWhoWorksOnTheTaskStops() throws {
        var (bench, first, second, attempt) = try late()
        try bench.broker.adopt(bench.id(1), attempt: 1, reason: "It is right.", by: "client:o", now: bench.now)
        let step = bench.finish()
        #expect(step.types == ["adopted", "ready"])
        #expect(step.first(.cancel)?.attempt == attempt)
        #expect(try bench.task(1).counted == 1)
        #expect(bench.broker.leases.isEmpty)
        try bench.broker.adopt(bench.id(1), attempt: 1, reason: "", by: "client:o", now: bench.now)
        #expect(bench.finish().types == [], "once is enough")
        #expect(bench.contribute(second, 1, attempt).settlement == 2)
        #expect(bench.contribute(first, 1, 1, saying: try upholding(true)).settlement == 1, "it is taken now")
        try compare(bench)
    }

    @Test func aLateContributionAdoptedAfterTheRecordMakesANewOne() throws {
        var (bench, _, second, attempt) = try late()
        _ = bench.contribute(second, 1, attempt, declined: true)
        #expect(bench.broker.cases[bench.reference]?.state == .reconciled)
        #expect(try bench.task(2).outcome == .skipped)
        try bench.broker.adopt(bench.id(1), attempt: 1, reason: "It is right.", by: "client:o", now: bench.now)
        #expect(bench.finish().types == ["reopened", "adopted", "ready"], "what was skipped for want of it begins")
        #expect(try bench.task(2).state == .ready)
        try compare(bench)
    }

    @Test func ofSeveralThatCameLateTheOneOfTheNamedWorkerIsAdopted() throws {
        var (bench, _, _, _) = try late()
        let third = try bench.join("b-3", incarnation: 9).worker
        #expect(bench.contribute(third, saying: try upholding(false)).types == ["late"])
        let (id, now) = (bench.id(1), bench.now)
        #expect(refusal { try bench.broker.adopt(id, attempt: 1, reason: "", by: "o", now: now) } == .malformedBody)
        for (worker, isNew) in [("b-3", true), ("b-3", false), ("b-1", true)] {
            try bench.broker.adopt(id, attempt: 1, of: worker, reason: "", by: "o", now: now)
            #expect(bench.finish().types.contains("adopted") == isNew)
            #expect(try bench.task(1).worker == worker)
        }
        try compare(bench)
    }

    @Test func whatCannotBeAdoptedIsRefused() throws {
        var (bench, first, _, _) = try late()
        let id = bench.id(1)
        let now = bench.now
        #expect(refusal { try bench.broker.adopt(id, attempt: 7, reason: "", by: "o", now: now) } == .unknownTask)
        #expect(
            refusal { try bench.broker.adopt(bench.id(9), attempt: 1, reason: "", by: "o", now: now) } == .unknownTask)
        let foreign = Contribution(answers: [.init(issue: 7, .upheld)])
        _ = bench.contribute(first, 1, 0, saying: foreign)
        #expect(refusal { try bench.broker.adopt(id, attempt: 0, reason: "", by: "o", now: now) } == .unknownIssue)
        #expect(
            refusal { try bench.broker.adopt(id, attempt: 0, of: "b-9", reason: "", by: "o", now: now) } == .unknownTask
        )
        try compare(bench)
    }

    // MARK: Corrections

    /// A bench whose case has its record; the sequel was told what the review found.
    func reconciled() throws -> (bench: Bench, b: Hand, l: Hand) {
        var (bench, b, l) = try accepted(policy())
        _ = bench.contribute(b, saying: try upholding(true))
        _ = bench.accept(l, 2)
        #expect(bench.contribute(l, 2).types.last == "reconciled")
        return (bench, b, l)
    }

    func correction(_ fact: Bool?, of attempt: UInt32) throws -> Contribution {
        var correction = try upholding(fact)
        correction.corrects = attempt
        return correction
    }

    @Test func aCorrectionOpensItsBranchAndMakesANewRecord() throws {
        var (bench, b, l) = try reconciled()
        bench.broker.release(bench.reference)
        bench.broker.restore(try Case(bench.reference, stored: bench.entries), now: bench.now)
        let step = bench.contribute(b, 1, 2, saying: try correction(false, of: 1))
        #expect(step.types == ["reopened", "corrected", "ready"])
        #expect(step.settlement == 1)
        let offer = try #require(step.first(.offer))
        #expect(offer.task == bench.id(2))
        #expect(offer.attempt > 2, "the attempts of before do not count")
        #expect(bench.contribute(l, 2, 1).settlement == 2)
        _ = bench.accept(l, 2, offer.attempt)
        #expect(bench.contribute(l, 2, offer.attempt).types == ["contributed", "reconciled"])
        #expect(bench.broker.cases[bench.reference]?.recordCount == 2)
        try compare(bench)
    }

    @Test func whatACorrectionReplacedIsKeptAndCanCountAgain() throws {
        var (bench, b, _) = try reconciled()
        let right = try upholding(true)
        let correction = try correction(false, of: 1)
        _ = bench.contribute(b, 1, 2, saying: correction)
        let again = bench.contribute(b, 1, 1, saying: right)
        #expect(again.types == [] && again.settlement == 2, "it is kept already")
        let repeated = bench.contribute(b, 1, 4, saying: correction)
        #expect(repeated.types == [] && repeated.settlement == 1, "it counts, whatever its number is now")
        for (attempt, types) in [(1, ["adopted", "ready"]), (2, ["adopted", "ready"])] as [(UInt32, [String])] {
            try bench.broker.adopt(bench.id(1), attempt: attempt, reason: "", by: "client:o", now: bench.now)
            #expect(bench.finish().types == types)
            #expect(try bench.task(1).counted == attempt)
        }
        #expect(try bench.task(1).late.map(\.attempt) == [1, 2], "each once")
        try compare(bench)
    }

    @Test func whatBeginsAnewAfterACorrectionWaitsForWhatTheCorrectionAsksFor() throws {
        var (bench, b, l) = try reconciled()
        var correction = try correction(false, of: 1)
        correction.asks = [Contribution.Ask(try #require(TaskType("l/check")), reason: "Not our books.")]
        let step = bench.contribute(b, 1, 2, saying: correction)
        #expect(step.types == ["reopened", "corrected", "added", "ready"])
        #expect(step.first(.offer)?.task == bench.id(3))
        #expect(try bench.task(2).state == .blocked)
        #expect(bench.contribute(l, 3).types == ["contributed", "ready"])
        try compare(bench)
    }

    @Test func aCorrectionThatTellsNobodyAnythingNewMakesItsRecordAtOnce() throws {
        var (bench, b, _) = try reconciled()
        var correction = try correction(true, of: 1)
        correction.answers[0].outcome = .notUpheld
        let step = bench.contribute(b, 1, 2, saying: correction)
        #expect(step.types == ["reopened", "corrected", "reconciled"])
        #expect(bench.contribute(b, 1, 2, saying: correction).types == [], "once is enough")
        #expect(bench.contribute(b, 1, 2, saying: correction).settlement == 1)
        #expect(bench.broker.cases[bench.reference]?.recordCount == 2)
        try compare(bench)
    }

    @Test func whatIsToldOfTheOldFindingsStopsWhenTheyAreCorrected() throws {
        var (bench, b, l) = try accepted(policy())
        _ = bench.contribute(b, saying: try upholding(true))
        _ = bench.accept(l, 2)
        let step = bench.contribute(b, 1, 2, saying: try correction(false, of: 1))
        #expect(step.types == ["corrected", "ready"])
        #expect(step.first(.cancel)?.task == bench.id(2))
        #expect(bench.broker.leases.isEmpty)
        #expect(bench.contribute(l, 2, 1).settlement == 2)
        try compare(bench)
    }

    @Test func aCorrectionOfWhatDoesNotCountIsKeptAsLate() throws {
        var (bench, b, _) = try reconciled()
        #expect(bench.contribute(b, 1, 2, saying: try correction(false, of: 7)).settlement == 2)
        #expect(bench.contribute(b, 1, 1, saying: try correction(false, of: 1)).types == [], "its number is used")
        #expect(bench.contribute(b, 1, 4, saying: try correction(false, of: 1)).types.contains("corrected"))
        #expect(bench.contribute(b, 1, 3, saying: try correction(true, of: 1)).settlement == 4, "its number is too low")
        #expect(bench.contribute(b, 1, 5, saying: try correction(true, of: 1)).settlement == 2, "it was overtaken")
        try compare(bench)
    }

    @Test func anotherCorrectionUnderTheSameNumberGetsItsOwnAndCanBeAdopted() throws {
        var (bench, b, _) = try reconciled()
        let first = try correction(false, of: 1)
        #expect(bench.contribute(b, 1, 2, saying: first).settlement == 1)
        var second = first
        second.answers[0].outcome = .notUpheld
        let refused = bench.contribute(b, 1, 2, saying: second)
        #expect(refused.settlement == 4)
        #expect(try JSON(parsing: #require(refused.first(.settled)).body)["attempt"] == 3)
        #expect(bench.contribute(b, 1, 3, saying: second).types == ["late"])
        #expect(bench.contribute(b, 1, 3, saying: second).types == [], "it is kept once")
        #expect(bench.contribute(b, 1, 2, saying: second).settlement == 2, "said again from the first number")
        #expect(bench.contribute(b, 1, 2, saying: first).settlement == 1)
        #expect(try bench.task(1).late.map(\.attempt) == [1, 3])
        try bench.broker.adopt(bench.id(1), attempt: 3, reason: "r", by: "anna", now: bench.now)
        #expect(bench.finish().types.contains("adopted"))
        #expect(try bench.task(1).contribution == second)
        try compare(bench)
    }

    @Test func aCorrectionWhoseNumberWasUsedIsToldTheNextOne() throws {
        var (bench, b, _) = try reconciled()
        #expect(bench.contribute(b, 1, 5, saying: try correction(false, of: 7)).settlement == 2, "kept as late")
        let step = bench.contribute(b, 1, 1, saying: try correction(false, of: 1))
        #expect(step.settlement == 4)
        #expect(step.types == [])
        let body = try JSON(parsing: try #require(step.first(.settled)).body)
        #expect(body["code"] == 29)
        #expect(body["attempt"] == 6)
        #expect(bench.contribute(b, 1, 6, saying: try correction(false, of: 1)).settlement == 1)
        try compare(bench)
    }

    @Test func anotherDepartmentOrAForeignFactCorrectsNothing() throws {
        var (bench, b, l) = try reconciled()
        let step = bench.contribute(l, 1, 2, saying: try correction(false, of: 1))
        #expect(step.settlement == 4)
        #expect(step.types == [])
        var foreign = try correction(nil, of: 1)
        foreign.findings = [Finding(try #require(FactKey("parcel")), .flag(true))]
        let refused = bench.contribute(b, 1, 2, saying: foreign)
        #expect(refused.settlement == 4)
        #expect(refused.types == [], "what counts goes on counting")
        try compare(bench)
    }

    // MARK: Contracts

    @Test func offersGoToWhoServesTheContractAndHoldUpNobodyElse() throws {
        let policy = try policy {
            $0.tasks[0].version = 2
            $0.tasks[2].issuesOf = $0.departments[0].name
            $0.tasks.append(Policy.TaskRule(type: try #require(TaskType("b/second"))))
        }
        var bench = try Bench(policy)
        try bench.submit()
        let old = try bench.join(contracts: ["b/review@1", "b/second"])
        #expect(old.step.first(.offer)?.task == bench.id(3), "b/second waits behind b/review")
        #expect(bench.broker.unserved.map(\.contract.description) == ["b/review@2"])
        #expect(bench.broker.unserved.map(\.waiting) == [1])
        #expect(try !bench.broker.isServed(bench.task(1)))
        #expect(try bench.refusal(.retry(asking: "b-1")) == .unknownContract)
        let new = try bench.join("b-2", incarnation: 2, contracts: ["b/review@2"])
        #expect(new.step.first(.offer)?.task == bench.id(1))
        #expect(bench.broker.unserved.isEmpty)
        _ = bench.accept(new.worker)
        let refused = bench.contribute(old.worker)
        #expect(refused.settlement == 4)
        #expect(try JSON(parsing: try #require(refused.first(.settled)).body)["code"] == 25)
        #expect(bench.contribute(new.worker).settlement == 1)
        #expect(try bench.task(1).plan.version == 2)
        try compare(bench)
    }

    @Test func whoNamesNoContractsServesAll() throws {
        var bench = try Bench(policy { $0.tasks[0].version = 7 })
        try bench.submit()
        #expect(try bench.join().step.first(.offer)?.task == bench.id(1))
    }

    @Test func aCaseKeepsTheContractThatItWasPlannedWith() throws {
        var bench = try Bench(policy())
        try bench.submit()
        var policies = bench.broker.policies
        policies["q"] = try policy { $0.tasks[0].version = 2 }
        bench.broker = Broker(policy: "q", policies: policies, generator: Fixed())
        bench.broker.restore(try Case(bench.reference, stored: bench.entries), now: bench.now)
        bench.broker.begin(now: bench.now)
        _ = try bench.pass(Bench.heartbeat)
        #expect(try bench.join("b-2", incarnation: 2, contracts: ["b/review@2"]).step.first(.offer) == nil)
        #expect(try bench.join("b-1", contracts: ["b/review@1"]).step.first(.offer)?.task == bench.id(1))
    }

    @Test(arguments: ["b/review@0", "b/review@x", "b/review@70000", "l/trace@1", "review", ""])
    func aContractThatIsNoneIsRefused(contract: String) throws {
        var bench = try Bench()
        #expect(throws: JSONError.self) { try bench.join(contracts: [contract]) }
    }

    @Test func aTypeThatNobodyHeardOfIsAMistake() throws {
        var bench = try Bench()
        let body: JSON = [
            "worker": "w", "incarnation": "1", "departments": ["b"], "contracts": ["b/reviews@1"],
        ]
        bench.broker.handle(.ready(try Registration(parsing: body.bytes)), from: Peer([1]), session: 0, now: bench.now)
        #expect(bench.finish().first(.refused)?.second == UInt32(Refusal.Code.unknownContract.rawValue))
    }
}
