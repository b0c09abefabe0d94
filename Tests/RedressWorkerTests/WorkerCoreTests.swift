import RedressContract
import RedressWire
import Testing

@testable import RedressWorker

/// A core and the clock it goes by.
private struct Bench {
    var core: WorkerCore
    var now = Duration.zero

    init(concurrency: Int = 2) throws {
        let department = try #require(DepartmentName("billing"))
        core = WorkerCore(
            WorkerCore.Settings(name: "b", incarnation: 0xAB, departments: [department], concurrency: concurrency),
            at: .zero)
    }

    static func welcome(_ session: UInt64 = 7) -> Command {
        let body: JSON = ["epoch": "1-1", "heartbeatMilliseconds": 1000, "leaseMilliseconds": 3000]
        return Command(.welcome, session: session, body: body.bytes[...])
    }

    /// Brings the core into session `session`.
    mutating func open(_ session: UInt64 = 7) -> WorkerStep {
        core.lineUp(at: now)
        core.receive(Self.welcome(session), at: now)
        return core.takeStep(at: now)
    }

    mutating func hear(_ commands: Command...) -> WorkerStep {
        for command in commands { core.receive(command, at: now) }
        return core.takeStep(at: now)
    }

    mutating func pass(_ time: Duration) -> WorkerStep {
        now += time
        core.tick(at: now) { _ in Progress(percent: 40, note: "reading") }
        return core.takeStep(at: now)
    }

    mutating func conclude(_ number: UInt16, _ conclusion: Conclusion) -> WorkerStep {
        core.conclude(TaskAttempt(TaskID(reference, number), 1), conclusion)
        return core.takeStep(at: now)
    }
}

private let contributed = Conclusion.contributed(upheld, bytesMaximum: 1 << 20)

extension WorkerStep {
    fileprivate var kinds: [CommandKind] { sends.map(\.kind) }
}

@Suite struct WorkerCoreTests {
    @Test func saysReadyWhenTheLineIsUpAndCreditWhenWelcomed() throws {
        var bench = try Bench()
        bench.core.lineUp(at: .zero)
        let ready = try #require(bench.core.takeStep(at: .zero).sends.first)
        #expect(ready.kind == .ready)
        let body = try JSON(parsing: ready.body)
        #expect(body["incarnation"] == "00000000000000ab")
        #expect(body["departments"] == ["billing"])
        #expect(body["holding"] == [])
        #expect(bench.core.heartbeat == .milliseconds(2500))
        let step = bench.hear(Bench.welcome())
        #expect(step.kinds == [.credit])
        #expect(step.sends.first?.session == 7)
        bench.core.lineDown(at: bench.now)
        #expect(bench.core.heartbeat == .seconds(1), "the next line's")
        #expect(step.sends.first?.first == 2)
    }

    @Test func acceptsAnOfferAndKeepsTheResultUntilItIsSettled() throws {
        var bench = try Bench()
        _ = bench.open()
        let step = bench.hear(offer(1))
        #expect(step.kinds == [.accept])
        #expect(step.starts.map(\.attempt) == [TaskAttempt(TaskID(reference, 1), 1)])
        #expect(bench.conclude(1, contributed).kinds == [.contribute])
        #expect(bench.core.heldCount == 1)
        _ = bench.hear(about(1, .settled, first: 1))
        #expect(bench.core.heldCount == 0)
    }

    @Test func claimsWhatItHoldsAndSaysResultsAgainInANewSession() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1), offer(2))
        bench.core.lineDown(at: bench.now)
        #expect(bench.conclude(1, contributed).sends.isEmpty)
        bench.core.lineUp(at: bench.now)
        let ready = try #require(bench.core.takeStep(at: bench.now).sends.first)
        let holding = try JSONFields(JSON(parsing: ready.body)).objects("holding")
        #expect(try holding.map { try $0.string("state") } == ["finished", "running"])
        let step = bench.hear(Bench.welcome(8))
        #expect(step.kinds == [.credit, .contribute])
        #expect(step.sends.map(\.session) == [8, 8])
        #expect(step.sends.first?.first == 0, "what is held has no room to offer")
    }

    @Test func doesNotHearCommandsOfAnotherSession() throws {
        var bench = try Bench()
        _ = bench.open()
        #expect(bench.hear(offer(1, session: 6)).kinds.isEmpty)
    }

    @Test func renewsWithProgressEveryThirdOfTheLease() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1, lease: 1500))
        #expect(bench.core.nextWake == .milliseconds(500))
        let step = bench.pass(.milliseconds(500))
        #expect(step.kinds == [.renew])
        #expect(step.sends.first?.first == 40)
        #expect(try JSON(parsing: #require(step.sends.first).body) == ["note": "reading"])
        #expect(bench.pass(.milliseconds(499)).sends.isEmpty)
        #expect(bench.pass(.milliseconds(1)).kinds == [.renew])
    }

    @Test func tellsARunningHandlerItsNewOrdersOnce() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1, limit: 1000))
        #expect(bench.hear(about(1, .orders)).orders.isEmpty)
        let orders = bench.hear(about(1, .orders, first: 2, second: 9000)).orders.map(\.orders)
        #expect(orders == [WorkerStep.Orders(timeLimit: .seconds(9), isPaused: true)])
        #expect(bench.hear(about(1, .orders, first: 2, second: 9000)).orders.isEmpty)
        #expect(bench.hear(about(1, .orders)).orders.map(\.orders.isPaused) == [false])
        #expect(bench.pass(.seconds(2)).kinds.contains(.fail) == false, "the limit that was said holds")
    }

    @Test func heartbeatsOnlyWhenItSaidNothingElse() throws {
        var bench = try Bench()
        _ = bench.open()
        #expect(bench.pass(.milliseconds(999)).sends.isEmpty)
        #expect(bench.pass(.milliseconds(1)).kinds == [.heartbeat])
    }

    @Test func makesTheLineAnewWhenTheCoordinatorIsSilent() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.pass(.seconds(2))
        let step = bench.pass(.seconds(1))
        #expect(step.reconnects)
        #expect(step.sends.isEmpty)
        #expect(!bench.core.isWelcomed)
    }

    @Test func aHandlerBeyondItsTimeLimitIsCancelledAndTheTaskFails() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1, limit: 200))
        let step = bench.pass(.milliseconds(200))
        #expect(step.cancels == [TaskAttempt(TaskID(reference, 1), 1)])
        #expect(step.kinds == [.fail])
        #expect(step.sends.first?.first == Conclusion.FailureClass.timeLimit.rawValue)
        #expect(bench.conclude(1, contributed).sends.isEmpty, "what the cancelled handler returns counts no more")
        #expect(bench.core.heldCount == 1, "the failure waits for its SETTLED")
    }

    @Test func ordersMoveTheTimeLimit() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1, limit: 200))
        _ = bench.hear(about(1, .orders, second: 900))
        #expect(bench.pass(.milliseconds(200)).cancels.isEmpty)
        #expect(bench.pass(.milliseconds(700)).cancels.count == 1)
    }

    @Test func aCancelledTaskIsForgottenAndKeepsItsPlaceUntilTheHandlerReturns() throws {
        var bench = try Bench(concurrency: 1)
        _ = bench.open()
        _ = bench.hear(offer(1))
        #expect(bench.hear(about(1, .orders, first: 1)).cancels.count == 1)
        #expect(bench.core.heldCount == 0)
        #expect(bench.hear(offer(2)).kinds == [.release])
        #expect(bench.conclude(1, contributed).sends.isEmpty)
        #expect(bench.hear(offer(2)).kinds == [.accept])
    }

    @Test func aFinishedTaskIsNotCancelled() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1))
        _ = bench.conclude(1, contributed)
        #expect(bench.hear(about(1, .cancel)).cancels.isEmpty)
        #expect(bench.core.heldCount == 1)
    }

    @Test func anOfferSaidTwiceStartsOneHandler() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1))
        let again = bench.hear(offer(1))
        #expect(again.kinds == [.accept])
        #expect(again.starts.isEmpty)
    }

    @Test func releasesWhatFindsNoRoom() throws {
        var bench = try Bench(concurrency: 1)
        _ = bench.open()
        #expect(bench.hear(offer(1), offer(2)).kinds == [.accept, .release])
    }

    @Test func drainsByFinishingWhatItHolds() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1))
        bench.core.drain(limit: .seconds(30), at: bench.now)
        #expect(bench.core.takeStep(at: bench.now).kinds == [.drain])
        #expect(bench.hear(offer(2)).kinds == [.release])
        #expect(bench.conclude(1, contributed).end == nil)
        #expect(bench.hear(about(1, .settled, first: 1)).end == .drained)
    }

    @Test func whenTheDrainsTimeIsUpHandlersAreCancelledAndTheirTasksReleased() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1, limit: 0))
        bench.core.drain(limit: .milliseconds(100), at: bench.now)
        _ = bench.core.takeStep(at: bench.now)
        let step = bench.pass(.milliseconds(100))
        #expect(step.cancels.count == 1)
        #expect(step.kinds == [.release])
        #expect(bench.pass(.seconds(10)).end == .drainedInPart(open: 2))
    }

    @Test func leavesWhenTheCoordinatorAsks() throws {
        var bench = try Bench()
        _ = bench.open()
        #expect(bench.hear(Command(.drain, session: 7)).end == .drained)
    }

    @Test func aRefusedRegistrationIsTheEndAndABusyOneIsTriedAgain() throws {
        var bench = try Bench()
        bench.core.lineUp(at: .zero)
        let busy: JSON = ["code": 18, "reason": "Later.", "retryAfterMilliseconds": 300]
        _ = bench.hear(Command(.refused, second: 18, body: busy.bytes[...]))
        #expect(bench.pass(.milliseconds(299)).sends.isEmpty)
        #expect(bench.pass(.milliseconds(1)).kinds == [.ready])
        let unknown: JSON = ["code": 10, "reason": "No such department."]
        let end = bench.hear(Command(.refused, second: 10, body: unknown.bytes[...])).end
        #expect(end == .refused(Refusal(.unknownDepartment, "No such department.")))
    }

    @Test func registersAgainWhenTheSessionIsUnknown() throws {
        var bench = try Bench()
        _ = bench.open()
        _ = bench.hear(offer(1))
        #expect(bench.hear(Command(.register)).kinds == [.ready])
        #expect(bench.hear(Command(.register)).kinds.isEmpty, "once is enough")
    }

    @Test func tellsFromTimeToTimeThatNobodyAnswers() throws {
        var bench = try Bench()
        #expect(bench.pass(.seconds(5)).notes == [.unwelcomed(for: .seconds(5), lineIsUp: false)])
        bench.core.lineUp(at: bench.now)
        #expect(bench.pass(.seconds(1)).notes == [])
    }

    @Test func aWelcomeThatCannotBeReadIsPassedOver() throws {
        var bench = try Bench()
        bench.core.lineUp(at: .zero)
        let step = bench.hear(Command(.welcome, session: 7, body: Array("[]".utf8)[...]))
        #expect(step.notes == [.passedOver(.welcome, "its body cannot be read")])
        #expect(!bench.core.isWelcomed)
    }

    @Test func aWaitToReleaseIsBroughtToTheWiresRange() {
        #expect(Conclusion.released(after: .milliseconds(1500), "").argument == 1500)
        #expect(Conclusion.released(after: .seconds(-1), "").argument == 0)
        #expect(Conclusion.released(after: .seconds(Int64.max), "").argument == .max)
    }
}
