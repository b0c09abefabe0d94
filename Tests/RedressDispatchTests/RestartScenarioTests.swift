import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// A coordinator that comes back while a worker holds, has finished or has lost a task; RedressDispatch's page lists them all.
@Suite struct RestartScenarioTests {
    func accepted(_ policy: Policy? = nil) throws -> (Bench, Hand) {
        var bench = try Bench(policy)
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        return (bench, worker)
    }

    @Test func whoComesBackAfterAnotherTookTheTaskIsLate() throws {
        var (bench, _) = try accepted()
        try bench.restart()
        _ = try bench.pass(.seconds(13))
        let second = try bench.join("b-2", incarnation: 2).worker
        _ = bench.accept(second, 1, 2)
        let (first, step) = try bench.join(holding: [(1, 1, finished: false)])
        #expect(step.kinds.contains(.cancel))
        #expect(bench.contribute(first).settlement == 2)
        #expect(bench.contribute(second, 1, 2).settlement == 1)
        #expect(try bench.task(1).counted == 2)
        #expect(try bench.task(1).attemptsBurnt == 0)
    }

    @Test func aContributionWhoseSettlementWasLostIsTakenOnce() throws {
        var (bench, worker) = try accepted()
        _ = bench.contribute(worker)
        try bench.restart()
        worker = try bench.join(holding: [(1, 1, finished: true)]).worker
        let step = bench.contribute(worker)
        #expect(step.settlement == 1)
        #expect(step.types == [])
    }

    @Test func whatCameLateCanBeAdoptedAfterARestart() throws {
        var (bench, worker) = try accepted(Bench.policy(deadline: 20_000))
        for _ in 0..<4 {
            _ = try bench.pass(.seconds(5))
            _ = bench.say(.heartbeat, worker)
        }
        #expect(try bench.task(1).outcome == .timedOut)
        #expect(bench.contribute(worker).settlement == 2)
        try bench.restart()
        worker = try bench.join(holding: [(1, 1, finished: true)]).worker
        #expect(bench.contribute(worker).types == [], "it is kept already")
        try bench.broker.adopt(bench.id(1), attempt: 1, reason: "Better late.", by: "client:o", now: bench.now)
        #expect(bench.finish().types == ["reopened", "adopted", "ready"])
        #expect(bench.contribute(worker).settlement == 1)
        #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
    }

    @Test func whatWasToldOfACorrectedFindingIsLateAlsoWhenTheRestartForgotItsOffer() throws {
        for isClaimed in [false, true] {
            var (bench, b) = try accepted()
            let l = try bench.join("l-1", "l", incarnation: 2)
            #expect(l.step.first(.offer) == nil)
            #expect(bench.contribute(b, fact: "charge").first(.offer)?.attempt == 1)
            try bench.restart()
            b = try bench.join().worker
            var correction = Contribution(answers: [.init(issue: 1, .upheld)])
            correction.corrects = 1
            #expect(bench.contribute(b, 1, 2, saying: correction).types == ["corrected", "ready"])
            let (again, claim) = try bench.join(
                "l-1", "l", incarnation: 2, credit: 0, holding: [(2, 1, finished: !isClaimed)])
            #expect(claim.kinds.contains(.cancel) == isClaimed)
            #expect(bench.contribute(again, 2, 1).settlement == 2)
            _ = try bench.pass(Bench.heartbeat)
            let (next, _) = try bench.join("l-2", "l", incarnation: 3)
            let offer = try #require(bench.broker.offers[bench.id(2)])
            let holder = offer.session == next.session ? next : again
            #expect(bench.contribute(holder, 2, offer.attempt).settlement == 1)
            #expect(try Case(bench.reference, stored: bench.entries) == bench.broker.cases[bench.reference])
        }
    }
}
