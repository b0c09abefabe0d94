import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

@Suite struct AttemptTests {
    /// A bench with one task, accepted by the first worker.
    func accepted(_ policy: Policy? = nil) throws -> (Bench, Hand) {
        var bench = try Bench(policy)
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        return (bench, worker)
    }

    @Test func aContributionEndsTheTaskAndTheRecordStands() throws {
        var (bench, worker) = try accepted()
        let step = bench.contribute(worker, fact: "charge")
        #expect(step.types == ["contributed", "ready"])
        #expect(step.settlement == 1)
        #expect(bench.contribute(worker, fact: "charge").settlement == 1, "a repeated one is answered as before")
        let second = try bench.join("l-1", "l", incarnation: 2).worker
        _ = bench.accept(second, 2)
        let last = bench.contribute(second, 2)
        #expect(last.types == ["contributed", "reconciled"])
        #expect(last.reconciled == [bench.reference])
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func whatADependencyFoundIsDisclosed() throws {
        var (bench, worker) = try accepted()
        let step = bench.contribute(worker, fact: "charge")
        guard case .ready(let disclosures)? = step.entries.last?.entry.event else {
            Issue.record("nothing became ready")
            return
        }
        #expect(disclosures.map(\.findingsOf) == [[1]])
        #expect(
            bench.broker.cases[bench.reference]?.brief(2, attempt: 1, text: [])?.findings.map(\.key.description) == [
                "charge"
            ])
    }

    @Test func anOptionalTaskIsSkippedWhenWhatItComesAfterDeclined() throws {
        var (bench, worker) = try accepted()
        let step = bench.contribute(worker, declined: true)
        #expect(step.types == ["contributed", "ended", "reconciled"])
        #expect(try bench.task(2).outcome == .skipped)
    }

    @Test func renewalsKeepTheTask() throws {
        var (bench, worker) = try accepted()
        for _ in 0..<6 {
            #expect(try bench.pass(.seconds(5)).ends == [])
            #expect(bench.say(.renew(bench.id(1), attempt: 1), worker).first(.orders)?.first == 0)
        }
    }

    @Test func aHandlerThatIsRenewedForEverEndsWithItsTimeLimit() throws {
        var (bench, worker) = try accepted()
        var ends: [Entry.AttemptEnd] = []
        for _ in 0..<30 where ends.isEmpty {
            ends += try bench.pass(.seconds(3)).ends
            _ = bench.say(.renew(bench.id(1), attempt: 1), worker)
        }
        #expect(ends == [.timeLimit])
    }

    @Test func whoRenewsAnOfferHasAcceptedIt() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        let step = bench.say(.renew(bench.id(1), attempt: 1), worker)
        #expect(step.types == ["accepted"])
        #expect(step.first(.orders)?.first == 0)
        #expect(bench.accept(worker).types == [])
    }

    @Test func whoFailsAtAnOfferHasAcceptedIt() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        let step = bench.fail(worker)
        #expect(step.types == ["accepted", "attempt-ended"])
        #expect(step.settlement == 1)
        #expect(try bench.task(1).attemptsBurnt == 1)
    }

    @Test func aLeaseThatIsNotRenewedExpiresAndTheRenewalThatComesLateIsTurnedDown() throws {
        var (bench, worker) = try accepted()
        for _ in 0..<2 {
            _ = try bench.pass(.seconds(5))
            _ = bench.say(.heartbeat, worker)
        }
        #expect(try bench.task(1).attemptEnds == [.leaseExpired: 1])
        #expect(bench.say(.renew(bench.id(1), attempt: 1), worker).first(.orders)?.first == 1)
    }

    @Test func aWorkerThatIsGoneHasCrashed() throws {
        var (bench, _) = try accepted()
        #expect(try bench.pass(.seconds(12)).ends == [.crashed])
    }

    @Test func whatTheCoordinatorsAbsenceEndedIsInterruptedAndBurnsNothing() throws {
        var (bench, _) = try accepted()
        try bench.restart()
        #expect(try bench.task(1).state == .accepted, "the holder has one full lease")
        #expect(try bench.pass(.seconds(9)).ends == [])
        #expect(try bench.pass(.seconds(3)).ends == [.interrupted])
        #expect(try bench.task(1).attemptsBurnt == 0)
    }

    @Test func aLoopThatWasAwayTakesNobodysLease() throws {
        var (bench, worker) = try accepted()
        #expect(bench.away(.seconds(600)).ends == [])
        #expect(bench.say(.renew(bench.id(1), attempt: 1), worker).first(.orders)?.first == 0)
    }

    @Test func failuresAreTriedAgainEachAfterALongerWaitAndThenParked() throws {
        var (bench, worker) = try accepted()
        var waits: [Int64] = []
        for attempt in 1...3 as ClosedRange<UInt32> {
            if attempt > 1 { _ = bench.accept(worker, 1, attempt) }
            let step = bench.fail(worker, 1, attempt)
            #expect(step.settlement == 1)
            guard case .attemptEnded(_, _, .failed, let reason, let retryAt)? = step.entries.first?.entry.event else {
                continue
            }
            #expect(reason == Array("ouch".utf8))
            waits.append(retryAt.milliseconds - bench.now.wall.milliseconds)
            if attempt < 3 {
                #expect(step.kinds == [.settled])
                for _ in 0..<3 {
                    _ = try bench.pass(.milliseconds(700))
                    _ = bench.say(.heartbeat, worker)
                }
            } else {
                #expect(step.types == ["attempt-ended", "ended", "ended", "reconciled"])
            }
        }
        #expect(waits.count == 3)
        for (wait, most) in zip(waits, [500, 1000, 2000] as [Int64]) { #expect((most / 2...most).contains(wait)) }
        #expect(try bench.task(1).outcome == .failed)
        #expect(try bench.task(1).reason == "parked after 3 of 3 attempts, the last one failed")
    }

    @Test func aFailureThatIsSaidAgainAfterARestartCountsOnce() throws {
        var (bench, worker) = try accepted()
        for _ in 0..<4 {
            _ = bench.fail(worker)
            try bench.restart()
            worker = try bench.join(holding: [(1, 1, finished: true)]).worker
        }
        #expect(bench.fail(worker).settlement == 1)
        #expect(try bench.task(1).attemptsBurnt == 1)
        #expect(try bench.task(1).state == .ready)
    }

    @Test func releasesBurnNothing() throws {
        var (bench, worker) = try accepted()
        var waits: [Int] = []
        for attempt in 1...6 as ClosedRange<UInt32> {
            if attempt > 1 { _ = bench.accept(worker, 1, attempt) }
            let step = bench.say(.release(bench.id(1), attempt: attempt, after: 1000, reason: ""), worker)
            #expect(step.ends == [.released])
            var wait = 0
            var offer: Command?
            while offer == nil, wait < 60_000 {
                offer = try bench.pass(.milliseconds(10)).first(.offer)
                _ = bench.say(.heartbeat, worker)
                wait += 10
            }
            #expect(offer?.attempt == attempt + 1)
            waits.append(wait)
        }
        #expect(waits.allSatisfy { $0 >= 1000 }, "what the worker asks for is the least")
        #expect(waits[5] > 2 * waits[0], "who comes back again and again is asked less and less often: \(waits)")
        #expect(try bench.task(1).attemptsBurnt == 0)
    }

    @Test func aContributionOfAnExpiredAttemptCountsAsLongAsNoOtherWasAccepted() throws {
        var (bench, worker) = try accepted()
        for _ in 0..<2 {
            _ = try bench.pass(.seconds(5))
            _ = bench.say(.heartbeat, worker)
        }
        _ = try bench.pass(.seconds(1))
        let second = try bench.join("b-2", incarnation: 2).worker
        #expect(try bench.task(1).state == .ready)
        let step = bench.contribute(worker)
        #expect(step.types.first == "contributed")
        #expect(step.settlement == 1)
        #expect(bench.accept(second, 1, 2).kinds == [.cancel])
    }

    @Test func aContributionAfterAnotherAttemptWasAcceptedIsKeptAsLate() throws {
        var (bench, worker) = try accepted()
        _ = bench.fail(worker)
        for _ in 0..<2 { _ = try bench.pass(.milliseconds(400)) }
        let attempt = try #require(bench.broker.workers[worker.session]?.outstanding.keys.first?.number)
        _ = bench.accept(worker, 1, attempt)
        let step = bench.contribute(worker, 1, 1)
        #expect(step.types == ["late"])
        #expect(step.settlement == 2)
        #expect(bench.contribute(worker, 1, 1).types == [], "once is enough")
        #expect(bench.contribute(worker, 1, attempt).settlement == 1)
    }

    @Test func anUnknownCaseOrTaskIsMoot() throws {
        var (bench, worker) = try accepted()
        #expect(bench.contribute(worker, 9, 1).settlement == 3)
        #expect(bench.fail(worker, 9, 1).settlement == 3)
        #expect(bench.fail(worker, 1, 7).settlement == 3)
    }

    @Test(arguments: [0, 1, 2, 1001, .max - 1, .max] as [UInt32])
    func implausibleAttemptsNeverTrap(attempt: UInt32) throws {
        var (bench, worker) = try accepted()
        _ = bench.accept(worker, 1, attempt)
        _ = bench.say(.renew(bench.id(1), attempt: attempt), worker)
        _ = bench.say(.release(bench.id(1), attempt: attempt, after: .max, reason: ""), worker)
        _ = bench.garble(worker, 1, attempt)
        _ = bench.fail(worker, 1, attempt)
        _ = bench.contribute(worker, 1, attempt)
        if attempt > 0 { _ = try bench.join("b-2", incarnation: 2, holding: [(1, attempt, finished: false)]) }
        _ = try bench.pass(.seconds(60))
        #expect(bench.broker.setAside.isEmpty)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func anOwnershipBreachParksTheTaskWithWhatWasSent() throws {
        var (bench, worker) = try accepted()
        let step = bench.contribute(worker, fact: "parcel")
        #expect(step.settlement == 4)
        #expect(step.first(.settled)?.second == 0)
        guard case .ended(1, .failed, let reason, let kept?)? = step.entries.first?.entry.event else {
            Issue.record("the task was not parked")
            return
        }
        #expect(reason == #"parked: The fact "parcel" is for l to state, not for b. b may state: charge."#)
        #expect(try Contribution(parsing: kept).findings.count == 1)
        #expect(try bench.task(1).state == .ended)
    }

    @Test func aBreachOfAnExpiredAttemptLeavesNoOfferOpen() throws {
        var (bench, worker) = try accepted()
        for _ in 0..<2 {
            _ = try bench.pass(.seconds(5))
            _ = bench.say(.heartbeat, worker)
        }
        let step = bench.contribute(worker, fact: "parcel")
        #expect(step.settlement == 4)
        #expect(step.first(.offer) == nil)
        #expect(bench.accept(worker, 1, 2).types == [])
        #expect(try bench.task(1).outcome == .failed)
    }

    @Test func anUnknownIssueOrAMalformedContributionFailsTheAttempt() throws {
        var (bench, worker) = try accepted()
        let step = bench.contribute(worker, issue: 2)
        #expect(step.settlement == 4)
        #expect(step.ends == [.failed])
        #expect(try JSON(parsing: #require(step.first(.settled)).body)["code"] == 15)
        #expect(bench.garble(worker).ends == [], "the attempt has ended already")
        _ = try bench.pass(.seconds(1))
        _ = bench.accept(worker, 1, 2)
        #expect(bench.garble(worker, 1, 2).ends == [.failed])
        #expect(try bench.task(1).attemptsBurnt == 2)
    }

    @Test func whatNobodyTookByTheDeadlineHadNoWorkerAlsoWhenItWasOpenedAgain() throws {
        var bench = try Bench(Bench.policy(deadline: 20_000))
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.contribute(worker, fact: "charge")
        var correction = Contribution(answers: [.init(issue: 1, .upheld)])
        correction.corrects = 1
        #expect(bench.contribute(worker, 1, 2, saying: correction).types == ["corrected", "ready"])
        #expect(try bench.pass(.seconds(20)).types == ["ended", "reconciled"])
        #expect(try bench.task(2).outcome == .noWorker)
        #expect(try bench.task(2).isParked)
    }

    @Test func atTheDeadlineWhatHasNotEndedEnds() throws {
        var (bench, worker) = try accepted(Bench.policy(deadline: 20_000))
        var step = Step()
        for _ in 0..<4 {
            step = try bench.pass(.seconds(5))
            _ = bench.say(.renew(bench.id(1), attempt: 1), worker)
        }
        #expect(step.types == ["ended", "ended", "reconciled"])
        #expect(step.first(.cancel)?.task == bench.id(1))
        #expect(try bench.task(1).outcome == .timedOut)
        #expect(try bench.task(2).outcome == .skipped, "it never was anybody's")
        let late = bench.contribute(worker)
        #expect(late.settlement == 2)
        #expect(late.types == ["late"])
        bench.broker.release(bench.reference)
        #expect(bench.broker.cases.isEmpty && bench.broker.lastOffered.isEmpty && bench.broker.offers.isEmpty)
        #expect(
            bench.broker.leases.isEmpty && bench.broker.heldByIncarnation.isEmpty,
            "a finished case leaves nothing behind")
    }
}
