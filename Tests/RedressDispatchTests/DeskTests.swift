import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// What people do about tasks, cases, departments and workers.
@Suite struct DeskTests {
    /// A bench whose only required task is parked after one failure, with the record made; its worker is there.
    func parked() throws -> (Bench, Hand) {
        var bench = try Bench(Bench.policy(attempts: 1))
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        #expect(bench.fail(worker).types == ["attempt-ended", "ended", "ended", "reconciled"])
        #expect(try bench.task(1).isParked)
        return (bench, worker)
    }

    @Test func aRetryOpensTheCaseAgainAndItsRecordIsMadeAnew() throws {
        var (bench, worker) = try parked()
        let step = try bench.act(.retry(asking: nil))
        #expect(step.types == ["reopened", "retried", "ready"])
        #expect(step.entries[1].entry.actor == "client:cli/anna")
        #expect(step.first(.offer)?.attempt == 2)
        #expect(try bench.task(2).state == .blocked, "what was skipped for want of it waits for it again")
        #expect(bench.broker.cases[bench.reference]?.state == .investigating)
        #expect(try bench.task(1).attemptsBurnt == 0)
        _ = bench.accept(worker, 1, 2)
        _ = bench.contribute(worker, 1, 2, fact: "charge")
        let (second, joined) = try bench.join("l-1", "l", incarnation: 2)
        let attempt = try #require(joined.first(.offer)).attempt
        _ = bench.accept(second, 2, attempt)
        #expect(bench.contribute(second, 2, attempt).types == ["contributed", "reconciled"])
        let known = try #require(bench.broker.cases[bench.reference])
        #expect(known.recordCount == 2)
        #expect(try Case(bench.reference, stored: bench.entries) == known)
    }

    @Test func aNamedWorkerIsAskedFirstAndTheOthersLater() throws {
        var (bench, first) = try parked()
        let second = try bench.join("b-2", incarnation: 2).worker
        let step = try bench.act(.retry(asking: "b-2"))
        #expect(step.sends.filter { $0.command.kind == .offer }.map(\.command.session) == [second.session])

        var other: (bench: Bench, worker: Hand) = try parked()
        _ = try other.bench.join("b-2", incarnation: 2, credit: 0)
        #expect(try other.bench.act(.retry(asking: "b-2")).first(.offer) == nil)
        #expect(try other.bench.reasons().contains("asked"))
        for _ in 0..<6 {
            _ = try other.bench.pass(.milliseconds(4900))
            #expect(other.bench.say(.heartbeat, other.worker).first(.offer) == nil)
        }
        #expect(try other.bench.pass(.seconds(1)).first(.offer)?.session == other.worker.session)
        #expect(try bench.refusal(.retry(asking: "nobody"), 2) == .wrongState)
        _ = first
    }

    @Test func aWorkerThatIsNotThereIsNotAsked() throws {
        var (bench, _) = try parked()
        #expect(try bench.refusal(.retry(asking: "nobody")) == .noWorker)
        #expect(try bench.task(1).isParked, "nothing has changed")
    }

    @Test func aCancelReachesTheHolderAndTheRecordGoesOnWithout() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        let step = try bench.act(.cancel)
        #expect(step.first(.cancel)?.attempt == 1)
        #expect(step.types == ["ended", "ended", "reconciled"])
        #expect(try bench.task(1).outcome == .cancelled)
        #expect(try bench.task(1).reason == "cancelled by client:cli/anna")
        #expect(try bench.task(1).lastReason == "because")
        #expect(bench.contribute(worker).settlement == 2, "what comes after all is kept")
        #expect(try bench.refusal(.cancel) == .wrongState)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func aParkedTaskCanBeGivenUp() throws {
        var (bench, _) = try parked()
        #expect(try bench.act(.cancel).types == ["reopened", "ended", "reconciled"])
        #expect(try bench.task(1).outcome == .cancelled)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func anErasedCaseIsNotOpenedAgain() throws {
        var (bench, _) = try parked()
        try bench.broker.erase(bench.reference, by: "client:cli/anna", reason: "Asked to.", now: bench.now)
        #expect(bench.finish().types == ["erased"])
        for deed in [.retry(asking: nil), .cancel] as [Broker.Deed] { #expect(try bench.refusal(deed) == .wrongState) }
        #expect(bench.broker.cases[bench.reference]?.state == .reconciled)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func aSettledConflictWaitsForNoParkedTask() throws {
        let key = try #require(FactKey("charge"))
        var policy = try Bench.policy(attempts: 1, deadline: 10_000)
        policy.onFailure = .wait
        policy.facts[0] = Policy.FactRule(key: key, owners: policy.facts[0].owners, rule: .person)
        var bench = try Bench(policy)
        try bench.submit(both: true)
        let first = try bench.join().worker
        let second = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(first)
        _ = bench.contribute(first, fact: "charge")
        _ = bench.accept(second, 2)
        _ = bench.fail(second, 2)
        #expect(bench.broker.cases[bench.reference]?.state == .investigating)
        for _ in 0..<6 { _ = try bench.pass(.seconds(2)) }
        #expect(bench.broker.cases[bench.reference]?.state == .reconciled)
        try bench.broker.settle(
            key, as: .flag(false), reason: "Seen.", of: bench.reference, by: "client:cli/anna", now: bench.now)
        #expect(bench.finish().types == ["reopened", "conflict-settled", "reconciled"])
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func theOwnerEndsTasksOfTheirOwnAndTheRecordStands() throws {
        var bench = try Bench()
        bench.broker.submit(bench.reference, client: "c", body: [], now: bench.now)
        let issue = Split.Issue(department: try #require(DepartmentName("b")), ranges: [0..<10])
        bench.broker.assess(bench.reference, Split(issues: [issue], unplaced: [11..<15], sentences: 2), now: bench.now)
        _ = bench.finish()
        #expect(try bench.explain(bench.id(3)).state == "waiting-for-owner")
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        #expect(bench.contribute(worker).types == ["contributed", "ready"])
        let second = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(second, 2)
        #expect(bench.contribute(second, 2).types == ["contributed", "reconciled"])
        #expect(bench.broker.cases[bench.reference]?.open == [.unplaced(1)])

        for deed in [.retry(asking: nil), .edit(.init(note: "n")), .reassign(try #require(TaskType("l/trace")))]
            as [Broker.Deed]
        {
            #expect(try bench.refusal(deed, 3) == .wrongState)
        }
        let step = try bench.act(.cancel, of: bench.id(3))
        #expect(step.types == ["ended"])
        #expect(step.entries.first?.entry.actor == "client:cli/anna")
        #expect(try bench.task(3).outcome == .cancelled)
        #expect(try bench.task(3).lastReason == "because")
        let known = try #require(bench.broker.cases[bench.reference])
        #expect(known.state == .reconciled && known.recordCount == 1 && known.open.isEmpty)
        #expect(try bench.refusal(.cancel, 3) == .wrongState)
        #expect(try Case(bench.reference, stored: bench.entries) == known)
    }

    @Test func theOwnerEndsATaskOfTheirOwnWhileTheCaseRuns() throws {
        var bench = try Bench()
        bench.broker.submit(bench.reference, client: "c", body: [], now: bench.now)
        let issue = Split.Issue(department: try #require(DepartmentName("b")), ranges: [0..<10])
        bench.broker.assess(bench.reference, Split(issues: [issue], unplaced: [11..<15], sentences: 2), now: bench.now)
        _ = bench.finish()
        #expect(try bench.act(.cancel, of: bench.id(3)).types == ["ended"])
        #expect(bench.broker.cases[bench.reference]?.state == .investigating)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func aNewTimeLimitReachesTheHolderAndCounts() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        let step = try bench.act(.edit(.init(timeLimitMilliseconds: 300_000, note: "Ask Eve.")))
        #expect(step.first(.orders).map { [$0.first, $0.second] } == [0, 300_000])
        var ends: [Entry.AttemptEnd] = []
        for _ in 0..<40 {
            ends += try bench.pass(.seconds(3)).ends
            let orders = bench.say(.renew(bench.id(1), attempt: 1), worker).first(.orders)
            #expect(orders.map { [$0.first, $0.second] } == [0, 300_000], "said again, for it may be lost")
        }
        #expect(ends == [], "two minutes are within the new limit")
        let brief = bench.broker.cases[bench.reference]?.brief(1, attempt: 1, text: [])
        #expect(brief?.note == "Ask Eve.")
        #expect(try bench.refusal(.edit(.init(timeLimitMilliseconds: 1))) == .malformedBody)
        #expect(try bench.refusal(.edit(.init())) == .malformedBody)
    }

    @Test func aReassignedTaskIsTheOtherDepartmentsAndTheOldAttemptsAreLate() throws {
        var bench = try Bench()
        try bench.submit()
        let old = try bench.join().worker
        _ = bench.accept(old)
        _ = try bench.act(.edit(Entry.TaskChange(note: "For b alone.")))
        let step = try bench.act(.reassign(try #require(TaskType("l/trace"))))
        #expect(step.types == ["retried", "reassigned", "ready"])
        #expect(try bench.task(1).note == nil)
        #expect(step.first(.cancel)?.session == old.session)
        #expect(bench.contribute(old).types == ["late"])
        let new = try bench.join("l-1", "l", incarnation: 2).worker
        #expect(bench.accept(new, 1, 2).types == ["accepted"])
        #expect(bench.contribute(new, 1, 2, fact: "parcel").types == ["contributed", "ready"])
        #expect(try bench.refusal(.reassign(try #require(TaskType("x/y"))), 2) == .unknownContract)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func aTimeLimitThatIsChangedBetweenOfferAndAcceptReachesTheHolder() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        try bench.act(.edit(.init(timeLimitMilliseconds: 300_000)))
        #expect(bench.accept(worker).first(.orders).map { [$0.first, $0.second] } == [0, 300_000])
        let orders = bench.say(.renew(bench.id(1), attempt: 1), worker).first(.orders)
        #expect(orders?.second == 300_000, "said again, for it may be lost")
    }

    @Test func onlyTheDepartmentThatATaskWasTakenFromCanBeLateWithIt() throws {
        var bench = try Bench()
        try bench.submit()
        let old = try bench.join().worker
        _ = bench.accept(old)
        try bench.act(.reassign(try #require(TaskType("l/trace"))))
        let foreign = try bench.join("l-1", "l", incarnation: 2).worker
        #expect(bench.contribute(foreign).settlement == 4, "attempt 1 was none of its department")
        let colleague = try bench.join("b-2", incarnation: 3).worker
        #expect(bench.contribute(colleague).types == ["late"])
        let holder = bench.contribute(old)
        #expect(holder.types == ["late"], "what a colleague sent does not take its place")
        #expect(holder.settlement == 2)
        let again = bench.contribute(old)
        #expect((again.types, again.settlement) == ([], 2))
        #expect(bench.contribute(colleague, 1, 2).settlement == 4, "attempt 2 is the new department's")
        try bench.act(.reassign(try #require(TaskType("l/sequel"))))
        #expect(bench.contribute(colleague, 1, 2).settlement == 4)
        #expect(bench.contribute(foreign, 1, 2).types == ["late"])
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func whatHasContributedOrIsNotThereIsNotActedOn() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        #expect(try bench.refusal(.retry(asking: nil), 2) == .wrongState, "it is blocked")
        _ = bench.accept(worker)
        #expect(try bench.refusal(.retry(asking: nil)) == .wrongState, "somebody is at work on it")
        _ = bench.contribute(worker)
        let review = try #require(TaskType("l/trace"))
        for deed in [.retry(asking: nil), .cancel, .edit(.init(note: "n")), .reassign(review)] as [Broker.Deed] {
            #expect(try bench.refusal(deed) == .wrongState)
        }
        #expect(try bench.refusal(.cancel, 9) == .unknownTask)
        let unknown = TaskID(try #require(CaseReference(rawValue: 7)), 1)
        #expect(throws: Refusal.self) {
            try bench.broker.act(.cancel, on: unknown, by: "a", reason: "", now: bench.now)
        }
    }

    // MARK: Limits of attempts

    @Test func aTaskThatCrashesItsWorkersIsParkedSooner() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        for attempt in 1...2 as ClosedRange<UInt32> {
            _ = bench.accept(worker, 1, attempt)
            _ = bench.fail(worker, 1, attempt, .crashed)
            _ = try bench.pass(.seconds(1))
            _ = bench.say(.heartbeat, worker)
        }
        #expect(try bench.task(1).reason == "parked after 2 attempts that ended crashed, of which 2 are allowed")
    }

    @Test func aTaskThatIsGivenBackForEverIsParked() throws {
        var policy = try Bench.policy()
        policy.tasks[0].endsMaximum = [.released: 3]
        var bench = try Bench(policy)
        try bench.submit()
        let worker = try bench.join().worker
        for attempt in 1...3 as ClosedRange<UInt32> {
            _ = bench.accept(worker, 1, attempt)
            _ = bench.say(.release(bench.id(1), attempt: attempt, after: 1, reason: ""), worker)
            _ = try bench.pass(.seconds(1))
            _ = bench.say(.heartbeat, worker)
        }
        #expect(try bench.task(1).isParked)
        #expect(try bench.task(1).attemptsBurnt == 0)
    }

    // MARK: Pauses

    @Test func nothingOfAPausedCaseIsOfferedWhileWhatRunsGoesOn() throws {
        var bench = try Bench()
        try bench.submit(both: true)
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        let deadline = try #require(bench.broker.cases[bench.reference]?.deadline)
        try bench.broker.set(.paused, of: bench.reference, by: "anna", reason: "r", now: bench.now)
        let step = bench.finish()
        #expect(step.types == ["paused"])
        #expect(step.first(.orders)?.first == 2)
        let tracer = try bench.join("l-1", "l", incarnation: 2)
        #expect(tracer.step.first(.offer) == nil)
        #expect(bench.say(.renew(bench.id(1), attempt: 1), worker).first(.orders)?.first == 2)
        #expect(try bench.reasons(2) == ["paused"])
        #expect(bench.contribute(worker).settlement == 1)
        for _ in 0..<800 { _ = try bench.pass(.milliseconds(1250)) }
        #expect(bench.broker.cases[bench.reference]?.state == .investigating, "its deadline waits")
        try bench.restart()
        #expect(bench.broker.cases[bench.reference]?.pause?.actor == "anna")
        #expect(throws: Refusal.self) {
            try bench.broker.set(.paused, of: bench.reference, by: "eve", reason: "", now: bench.now)
        }
        _ = try bench.join("l-1", "l", incarnation: 3)
        _ = try bench.pass(Bench.heartbeat)
        try bench.broker.set(.resumed, of: bench.reference, by: "eve", reason: "", now: bench.now)
        #expect(bench.finish().first(.offer)?.task == bench.id(2))
        let later = try #require(bench.broker.cases[bench.reference]?.deadline)
        #expect(later.milliseconds - deadline.milliseconds == 1_000_000 + 2500)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func aCaseThatWasReconciledWhileItWasPausedCanBeResumedAndTriedAgain() throws {
        var bench = try Bench(Bench.policy(attempts: 1))
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        try bench.broker.set(.paused, of: bench.reference, by: "anna", reason: "r", now: bench.now)
        #expect(bench.fail(worker).types.last == "reconciled")
        #expect(throws: Refusal.self) { try bench.act(.retry(asking: nil)) }
        try bench.broker.set(.resumed, of: bench.reference, by: "anna", reason: "r", now: bench.now)
        #expect(bench.finish().types == ["resumed"])
        #expect(throws: Refusal.self) {
            try bench.broker.set(.paused, of: bench.reference, by: "anna", reason: "r", now: bench.now)
        }
        #expect(try bench.act(.retry(asking: nil)).first(.offer)?.task == bench.id(1))
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test(arguments: [true, false]) func aPausedDepartmentOrWorkerIsOfferedNothing(isDepartment: Bool) throws {
        var bench = try Bench()
        let worker = try bench.join().worker
        #expect(try bench.submit().first(.offer) != nil)
        let subject: HouseEntry.Subject =
            isDepartment ? .department(try #require(DepartmentName("b"))) : .worker("b-1")
        try bench.broker.set(.paused, of: subject, by: "anna", reason: "r", now: bench.now)
        let step = bench.finish()
        #expect(step.kinds == [.cancel], "the offer is taken back")
        #expect(step.house.map(\.event) == [.paused])
        #expect(try bench.reasons() == [isDepartment ? "paused" : "no-credit"])
        #expect(throws: Refusal.self) {
            try bench.broker.set(.paused, of: subject, by: "e", reason: "", now: bench.now)
        }
        try bench.broker.set(.resumed, of: subject, by: "anna", reason: "r", now: bench.now)
        #expect(bench.finish().first(.offer)?.session == worker.session)
        #expect(throws: Refusal.self) {
            try bench.broker.set(.resumed, of: subject, by: "e", reason: "", now: bench.now)
        }
    }

    @Test func whatIsPausedStaysSoAfterARestart() throws {
        var bench = try Bench()
        let entry = HouseEntry(
            at: bench.now.wall, actor: "a", event: .paused, subject: .worker("b-1"), reason: "r")
        let stored = try JSONFields(try JSON(parsing: entry.stored.structure))
        #expect(try HouseEntry(stored) == entry)
        bench.broker.fold(entry)
        try bench.submit()
        #expect(try bench.join().step.first(.offer) == nil)
        #expect(try HouseEntry(JSONFields(JSON(parsing: Array(#"{"type":"opened","at":1}"#.utf8)))) == nil)
    }

    // MARK: Limits

    @Test func aDepartmentDoesNoMoreAtOnceThanItsLimit() throws {
        var bench = try Bench(scheduling: { $0.departments[try #require(DepartmentName("b"))] = .init(atOnce: 1) })
        let worker = try bench.join().worker
        try bench.submit()
        let other = try bench.submitAnother()
        #expect(try bench.reasons(of: TaskID(other, 1)) == ["limit"])
        _ = bench.accept(worker)
        #expect(bench.contribute(worker).first(.offer)?.task == TaskID(other, 1))
    }

    @Test func aDepartmentIsOfferedNoMoreInASecondThanItsLimit() throws {
        var bench = try Bench(scheduling: { $0.departments[try #require(DepartmentName("b"))] = .init(perSecond: 2) })
        _ = try bench.join(credit: 20)
        var offered = 0
        for _ in 0..<10 { offered += try bench.submitAnother(counting: .offer).1 }
        #expect(offered == 2)
        #expect(bench.broker.wait(now: bench.now) <= .milliseconds(500))
        for _ in 0..<4 { #expect(bench.away(.milliseconds(500)).kinds.count { $0 == .offer } == 1) }
    }

    @Test func aClientBeyondItsShareIsRefusedWithTheTimeToTryAgain() throws {
        var bench = try Bench(scheduling: {
            $0.clients["c"] = .init(atOnce: 3, perSecond: 2)
            $0.otherClients = .init(atOnce: 1)
        })
        func admit(_ client: String) -> Refusal? {
            do throws(Refusal) {
                try bench.broker.admitRequest(of: client, now: bench.now)
                try bench.broker.admitCase(of: client)
                return nil
            } catch {
                return error
            }
        }
        #expect(admit("c") == nil)
        #expect(admit("c") == nil)
        #expect(admit("c")?.code == .limit)
        #expect(admit("c")?.retryAfterMilliseconds == 500)
        _ = bench.away(.seconds(1))
        for _ in 0..<3 { _ = try bench.submitAnother() }
        #expect(admit("c")?.retryAfterMilliseconds == 1000, "three cases are unfinished")
        #expect(admit("d") == nil)
        try bench.act(.cancel, of: try #require(bench.others.first))
        #expect(admit("c") == nil)
    }

    // MARK: Explanations

    @Test func whoWaitsBehindAParkedTaskWaitsForAPerson() throws {
        var policy = try Bench.policy(attempts: 1)
        policy.tasks[2].join = Join(onFailure: .wait)
        var bench = try Bench(policy)
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        let blocked = try #require(try bench.explain(bench.id(2)).reasons.first)
        #expect(blocked.sentence == "It waits for task 1 (b/review, accepted).")
        _ = bench.fail(worker)
        let reason = try #require(try bench.explain(bench.id(2)).reasons.first)
        #expect(reason.name == "blocked")
        let task = bench.id(1)
        #expect(reason.sentence == "It waits for a person to see to task \(task) (b/review, parked).")
        #expect(
            reason.numbers == [
                .init("after", .array([.number(ExactNumber(1))])), .init("retry", .array([.string("\(task)")])),
            ])
    }

    @Test func whatHoldsUpAJoinIsSaidWhileOthersStillWork() throws {
        var policy = try Bench.policy(attempts: 1)
        policy.tasks[2].after.append(policy.tasks[1].type)
        policy.tasks[2].join = Join(withinMilliseconds: 60_000, onFailure: .wait)
        func sentence() throws -> String {
            var bench = try Bench(policy)
            try bench.submit(both: true)
            let worker = try bench.join().worker
            _ = bench.accept(worker)
            _ = bench.fail(worker)
            return try #require(try bench.explain(bench.id(3)).reasons.first).sentence
                .replacing("\(bench.id(1))", with: "FIRST")
        }
        let until = Timestamp(milliseconds: 1_062_500)
        let rest = " It waits until \(until), 60 s more; then it goes on with what there is."
        let (failed, open) = ("task FIRST (b/review, parked)", "task 2 (l/trace, ready)")
        #expect(try sentence() == "It waits for \(open), and for a person to see to \(failed)." + rest)
        policy.tasks[2].join.needed = 1
        let needed = " Of 2 before it 1 must contribute, and 0 have."
        #expect(try sentence() == "It waits for \(open)." + needed + rest)
        policy.tasks[2].join.onFailure = .skip
        #expect(try sentence().hasSuffix("then it is skipped."))
    }

    @Test func aHolderThatIsNotConnectedIsNotSaidToBeAtWork() throws {
        for (attempts, then) in [(3, "offered again."), (1, "parked.")] {
            var bench = try Bench(Bench.policy(attempts: attempts))
            try bench.submit()
            let worker = try bench.join().worker
            _ = bench.accept(worker)
            bench.broker.endSessions(forGood: false, now: bench.now) { $0 == worker.peer }
            let reason = try #require(try bench.explain(bench.id(1)).reasons.first)
            #expect(reason.name == "not-connected")
            #expect(
                reason.sentence == "b-1 took it, attempt 1, and is not connected. Its lease lasts 10 s more: "
                    + "unless b-1 is back by then, the task is \(then)")
            #expect(reason.numbers.last == .init("leaseMilliseconds", .number(ExactNumber(10_000))))
        }
    }

    @Test func aDepartmentsReasonToDeclineIsSaid() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        _ = bench.fail(worker)
        _ = try bench.pass(.seconds(60))
        let other = try bench.join("b-2", incarnation: 2).worker
        _ = bench.accept(other, 1, 2)
        _ = bench.contribute(other, 1, 2, declined: true)
        #expect(try bench.explain(bench.id(1)).reasons.first?.sentence == "It has ended: declined: no.")
    }

    @Test func anOfferThatWasTurnedDownSaysWhenItIsMadeAgain() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.say(.release(bench.id(1), attempt: 1, after: 3_600_000, reason: "no room"), worker)
        let reasons = try bench.explain(bench.id(1)).reasons
        #expect(reasons.map(\.name) == ["retry"])
        #expect(reasons.first?.numbers.last == .init("waitMilliseconds", .number(ExactNumber(3_600_000))))
        #expect(bench.broker.load.first?.waiting == 1)
        _ = try bench.act(.cancel)
        #expect(bench.broker.load.first?.waiting == 0)
    }

    @Test func everyReasonIsSaidWithItsNumbers() throws {
        var bench = try Bench()
        try bench.submit(both: true)
        #expect(try bench.reasons() == ["no-worker"])
        #expect(try bench.reasons(3) == ["blocked"])
        let (worker, _) = try bench.join(credit: 0)
        #expect(try bench.reasons() == ["no-credit"])
        let other = try bench.submitAnother()
        #expect(try bench.reasons(of: TaskID(other, 1)) == ["no-credit", "queued"])
        let queued = try #require(try bench.explain(TaskID(other, 1)).reasons.last)
        #expect(queued.numbers.first == .init("position", 2))
        #expect(queued.sentence.hasPrefix("It is number 2 of 2 that wait."))
        _ = bench.say(.credit(messages: 1, bytes: 10_000), worker)
        #expect(try bench.reasons() == ["offered"])
        _ = bench.accept(worker)
        _ = bench.say(.renew(bench.id(1), attempt: 1, .init(percent: 40, note: "reading")), worker)
        let running = try bench.explain(bench.id(1))
        #expect(running.reasons.map(\.name) == ["running"])
        #expect(running.reasons.first?.sentence.contains("40 % done (reading)") == true)
        _ = bench.fail(worker)
        #expect(try bench.reasons() == ["retry", "no-credit"])
        try bench.restart()
        #expect(try bench.reasons(2) == ["starting", "no-worker"])
        #expect(throws: Refusal.self) { try bench.explain(bench.id(9)) }
    }
}

extension Bench {
    /// A bench with limits.
    init(scheduling change: (inout Scheduling) throws -> Void) throws {
        var scheduling = Scheduling()
        try change(&scheduling)
        try self.init(nil, scheduling: scheduling)
    }

    @discardableResult
    mutating func act(_ deed: Broker.Deed, _ number: UInt16 = 1) throws -> Step { try act(deed, of: id(number)) }

    @discardableResult
    mutating func act(_ deed: Broker.Deed, of task: TaskID) throws -> Step {
        try broker.act(deed, on: task, by: "client:cli/anna", reason: "because", now: now)
        return finish()
    }

    /// Why `deed` is refused; nil where it is not.
    mutating func refusal(_ deed: Broker.Deed, _ number: UInt16 = 1) throws -> Refusal.Code? {
        do throws(Refusal) {
            try broker.act(deed, on: id(number), by: "a", reason: "", now: now)
            return nil
        } catch {
            return error.code
        }
    }

    mutating func explain(_ task: TaskID) throws -> Explanation { try broker.explain(task, now: now) }

    mutating func reasons(_ number: UInt16 = 1) throws -> [String] { try reasons(of: id(number)) }

    mutating func reasons(of task: TaskID) throws -> [String] { try explain(task).reasons.map(\.name) }

    /// Takes in another complaint for b.
    @discardableResult
    mutating func submitAnother(priority: Int? = nil) throws -> CaseReference {
        try submitAnother(priority: priority, counting: .offer).0
    }

    mutating func submitAnother(priority: Int? = nil, counting kind: CommandKind) throws -> (CaseReference, Int) {
        let reference = try #require(CaseReference(rawValue: UInt64(1000 + others.count)))
        others.append(TaskID(reference, 1))
        broker.submit(reference, client: "c", body: [], priority: priority, now: now)
        let issue = Split.Issue(department: try #require(DepartmentName("b")), ranges: [0..<10])
        broker.assess(reference, Split(issues: [issue], unplaced: [], sentences: 1), now: now)
        broker.tick(now: now)
        return (reference, broker.takeStep().kinds.count { $0 == kind })
    }
}
