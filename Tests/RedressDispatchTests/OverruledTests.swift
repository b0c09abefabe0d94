import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// What a person decided stands, whatever a department says again or corrects afterwards.
@Suite struct OverruledTests {
    private let plan = PlanTests()

    private func adopt(_ attempt: UInt32, _ bench: inout Bench) throws {
        try bench.broker.adopt(bench.id(1), attempt: attempt, reason: "So it was.", by: "client:o", now: bench.now)
        #expect(bench.finish().types.contains("adopted"))
    }

    @Test func aCorrectionSaidAgainDoesNotUndoAnAdoption() throws {
        var (bench, b, _) = try plan.reconciled()
        let correction = try plan.correction(false, of: 1)
        #expect(bench.contribute(b, 1, 2, saying: correction).settlement == 1)
        try adopt(1, &bench)
        let again = bench.contribute(b, 1, 2, saying: correction)
        #expect(again.settlement == 2)
        #expect(again.types == [])
        #expect(try bench.task(1).counted == 1)
    }

    @Test func ofTwoContributionsOfOneAttemptEachCanBeAdopted() throws {
        var (bench, b, _) = try plan.reconciled()
        let (first, other) = (try bench.task(1).contribution, try plan.upholding(false))
        #expect(bench.contribute(b, 1, 1, saying: other).settlement == 2)
        try adopt(1, &bench)
        #expect(try bench.task(1).contribution == other)
        try adopt(1, &bench)
        #expect(try bench.task(1).contribution == first)
        #expect(try bench.task(1).late.count == 2)
    }

    @Test func whatCameLateIsAdoptedBeforeWhatItsAttemptSaidFirst() throws {
        var (bench, b, _) = try plan.reconciled()
        var other = try plan.upholding(nil)
        other.answers[0].outcome = .notUpheld
        #expect(bench.contribute(b, 1, 1, saying: other).settlement == 2)
        #expect(bench.contribute(b, 1, 2, saying: try plan.correction(false, of: 1)).settlement == 1)
        #expect(bench.contribute(b, 1, 1, saying: other).types == [], "it is kept already")
        try adopt(1, &bench)
        #expect(try bench.task(1).contribution == other)
        #expect(try Case(bench.reference, stored: bench.entries).task(1) == (try bench.task(1)))
    }

    @Test func whatIsLeftOfLateContributionsAfterAnErasureIsTheSameAfterReplay() throws {
        var (bench, b, _) = try plan.reconciled()
        #expect(bench.contribute(b, 1, 1, saying: try plan.upholding(nil)).settlement == 2)
        var correction = try plan.correction(true, of: 1)
        correction.answers[0].outcome = .notUpheld
        #expect(bench.contribute(b, 1, 2, saying: correction).types.last == "reconciled")
        try bench.broker.erase(bench.reference, by: "o", reason: "r", now: bench.now)
        _ = bench.finish()
        let entries = bench.entries.map { entry in
            var entry = entry
            for index in entry.parts.indices { entry.parts[index].bytes = nil }
            return entry
        }
        #expect(try Case(bench.reference, stored: entries).task(1) == (try bench.task(1)))
    }

    @Test func anAskThatWasReassignedIsNotAddedAgain() throws {
        var (bench, b, _) = try plan.accepted(plan.policy { $0.tasks[3].attemptsMaximum = 1 })
        var contribution = try plan.upholding(true)
        contribution.asks = [Contribution.Ask(try #require(TaskType("l/check")), reason: "Not our books.")]
        #expect(bench.contribute(b, saying: contribution).types.contains("added"))
        let trace = try #require(TaskType("l/trace"))
        try bench.broker.act(.reassign(trace), on: bench.id(3), by: "o", reason: "", now: bench.now)
        _ = bench.finish()
        contribution.corrects = 1
        contribution.answers[0].outcome = .notUpheld
        let step = bench.contribute(b, 1, 2, saying: contribution)
        #expect(step.types.contains("corrected"))
        #expect(!step.types.contains("added"))
    }

    @Test func whatAPersonOrdersIsNotCancelledByAJoin() throws {
        var (bench, b) = try plan.acceptedBeforeAJoinThatCancels { $0.tasks[0].attemptsMaximum = 1 }
        _ = bench.fail(b)
        #expect(try bench.task(2).outcome == .cancelled)
        for number in 1...2 as ClosedRange<UInt16> {
            try bench.broker.act(.retry(asking: nil), on: bench.id(number), by: "o", reason: "", now: bench.now)
            _ = bench.finish()
            #expect(try bench.task(number).state == .ready)
        }
        // Both may contribute again, so that what comes after them waits.
        #expect(try bench.task(3).state == .blocked)
    }

    @Test func whatAnEarlierAttemptSaidIsNotWhyALaterOneBreaches() throws {
        var (bench, b, _) = try plan.accepted(plan.policy())
        _ = bench.fail(b)
        _ = try bench.pass(.milliseconds(600))
        let attempt = try #require(bench.broker.offers[bench.id(1)]).attempt
        _ = bench.accept(b, 1, attempt)
        _ = bench.contribute(b, 1, attempt, fact: "parcel")
        #expect(try bench.task(1).outcome == .failed)
        #expect(try bench.task(1).reasons.hasSuffix("; an attempt before that said: ouch"))
    }
}
