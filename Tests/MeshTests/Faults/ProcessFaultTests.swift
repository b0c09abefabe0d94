import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// Any process may be killed, or stopped and resumed, at any moment, and nothing that was acknowledged is lost or done twice.
@Suite(.serialized, .timeLimit(.minutes(FaultRun.minutes))) struct ProcessFaultTests {
    private static let faults = FaultRun.asked ?? 40
    /// Complaints under way at a time from the client of the test itself.
    private static let inFlight = 8

    /// What a process is there for.
    private enum Role: String, CaseIterable {
        case coordinator, worker, client, program
    }

    /// What happens to a process.
    private enum Fault: String {
        case killed, stopped
        /// For longer than the silence after which each side gives the other up.
        case stoppedForLong = "stopped for long"

        /// How long it stands, in milliseconds.
        var milliseconds: ClosedRange<Int> { self == .stoppedForLong ? 8000...12_000 : 1...1000 }
    }

    /// Of so many faults one is a stop for long, of each of these in turn.
    private static let faultsForOneLongStop = 20
    private static let stoppedForLong = [Role.coordinator, .worker, .client]

    /// The workers: billing twice, so that tasks move between processes, and technical as a program.
    private static let workers = ["billing", "billing-2", "logistics", "technical"]
    private static let clients = ["client-1", "client-2"]

    private static func start(_ name: String, in mesh: ProcessMesh) async throws {
        switch name {
        case "coordinator": try await mesh.startCoordinator(["--log-level", "warning"])
        case "technical":
            try await mesh.start(
                name,
                [
                    "worker", "--department", name, "--connect", mesh.endpoint, "--name", name, "--exec",
                    try Program.found(), "sample", "answer", name,
                ])
        default: try await mesh.startSample(String(name.prefix { $0 != "-" }), as: name)
        }
    }

    @Test func whateverIsKilledOrStoppedEveryAcknowledgedComplaintIsReconciledOnce() async throws {
        let configuration = try MeshConfiguration(
            ["lease": "500ms", "retry-first": "20ms", "retry-longest": "200ms", "case-deadline": "1h"], attempts: 100)
        try await configuration.run { mesh in
            let began = ContinuousClock.now
            for name in ["coordinator"] + Self.workers { try await Self.start(name, in: mesh) }
            let client = try await mesh.connect(as: "test")
            let clients = ClientProcesses(MeshTests.complaint, in: mesh)
            // What happens to cases is what time is counted in here.
            let (happenings, happened) = AsyncStream.makeStream(of: Void.self)
            let harm = Task {
                defer { happened.finish() }
                return try await Self.harm(mesh, as: happenings)
            }
            async let submitted = withThrowingTaskGroup(of: [String: CaseReference].self) { group in
                for name in Self.clients {
                    group.addTask { try await clients.submit(as: name, while: happened) }
                }
                return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
            }
            let receipts = try await Self.submit(by: client, while: happened)
            let byProcesses = try await submitted
            let counts = try await harm.value

            for (key, receipt) in receipts {
                let again = try await client.submit(MeshTests.complaint, key: key)
                #expect(again.isRepeated && again.reference == receipt.reference, "\(key)")
            }
            let audit = try await CaseAudit(
                of: receipts.values.map(\.reference) + byProcesses.values, by: client)
            await client.close()
            let took = ContinuousClock.now - began
            print(
                """
                process faults: \(counts.values.reduce(0, +)) (\(counts.map { "\($0) \($1)" }.sorted().joined(separator: ", "))), \
                seed \(FaultRun.seed), \(took.components.seconds) s; \(audit)
                """)
            #expect(counts.values.reduce(0, +) == Self.faults)
            #expect(audit.isClean)
            try await expectGoodJournal(mesh.data, Array(receipts.values))
        }
    }

    /// Does harm to one process after the other, each after a random number of happenings. What is killed is started
    /// again; what is stopped is resumed after up to a second, or after a long time, and in between others come to harm too.
    ///
    /// - Returns: how often each role came to which harm.
    private static func harm(_ mesh: ProcessMesh, as happenings: AsyncStream<Void>) async throws -> [String: Int] {
        var random = SeededGenerator(seed: UInt64(FaultRun.seed))
        return try await withThrowingTaskGroup(of: Void.self) { stopped in
            var counts: [String: Int] = [:]
            var patience = Int.random(in: 1...60, using: &random)
            // The coordinator as often as any two: all depends on it.
            var role = Role.coordinator
            for await _ in happenings {
                patience -= 1
                guard patience <= 0 else { continue }
                let count = counts.values.reduce(0, +) + 1
                var fault = Bool.random(using: &random) ? Fault.killed : .stopped
                if count.isMultiple(of: faultsForOneLongStop) {
                    fault = .stoppedForLong
                    role = stoppedForLong[count / faultsForOneLongStop % stoppedForLong.count]
                }
                let names = role == .client ? clients : role == .coordinator ? ["coordinator"] : workers
                let name = role == .program ? "technical" : names.randomElement(using: &random) ?? "coordinator"
                guard let victim = await mesh.identifier(of: name) else { continue }
                var signal: @Sendable (CInt) async throws -> Void = { await mesh.signal(victim, $0) }
                if role == .program {
                    // Where no program runs at this moment, one will at a later one.
                    guard let program = ProcessWatch.children(of: victim).randomElement(using: &random),
                        let held = try ProcessWatch.Held(program, of: victim)
                    else { continue }
                    signal = { try held.signal($0) }
                }
                switch fault {
                case .stopped, .stoppedForLong:
                    let length = Duration.milliseconds(Int.random(in: fault.milliseconds, using: &random))
                    stopped.addTask { [signal] in
                        try await signal(SIGSTOP)
                        try? await Task.sleep(for: length)  // the fault itself: so long it stands
                        try await signal(SIGCONT)
                    }
                case .killed where role == .program: try await signal(SIGKILL)
                case .killed:
                    await mesh.kill(name)
                    // A client's loop starts it again.
                    if role != .client { try await start(name, in: mesh) }
                }
                counts["\(role.rawValue) \(fault.rawValue)", default: 0] += 1
                if count == faults { break }
                patience = Int.random(in: 1...60, using: &random)
                role = (Role.allCases + [.coordinator]).randomElement(using: &random) ?? .coordinator
            }
            try await stopped.waitForAll()
            return counts
        }
    }

    /// Submits complaint after complaint and follows each to its record, until nobody listens to what happens any more.
    private static func submit(
        by client: Client, while happened: AsyncStream<Void>.Continuation
    ) async throws -> [String: Receipt] {
        // Where it fails, nobody waits for what will not happen any more.
        defer { happened.finish() }
        return try await withThrowingTaskGroup(of: (String, Receipt).self) { group in
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
}
