import RedressContract
import RedressWire
import Testing

@testable import RedressClient

/// A core and the clock it goes by.
private struct Bench {
    var core: ClientCore
    var now = Duration.zero

    init(eventsMaximum: Int = 1024) {
        core = ClientCore(name: "shop", requestTimeout: .seconds(30), eventsMaximum: eventsMaximum, at: .zero)
    }

    mutating func open(_ session: UInt64 = 7) -> ClientStep {
        core.lineUp(at: now)
        let body: JSON = ["epoch": "1-1", "heartbeatMilliseconds": 1000]
        return hear(Command(.welcome, session: session, body: body.bytes[...]))
    }

    mutating func hear(_ commands: Command...) -> ClientStep {
        for command in commands { core.receive(command, at: now) }
        return core.takeStep(at: now)
    }

    mutating func pass(_ time: Duration) -> ClientStep {
        now += time
        core.tick(at: now)
        return core.takeStep(at: now)
    }

    mutating func post(_ command: Command, consumesAtOnce: Bool = false) -> UInt32 {
        core.post(command, consumesAtOnce: consumesAtOnce, at: now)
    }
}

private let reference = CaseReference("R-0000-0000-0001-Y")

private func submission() throws -> Command {
    try Complaint(text: "Charged twice.").submission(key: "k", following: .everyEntry)
}

private func accepted(_ request: UInt32, session: UInt64 = 7) -> Command {
    Command(.accepted, reference: reference, session: session, first: request)
}

/// The refusal of a request that would be taken in a tenth of a second.
private func later(_ request: UInt32, _ code: Refusal.Code) -> Command {
    let refusal: JSON = [
        "code": .number(ExactNumber(Int(code.rawValue))), "name": .string("\(code)"), "reason": "Later.",
        "retryAfterMilliseconds": 100,
    ]
    return Command(.refused, session: 7, first: request, second: UInt32(code.rawValue), body: refusal.bytes[...])
}

private func event(_ number: Int, of request: UInt32, session: UInt64 = 7, isLast: Bool = false) -> Command {
    let body: JSON = ["cursor": .string("c\(number)")]
    return Command(
        .event, reference: reference, session: session, first: request, second: isLast ? 1 : 0, body: body.bytes[...])
}

@Suite struct ClientCoreTests {
    @Test func whatIsUnansweredIsSaidAgainInTheNextSession() throws {
        var bench = Bench()
        let number = bench.post(try submission())
        #expect(bench.open().sends.map(\.kind) == [.credit, .submit])
        #expect(bench.core.heartbeat == .seconds(1), "the next line's")
        bench.core.lineDown()
        let again = bench.open(8).sends
        #expect(again.map(\.kind) == [.credit, .submit])
        #expect(again.last?.first == number)
        #expect(again.last?.session == 8)
        #expect(again.last?.property(Command.Property.submissionKey) == Array("k".utf8))
    }

    @Test(arguments: [Refusal.Code.busy, .limit, .draining])
    func aSubmissionThatWouldBeTakenLaterIsSaidAgain(_ code: Refusal.Code) throws {
        var bench = Bench()
        let number = bench.post(try submission())
        _ = bench.open()
        let put = bench.hear(later(number, code))
        #expect(put.sends.isEmpty)
        #expect(put.postponed.map(\.refusal.sentence) == ["Later."])
        #expect(put.postponed.map(\.patience) == [.seconds(30)])
        #expect(bench.pass(.milliseconds(90)).sends.isEmpty)
        #expect(bench.pass(.milliseconds(100)).sends.map(\.kind) == [.submit])
        #expect(bench.hear(later(number, code)).postponed.isEmpty, "it is said once")
        #expect(bench.pass(.seconds(1)).sends.map(\.kind) == [.submit])
        #expect(bench.hear(accepted(number)).sends.isEmpty)
    }

    @Test(arguments: [CommandKind.query, .command, .follow])
    func whatElseWouldBeTakenLaterIsSaidAgainToo(_ kind: CommandKind) {
        var bench = Bench()
        let number = bench.post(Command(kind, reference: kind == .follow ? reference : nil))
        _ = bench.open()
        let refused = bench.hear(later(number, .limit))
        #expect(refused.replies.isEmpty)
        let again = bench.pass(.milliseconds(200))
        #expect(again.sends.map(\.kind) == [kind])
    }

    @Test func followingGoesOnAfterTheLastEvent() throws {
        var bench = Bench()
        let number = bench.post(try submission())
        _ = bench.open()
        let step = bench.hear(accepted(number), event(1, of: number), event(2, of: number))
        #expect(step.replies.map(\.isLast) == [false, false, false])
        bench.core.lineDown()
        let follow = try #require(bench.open(8).sends.last)
        #expect(follow.kind == .follow)
        #expect(try JSON(parsing: follow.body) == ["after": "c2"])
    }

    @Test func answerAndLastEventMayComeTogether() throws {
        var bench = Bench()
        let number = bench.post(try submission())
        _ = bench.open()
        let step = bench.hear(accepted(number), event(1, of: number, isLast: true), event(2, of: number))
        #expect(step.replies.map(\.isLast) == [false, true], "what comes after the last is nobody's")
    }

    @Test func creditComesBackAsEventsAreConsumed() throws {
        var bench = Bench(eventsMaximum: 4)
        let number = bench.post(try submission())
        #expect(bench.open().sends.first?.first == 4)
        #expect(bench.hear(accepted(number), event(1, of: number)).sends == [])
        bench.core.consumed(event(1, of: number).body.count, of: number)
        let credit = bench.core.takeStep(at: bench.now).sends
        #expect(credit.map(\.kind) == [.credit])
        #expect(credit.first?.first == 1)
        _ = bench.hear(event(2, of: number))
        bench.core.lineDown()
        #expect(bench.open(8).sends.first?.first == 3, "one is not consumed yet")
    }

    @Test func aCoordinatorThatIsSilentIsGivenUp() throws {
        var bench = Bench()
        _ = bench.open()
        #expect(bench.pass(.seconds(1)).sends.map(\.kind) == [.heartbeat])
        #expect(bench.pass(.milliseconds(1900)).reconnects == false)
        #expect(bench.pass(.milliseconds(100)).reconnects)
    }

    @Test func aRequestWithoutAnAnswerFailsInTime() throws {
        var bench = Bench()
        let number = bench.post(try submission())
        let step = bench.pass(.seconds(30))
        #expect(step.replies.map(\.request) == [number])
        guard case .failed(let error)? = step.replies.first?.reply else { return #expect(Bool(false)) }
        #expect(error.code == .timedOut)
        #expect(bench.core.nextWake == nil)
    }
}
