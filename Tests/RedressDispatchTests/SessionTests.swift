import RedressCase
import RedressContract
import RedressDispatch
import RedressWire
import Testing

@Suite struct SessionTests {
    @Test func anUnknownSessionIsAskedToRegister() throws {
        var bench = try Bench()
        let stranger = Hand(peer: Peer([1]), session: 77)
        #expect(bench.say(.heartbeat, stranger).kinds == [.register])
        let worker = try bench.join().worker
        #expect(bench.say(.heartbeat, Hand(peer: Peer([1]), session: worker.session)).kinds == [.register])
        #expect(bench.say(.heartbeat, worker).kinds == [.heartbeat])
    }

    @Test func anUnknownDepartmentIsRefused() throws {
        var bench = try Bench()
        let body: JSON = ["worker": "w", "incarnation": "1", "departments": ["x"]]
        bench.broker.handle(.ready(try Registration(parsing: body.bytes)), from: Peer([1]), session: 0, now: bench.now)
        let step = bench.finish()
        #expect(step.kinds == [.refused])
        #expect(step.first(.refused)?.second == UInt32(Refusal.Code.unknownDepartment.rawValue))
    }

    @Test func anIncarnationBelongsToItsName() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join("b-1").worker
        _ = bench.accept(worker)
        func steal() throws -> Step {
            let body: JSON = ["worker": "b-2", "incarnation": "1", "departments": ["b"]]
            bench.broker.handle(
                .ready(try Registration(parsing: body.bytes)), from: Peer([9]), session: 0, now: bench.now)
            return bench.finish()
        }
        let refused = try steal()
        #expect(refused.kinds == [.refused])
        #expect(refused.first(.refused)?.second == UInt32(Refusal.Code.notAllowed.rawValue))
        // Nor when its session has ended and it only holds a task.
        bench.broker.endSessions(forGood: false, now: bench.now) { $0 == worker.peer }
        #expect(try steal().kinds == [.refused])
        #expect(try bench.task(1).state == .accepted)
        #expect(try bench.join("b-1", holding: [(1, 1, finished: false)]).step.kinds.contains(.orders))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"worker":"","incarnation":"1","departments":["b"]}"#,
        #"{"worker":"w","incarnation":"x","departments":["b"]}"#, #"{"worker":"w","incarnation":"1","departments":[]}"#,
        #"{"worker":"w","incarnation":"1","departments":["b"],"holding":[{"task":"R","attempt":1,"state":"running"}]}"#,
        #"{"worker":"w","incarnation":"1","departments":["b"],"holding":[{"task":"R-0000-0000-0001-Y/1","attempt":0,"state":"running"}]}"#,
    ])
    func aRegistrationOfTheWrongShapeIsNotRead(body: String) {
        #expect(throws: JSONError.self) { try Registration(parsing: Array(body.utf8)) }
        #expect(throws: Refusal.self) { try WorkerMessage(Command(.ready, body: Array(body.utf8)[...])) }
    }

    @Test func silenceEndsASessionAndItsOffersGoElsewhere() throws {
        var bench = try Bench()
        try bench.submit()
        _ = try bench.join()
        let second = try bench.join("b-2", incarnation: 2).worker
        for _ in 0..<2 {
            _ = try bench.pass(.seconds(3))
            _ = bench.say(.heartbeat, second)
        }
        let step = try bench.pass(.seconds(2))
        #expect(step.first(.offer)?.session == second.session)
        #expect(bench.broker.workers.count == 1)
    }

    @Test func readyAgainReplacesTheSessionAndClaimsWhatRuns() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join().worker
        _ = bench.accept(worker)
        let (again, step) = try bench.join(credit: 3, holding: [(1, 1, finished: false)])
        #expect(step.kinds == [.welcome, .orders])
        #expect(step.entries.isEmpty)
        #expect(again.session != worker.session)
        #expect(bench.say(.heartbeat, worker).kinds == [.register])
        #expect(bench.contribute(again).settlement == 1)
        #expect(
            bench.broker.workers[again.session]?.creditMessages == 4, "the final word gives the claimed task's room")
    }

    @Test func whatAWorkerNoLongerHoldsIsTriedAgain() throws {
        var bench = try Bench()
        try bench.submit()
        _ = bench.accept(try bench.join().worker)
        #expect(try bench.join().step.ends == [.crashed])
        var second = try Bench()
        try second.submit()
        _ = second.accept(try second.join().worker)
        try second.restart()
        #expect(try second.join().step.ends == [.interrupted], "after a start it may be the coordinator's doing")
    }

    @Test func afterARestartARunningClaimGoesOnAndAFinishedOneIsDelivered() throws {
        for isFinished in [false, true] {
            var bench = try Bench()
            try bench.submit()
            _ = bench.accept(try bench.join().worker)
            try bench.restart()
            let (worker, step) = try bench.join(holding: [(1, 1, finished: isFinished)])
            #expect(step.kinds == (isFinished ? [.welcome] : [.welcome, .orders]))
            #expect(bench.contribute(worker).settlement == 1)
        }
    }

    @Test func aClaimOfAnOfferThatTheRestartForgotCountsAsAccepted() throws {
        var bench = try Bench()
        try bench.submit()
        _ = try bench.join()
        try bench.restart()
        let (worker, step) = try bench.join(holding: [(1, 1, finished: false)])
        #expect(step.types == ["accepted"])
        #expect(bench.contribute(worker).settlement == 1)
    }

    @Test func aClaimBeatsAnOfferThatIsNotAccepted() throws {
        var bench = try Bench()
        try bench.submit()
        _ = try bench.join()
        try bench.restart()
        let second = try bench.join("b-2", incarnation: 2).worker
        _ = try bench.pass(Bench.heartbeat)
        let (first, step) = try bench.join(holding: [(1, 1, finished: false)])
        #expect(step.first(.cancel)?.session == second.session)
        #expect(step.types == ["accepted"])
        #expect(bench.accept(second, 1, 1).kinds == [.cancel])
        #expect(bench.contribute(first).settlement == 1)
    }

    @Test func oneAttemptIsNeverAcceptedByTwoProcesses() throws {
        var bench = try Bench()
        try bench.submit()
        _ = bench.accept(try bench.join().worker)
        _ = try bench.pass(.seconds(12))
        let step = try bench.join("b-2", incarnation: 2, credit: 0, holding: [(1, 1, finished: false)]).step
        #expect(step.kinds == [.welcome, .cancel, .offer], "its room is free again")
        #expect(step.first(.offer)?.attempt == 2)
        #expect(step.entries.isEmpty)
    }

    @Test func anotherDepartmentsTaskCannotBeClaimed() throws {
        var bench = try Bench()
        try bench.submit()
        let (worker, step) = try bench.join("l-1", "l", incarnation: 2, holding: [(1, 1, finished: false)])
        #expect(step.kinds == [.welcome, .cancel])
        #expect(step.entries.isEmpty)
        #expect(bench.contribute(worker).settlement == 4)
        #expect(try bench.task(1).state == .ready)
    }

    @Test func aClaimOfAnUnknownCaseIsCancelledAndItsResultIsMoot() throws {
        var bench = try Bench()
        let (worker, step) = try bench.join(holding: [(1, 1, finished: false), (2, 1, finished: true)])
        #expect(step.kinds == [.welcome, .cancel])
        #expect(bench.contribute(worker, 2, 1).settlement == 3)
        #expect(bench.broker.workers[worker.session]?.creditMessages == 6)
        #expect(bench.broker.workers[worker.session]?.outstanding == [:])
    }

    @Test func drainAsksTheWorkersOfThatName() throws {
        var bench = try Bench()
        let worker = try bench.join("b-1").worker
        _ = try bench.join("b-2", incarnation: 2)
        #expect(bench.broker.drain("nobody") == 0)
        #expect(bench.broker.drain("b-1") == 1)
        #expect(bench.finish().first(.drain)?.session == worker.session)
        #expect(try bench.submit().first(.offer)?.session != worker.session)
    }

    @Test func aWorkerIsAskedToLeaveUntilItSaysThatItDoes() throws {
        var bench = try Bench()
        let worker = try bench.join("b-1").worker
        #expect(bench.broker.drain("b-1") == 1)
        #expect(bench.finish().kinds == [.drain])
        #expect(bench.say(.heartbeat, worker).kinds == [.heartbeat, .drain])
        #expect(bench.say(.drain, worker).kinds == [])
        #expect(bench.say(.heartbeat, worker).kinds == [.heartbeat])
    }

    @Test func aCaseWithoutItsPolicyIsSetAside() throws {
        var bench = try Bench()
        try bench.submit()
        bench.broker = Broker(policy: "q", policies: ["q": try Bench.policy()], generator: Fixed())
        bench.broker.restore(try Case(bench.reference, stored: bench.entries), now: bench.now)
        #expect(bench.broker.cases.isEmpty)
        #expect(bench.broker.setAside[bench.reference] != nil)
        let worker = try bench.join().worker
        #expect(bench.contribute(worker).kinds == [], "the worker keeps its result until the case is mended")
    }

    @Test func aDepartmentThatLeftThePolicyWhileItWasPausedIsShownAndCanGoOn() throws {
        var bench = try Bench()
        let subject = HouseEntry.Subject.department(try #require(DepartmentName("b")))
        var renamed = try Bench.policy()
        renamed.departments[0].name = try #require(DepartmentName("books"))
        bench.broker = Broker(policy: "q", policies: ["q": renamed], generator: Fixed())
        #expect(throws: Refusal.self) {
            try bench.broker.set(.paused, of: subject, by: "anna", reason: "r", now: bench.now)
        }
        bench.broker.fold(HouseEntry(at: bench.now.wall, actor: "a", event: .paused, subject: subject, reason: "r"))
        #expect(bench.broker.load.last { $0.department.description == "b" }?.pause != nil)
        try bench.broker.set(.resumed, of: subject, by: "anna", reason: "r", now: bench.now)
        _ = bench.finish()
        #expect(!bench.broker.load.contains { $0.department.description == "b" })
    }

    @Test func aDepartmentOfAnOpenCasesPolicyIsKnownUntilTheCaseIsDone() throws {
        var bench = try Bench()
        try bench.submit()
        var renamed = try Bench.policy()
        renamed.departments[0].name = try #require(DepartmentName("books"))
        let policies = ["q": renamed].merging(bench.broker.policies) { $1 }
        bench.broker = Broker(policy: "q", policies: policies, generator: Fixed())
        bench.broker.restore(try Case(bench.reference, stored: bench.entries), now: bench.now)
        bench.broker.begin(now: bench.now)
        _ = try bench.pass(Bench.heartbeat)
        let (worker, step) = try bench.join()
        #expect(step.first(.offer)?.task == bench.id(1))
        #expect(bench.contribute(worker, declined: true).types.last == "reconciled")
        bench.broker.release(bench.reference)
        let body: JSON = ["worker": "w", "incarnation": "9", "departments": ["b"]]
        bench.broker.handle(.ready(try Registration(parsing: body.bytes)), from: Peer([1]), session: 0, now: bench.now)
        #expect(bench.finish().first(.refused)?.second == UInt32(Refusal.Code.unknownDepartment.rawValue))
    }

    @Test func theLoopSleepsUntilSomethingTimesOut() throws {
        var bench = try Bench(Bench.policy(lease: 100))
        #expect(bench.broker.wait(now: bench.now) == Bench.heartbeat / 2)
        try bench.submit()
        _ = try bench.join()
        #expect(bench.broker.wait(now: bench.now) == .milliseconds(100))
    }
}
