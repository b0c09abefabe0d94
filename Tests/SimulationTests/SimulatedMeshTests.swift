import RedressContract
import RedressTesting
import Testing

/// The mesh as a department's team uses it.
@Suite struct SimulatedMeshTests {
    func playbook() -> Playbook {
        var playbook = Playbook()
        playbook.addTask("billing/charge-review")
        playbook.addTask("logistics/shipment-trace")
        playbook.addTask(
            "logistics/replacement", issuesOf: "billing", required: false, after: ["billing/charge-review"])
        playbook.addFact("charge.count", owners: ["billing"], rule: .owner)
        return playbook
    }

    func answer(_ brief: Brief) -> Contribution {
        Contribution(answers: brief.issues.map { .init(issue: $0.number, .upheld, reasons: [$0.excerpt]) })
    }

    @Test func aComplaintIsAnsweredByItsDepartments() throws {
        let mesh = SimulatedMesh(playbook())
        var told: [Brief] = []
        mesh.addWorker("billing-1", for: ["billing"]) { brief in
            var contribution = answer(brief)
            contribution.findings = [Finding(try #require(FactKey("charge.count")), .number(ExactNumber(2)))]
            return contribution
        }
        mesh.addWorker("logistics-1", for: ["logistics"]) { brief in
            told.append(brief)
            return answer(brief)
        }
        let complaint = mesh.submit(
            [("billing", "Charged twice."), ("logistics", "Never came.")], unplaced: ["Hello."])
        #expect(mesh.record(of: complaint) == nil)
        #expect(mesh.runUntilReconciled(within: .seconds(60)))
        let record = try #require(mesh.record(of: complaint))
        #expect(record["outcome"] == "upheld")
        #expect(record["facts"]?["charge.count"]?["value"] == 2)
        #expect(record["unplaced"] == 1)
        #expect(told.first { $0.type.description == "logistics/replacement" }?.findings.count == 1)
        #expect(mesh.reference(of: complaint) == told.first?.task.reference)
        #expect(mesh.log.contains { $0.description.contains("coordinator → billing-1: offer") })
    }

    @Test func aTaskOutlivesItsWorkerItsLineAndTheCoordinator() throws {
        let mesh = SimulatedMesh(playbook(), seed: 7)
        var calls = 0
        mesh.addWorker("billing-1", for: ["billing"], takes: .seconds(5)...(.seconds(5))) { brief in
            calls += 1
            return answer(brief)
        }
        mesh.addWorker("logistics-1", for: ["logistics"], handler: answer)
        let complaint = mesh.submit([("billing", "Charged twice.")])
        mesh.run(for: .seconds(4))
        mesh.crashCoordinator(pause: .seconds(30))
        mesh.run(for: .seconds(40))
        #expect(mesh.runUntilReconciled(within: .seconds(30)))
        #expect(calls == 1, "the handler worked on, and its result was delivered to the next coordinator")

        let second = mesh.submit([("billing", "Charged thrice.")])
        mesh.run(for: .seconds(2))
        mesh.crashWorker("billing-1")
        mesh.run(for: .seconds(20))
        mesh.cutOff("billing-1", for: .seconds(12))
        #expect(mesh.runUntilReconciled(within: .seconds(60)))
        for complaint in [complaint, second] { #expect(mesh.record(of: complaint)?["outcome"] == "upheld") }
        #expect(mesh.breaches == [])
    }

    @Test func whatAHandlerThrowsIsToldAsForARealWorker() throws {
        struct Trouble: Error {}
        let mesh = SimulatedMesh(playbook())
        mesh.addWorker("billing-1", for: ["billing"]) { _ in throw Trouble() }
        mesh.addWorker("logistics-1", for: ["logistics"], handler: answer)
        let complaint = mesh.submit([("billing", "Charged twice."), ("logistics", "Never came.")])
        #expect(mesh.runUntilReconciled(within: .seconds(120)))
        let missing = try #require(mesh.record(of: complaint)?["missing"])
        guard case .array(let tasks) = missing else { return }
        #expect(tasks.map { $0["outcome"] } == ["failed", "skipped"])
    }

    @Test func withoutAWorkerTheRecordSaysSoAtTheDeadline() throws {
        let mesh = SimulatedMesh(playbook())
        let complaint = mesh.submit([("logistics", "Never came.")])
        #expect(!mesh.runUntilReconciled(within: .seconds(890)))
        #expect(mesh.runUntilReconciled(within: .seconds(20)))
        guard case .array(let tasks)? = mesh.record(of: complaint)?["missing"] else { return }
        #expect(tasks.map { $0["outcome"] } == ["no-worker"])
    }
}
