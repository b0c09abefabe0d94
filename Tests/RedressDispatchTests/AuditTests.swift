import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// That what does not fit together in the core is noticed.
@Suite struct AuditTests {
    /// A bench whose first task is offered, or accepted.
    private func bench(accepted: Bool) throws -> Bench {
        var bench = try Bench()
        try bench.submit(both: true)
        let worker = try bench.join().worker
        if accepted { _ = bench.accept(worker) }
        return bench
    }

    private func contradictions(
        accepted: Bool, _ change: (inout Broker, TaskID) throws -> Void
    ) throws -> String {
        var bench = try bench(accepted: accepted)
        try #require(bench.broker.contradictions(now: bench.now) == [])
        try change(&bench.broker, bench.id(1))
        return bench.broker.contradictions(now: bench.now).joined(separator: "\n")
    }

    @Test func aTaskThatIsOfferedAndHeldIsNoticed() throws {
        let told = try contradictions(accepted: true) { broker, id in
            broker.offers[id] = Broker.Offer(
                session: try #require(broker.workers.keys.first), attempt: 2,
                department: try #require(DepartmentName("b")))
        }
        #expect(told.contains("is offered and not ready"))
        #expect(told.contains("is offered and held"))
    }

    @Test func aLostLeaseIsNoticed() throws {
        #expect(try contradictions(accepted: true) { $0.leases[$1] = nil }.contains("is accepted and has no lease"))
    }

    @Test func aTaskOfNobodyIsNoticed() throws {
        #expect(try contradictions(accepted: true) { broker, _ in broker.heldByIncarnation = [:] }.contains("nobody's"))
    }

    @Test func aForgottenTaskIsNoticed() throws {
        #expect(try contradictions(accepted: false) { $0.offers[$1] = nil }.contains("is ready and forgotten"))
    }

    @Test func aTaskThatWaitsBesideAnIdleWorkerIsNoticed() throws {
        var bench = try Bench()
        try bench.submit()
        let worker = try bench.join(credit: 0).worker
        try #require(bench.broker.contradictions(now: bench.now) == [])
        bench.broker.workers[worker.session]?.creditMessages = 1
        bench.broker.workers[worker.session]?.creditBytes = 1 << 20
        let told = bench.broker.contradictions(now: bench.now).joined(separator: "\n")
        #expect(told.contains("waits while a worker of b has credit"))
    }

    @Test func deadlinesOfFinishedCasesDoNotPileUp() throws {
        var bench = try Bench()
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let reference = CaseReference.random(using: &generator)
            bench.broker.submit(reference, client: "c", body: [], now: bench.now)
            bench.broker.assess(reference, Split(issues: [], unplaced: [], sentences: 0), now: bench.now)
            bench.broker.release(reference)
            _ = bench.finish()
        }
        #expect(bench.broker.census.dues <= 4096)
    }

    @Test func aSessionThatIsGoneIsNoticed() throws {
        #expect(try contradictions(accepted: false) { broker, _ in broker.workers = [:] }.contains("that is gone"))
    }
}
