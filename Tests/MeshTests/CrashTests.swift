import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// Any process may be killed at any moment, and nothing that was acknowledged is lost or done twice.
@Suite(.serialized, .timeLimit(.minutes(10))) struct CrashTests {
    /// How many processes are killed; `REDRESS_CRASHES` asks for more.
    private static let crashes = number(in: "REDRESS_CRASHES") ?? 40
    /// Which processes and when; `REDRESS_SEED` repeats a run as far as the machine does.
    private static let seed = number(in: "REDRESS_SEED") ?? Int.random(in: 1...1_000_000)
    /// Complaints under way at a time.
    private static let inFlight = 12

    private static func number(in variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    /// The workers: billing twice, so that tasks move between processes, and technical as a program.
    private static let workers = ["billing", "billing-2", "logistics", "technical"]

    private static func start(_ name: String, in mesh: ProcessMesh) async throws {
        let program = try Program.found()
        switch name {
        case "coordinator": try await mesh.startCoordinator(["--log-level", "warning"])
        case "technical":
            try await mesh.start(
                name,
                [
                    "worker", "--department", name, "--connect", mesh.endpoint, "--name", name, "--exec", program,
                    "sample",
                    "answer", name,
                ])
        default: try await mesh.startSample(String(name.prefix { $0 != "-" }), as: name)
        }
    }

    @Test func whateverIsKilledEveryAcknowledgedComplaintIsReconciledOnce() async throws {
        let configuration = try MeshConfiguration(
            ["lease": "500ms", "retry-first": "20ms", "retry-longest": "200ms", "case-deadline": "1h"], attempts: 100)
        try await configuration.run { mesh in
            for name in ["coordinator"] + Self.workers { try await Self.start(name, in: mesh) }
            let client = try await mesh.connect(as: "test")
            // What happens to cases is what time is counted in here.
            let (happenings, happened) = AsyncStream.makeStream(of: Void.self)
            let killing = Task {
                defer { happened.finish() }
                return try await Self.kill(in: mesh, as: happenings)
            }
            let receipts = try await Self.submit(by: client, while: happened)
            let killed = try await killing.value
            print("crash test: seed \(Self.seed), \(receipts.count) complaints, killed: \(killed)")
            #expect(killed.values.reduce(0, +) == Self.crashes)

            for (key, receipt) in receipts {
                let again = try await client.submit(MeshTests.complaint, key: key)
                #expect(again.isRepeated)
                #expect(again.reference == receipt.reference)
                try await expectOneOfEverything(receipt.reference, by: client)
            }
            let status = try await client.query(["query": "status"])
            #expect(status["openCases"] == 0)
            #expect(status["setAside"] == [])
            let listed = try await client.query(["query": "cases", "limit": 1000]).elements("cases")
            #expect(listed.count == min(receipts.count, 1000))
            await client.close()
            let verified = try await Program.run(
                ["journal", "verify", "--data", mesh.data]
                    + receipts.values.flatMap { ["--anchor", "\($0.reference)=\($0.head)"] })
            #expect(verified.code == 0, "\(verified.errors)")
        }
    }

    /// Kills one process after the other, each after a random number of happenings, and starts it again.
    ///
    /// - Returns: how often each was killed.
    private static func kill(in mesh: ProcessMesh, as happenings: AsyncStream<Void>) async throws -> [String: Int] {
        var random = SeededGenerator(seed: UInt64(seed))
        var killed: [String: Int] = [:]
        var patience = Int.random(in: 1...80, using: &random)
        for await _ in happenings {
            patience -= 1
            guard patience <= 0 else { continue }
            // The coordinator as often as two workers: all depends on it, and it takes longest to be back.
            let victim = (workers + ["coordinator", "coordinator"]).randomElement(using: &random) ?? "coordinator"
            await mesh.kill(victim)
            try await start(victim, in: mesh)
            killed[victim, default: 0] += 1
            if killed.values.reduce(0, +) == crashes { break }
            patience = Int.random(in: 1...80, using: &random)
        }
        return killed
    }

    /// Submits complaint after complaint and follows each to its record, until nobody listens to what happens any more.
    private static func submit(
        by client: Client, while happened: AsyncStream<Void>.Continuation
    ) async throws -> [String: Receipt] {
        try await withThrowingTaskGroup(of: (String, Receipt).self) { group in
            var receipts: [String: Receipt] = [:]
            var submitted = 0
            func submitNext() {
                submitted += 1
                let key = "complaint \(submitted)"
                group.addTask {
                    let receipt = try await client.submit(MeshTests.complaint, key: key, following: .everyEntry)
                    for try await _ in try #require(receipt.events) { happened.yield() }
                    return (key, receipt)
                }
            }
            for _ in 1...inFlight { submitNext() }
            while let (key, receipt) = try await group.next() {
                receipts[key] = receipt
                if case .terminated = happened.yield() { continue }
                submitNext()
            }
            return receipts
        }
    }

    /// Checks that the journal of a case tells of one intake, one record, and one contribution to each task.
    private func expectOneOfEverything(_ reference: CaseReference, by client: Client) async throws {
        let journal = try await client.query(["query": "journal", "reference": .string("\(reference)")])
        let entries = journal.elements("rows").flatMap { $0.elements("entries") }
        func count(_ type: String) -> Int { entries.count { $0.text("type") == type } }
        for type in ["received", "assessed", "planned", "reconciled"] {
            #expect(count(type) == 1, "\(type) in \(reference)")
        }
        #expect(count("ended") == 0, "\(reference)")
        let contributed = entries.filter { $0.text("type") == "contributed" }.compactMap { $0["task"] }
        #expect(contributed.count == 4 && Set(contributed).count == 4, "\(reference): \(contributed)")
        let shown = try await client.query(["query": "case", "reference": .string("\(reference)")])
        #expect(shown.text("state") == "reconciled")
        #expect(shown.elements("contributions").count == 4)
        #expect(shown["missing"] == [])
    }
}
