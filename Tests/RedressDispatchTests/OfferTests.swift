import RedressCase
import RedressContract
import RedressDispatch
import RedressWire
import Testing

@Suite struct OfferTests {
    @Test func offersWhatWaitsToWhoHasCredit() throws {
        var bench = try Bench()
        try bench.submit()
        let (worker, step) = try bench.join()
        let offer = try #require(step.first(.offer))
        #expect(offer.task == bench.id(1))
        #expect(offer.attempt == 1)
        #expect((offer.first, offer.second) == (10_000, 60_000))
        #expect(offer.session == worker.session)
        #expect(bench.accept(worker).types == ["accepted"])
        #expect(bench.accept(worker).kinds == [], "said twice")
    }

    @Test func nothingIsOfferedWithoutCreditOrWhileDraining() throws {
        var bench = try Bench()
        try bench.submit()
        let (worker, step) = try bench.join(credit: 0)
        #expect(step.kinds == [.welcome])
        _ = bench.say(.drain, worker)
        #expect(bench.say(.credit(messages: 1, bytes: 1000), worker).kinds == [])
    }

    @Test func creditIsCountedInMessagesAndComesBackWithTheFinalWord() throws {
        var bench = try Bench()
        let worker = try bench.join("l-1", "l", credit: 1).worker
        let reviewer = try bench.join(incarnation: 2).worker
        try bench.submit(both: true)
        _ = bench.accept(worker, 2)
        _ = bench.accept(reviewer, 1)
        #expect(bench.contribute(reviewer, 1).kinds == [.settled], "the sequel waits for credit")
        let step = bench.contribute(worker, 2, issue: 2)
        #expect(step.kinds == [.settled, .offer])
        #expect(step.first(.offer)?.task == bench.id(3))
    }

    @Test func aBriefBeyondTheByteCreditGoesAlone() throws {
        var bench = try Bench()
        let worker = try bench.join("l-1", "l", credit: 4, bytes: 600).worker
        let reviewer = try bench.join(incarnation: 2).worker
        try bench.submit(both: true, words: 5000)
        _ = bench.accept(reviewer, 1)
        _ = bench.contribute(reviewer, 1)
        _ = bench.accept(worker, 2)
        #expect(
            bench.broker.workers[worker.session]?.outstanding.count == 1, "the second waits until the first is settled")
        #expect(bench.contribute(worker, 2, issue: 2).first(.offer)?.task == bench.id(3))
    }

    @Test func workersTakeTurns() throws {
        var bench = try Bench()
        let first = try bench.join("l-1", "l").worker
        let second = try bench.join("l-2", "l", incarnation: 2).worker
        let reviewer = try bench.join(incarnation: 3).worker
        let step = try bench.submit(both: true)
        _ = bench.accept(reviewer, 1)
        let more = bench.contribute(reviewer, 1)
        let told = (step.sends + more.sends).filter { $0.command.kind == .offer }.map(\.command.session)
        #expect(Set(told) == [first.session, second.session, reviewer.session])
    }

    @Test func anOfferThatNobodyAcceptsIsTakenBackAndMadeAnew() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        for _ in 0..<3 {
            _ = try bench.pass(.seconds(2))
            _ = bench.say(.heartbeat, worker)
        }
        let step = try bench.pass(.seconds(4))
        #expect(step.first(.cancel)?.attempt == 1)
        #expect(step.first(.offer)?.attempt == 2)
        #expect(bench.accept(worker, 1, 1).kinds == [.cancel], "the number is not used again")
    }

    @Test func aShortLeaseBeginsWhenTheOfferIsMade() throws {
        var bench = try Bench(Bench.policy(lease: 100))
        let worker = try bench.join().worker
        bench.now.steady += .milliseconds(1200)
        let step = try bench.submit()
        #expect(step.kinds == [.offer], "the time before it does not count")
        bench.now.steady += .milliseconds(90)
        #expect(bench.accept(worker).types == ["accepted"])
        bench.now.steady += .milliseconds(90)
        #expect(bench.say(.renew(bench.id(1), attempt: 1), worker).ends == [])
        #expect(bench.away(.milliseconds(90)).ends == [])
        #expect(bench.away(.milliseconds(20)).ends == [.leaseExpired])
    }

    @Test func refusingAnOfferBurnsNothingAndLeavesNoEntry() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        let step = bench.say(.release(bench.id(1), attempt: 1, after: 0, reason: "no room"), worker)
        #expect(step.settlement == 1)
        #expect(step.entries.isEmpty)
        #expect(try bench.pass(.milliseconds(200)).first(.offer)?.attempt == 2)
    }

    @Test func nothingIsOfferedInTheFirstHeartbeatAfterAStart() throws {
        var bench = try Bench()
        try bench.submit()
        try bench.restart()
        let step = try bench.join().step
        #expect(step.kinds == [.welcome])
        #expect(try bench.pass(.milliseconds(2400)).kinds == [])
        #expect(try bench.pass(.milliseconds(100)).kinds == [.offer])
    }

    @Test func ownersTasksAreNotOffered() throws {
        var bench = try Bench()
        bench.broker.submit(bench.reference, client: "c", body: [], now: bench.now)
        bench.broker.assess(bench.reference, Split(issues: [], unplaced: [0..<5], sentences: 1), now: bench.now)
        let step = bench.finish()
        #expect(step.types == ["received", "assessed", "planned", "ready", "reconciled"])
        #expect(step.reconciled == [bench.reference])
    }

    @Test func aTaskAgesFromWhenItBecameReadyWhateverComesOfItsOffers() throws {
        var bench = try Bench(scheduling: { $0.waitingMaximum = .seconds(20) })
        try bench.submit()
        let worker = try bench.join(credit: 1).worker
        for _ in 0..<4 {
            try bench.pass(.seconds(2))
            _ = bench.say(.heartbeat, worker)
        }
        _ = bench.say(.release(bench.id(1), attempt: 1, after: 5000, reason: ""), worker)
        let other = TaskID(try bench.submitAnother(), 1)
        _ = bench.say(.accept(other, attempt: 1), worker)
        for _ in 0..<6 {
            try bench.pass(.seconds(2))
            _ = bench.say(.renew(other, attempt: 1), worker)
        }
        try bench.submitAnother(priority: 9)
        let contribution = Contribution(answers: [.init(issue: 1, .upheld)])
        let step = bench.say(
            .contribute(
                other, attempt: 1, body: contribution.jsonBytes, contribution: .success(contribution)), worker)
        #expect(step.first(.offer)?.task == bench.id(1), "it has been ready for 20 seconds")
    }

    @Test func attemptNumbersThatAreUsedUpStopTheOffers() throws {
        var bench = try Bench()
        try bench.submit()
        let accepted = Entry.Event.accepted(task: 1, attempt: .max, worker: "w", incarnation: 9)
        bench.entries.append(Entry(at: bench.now.wall, actor: "w", event: accepted).stored)
        try bench.restart()
        _ = try bench.join()
        let step = try bench.pass(.seconds(30))
        #expect(step.ends == [.interrupted])
        #expect(step.first(.offer) == nil)
        #expect(try bench.pass(.seconds(900)).types.last == "reconciled")
    }

    @Test func aTaskWhoseBriefIsTooLargeToOfferIsParked() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        bench.broker.park(bench.id(1), 2, briefBytes: 5_000_000, now: bench.now)
        #expect(bench.finish().types == [], "that is another offer")
        bench.broker.park(bench.id(1), 1, briefBytes: 5_000_000, now: bench.now)
        let step = bench.finish()
        #expect(step.types == ["ended", "ended", "reconciled"])
        #expect(step.kinds == [], "the worker knows nothing of it")
        #expect(bench.broker.workers[worker.session]?.creditMessages == 4)
        #expect(try bench.task(1).isParked)
        #expect(
            try bench.task(1).reason
                == "parked: its brief takes 5000000 bytes, and an offer has 4194304 at most")
        #expect(bench.broker.contradictions(now: bench.now) == [])
    }
}
