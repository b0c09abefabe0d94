import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// The coordinator on one host, workers and clients on another, and the link between them cut again and again.
@Suite(
    .serialized, .timeLimit(.minutes(FaultRun.minutes)),
    .enabled("Network namespaces need root, and the programs unshare, nsenter and ip.") { await Hosts.areAvailable() })
struct PartitionTests {
    /// A cut takes seconds: there are fewer of them than of other faults.
    private static let cuts = FaultRun.asked.map { max($0 / 10, 1) } ?? 4
    private static let clients = (1...4).map { "client-\($0)" }

    @Test func howeverTheLinkIsCutAllFindTheCoordinatorAgainAndNothingIsLost() async throws {
        let configuration = try MeshConfiguration(
            ["lease": "1s", "retry-first": "20ms", "retry-longest": "200ms", "case-deadline": "1h"], attempts: 100)
        let departments = ["billing", "logistics", "technical"]
        try await Hosts.run { hosts in
            try await configuration.run(at: "tcp://\(hosts.near.address):7700") { mesh in
                let began = ContinuousClock.now
                try await mesh.startCoordinator(["--log-level", "warning"], by: hosts.near.launcher)
                for department in departments { try await mesh.startSample(department, by: hosts.far.launcher) }
                let first = await Self.identifiers(of: departments, in: mesh)
                let clients = ClientProcesses(MeshTests.complaint, in: mesh, by: hosts.far.launcher)
                let (happenings, happened) = AsyncStream.makeStream(of: Void.self)
                let cutting = Task {
                    defer { happened.finish() }
                    return try await Self.cut(hosts, as: happenings)
                }
                let cases = try await withThrowingTaskGroup(of: [String: CaseReference].self) { group in
                    for name in Self.clients {
                        group.addTask { try await clients.submit(as: name, while: happened) }
                    }
                    return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
                }
                let counts = try await cutting.value
                #expect(await Self.identifiers(of: departments, in: mesh) == first, "a worker had to be started again")
                await mesh.kill("coordinator")

                // The host is out of this process's reach; another coordinator, on this one, tells what became of all.
                let audit = try await configuration.run(data: mesh.data) { mesh in
                    try await mesh.startCoordinator()
                    let client = try await mesh.connect(as: "auditor")
                    let audit = try await CaseAudit(of: Array(cases.values), by: client)
                    await client.close()
                    return audit
                }
                let took = ContinuousClock.now - began
                print(
                    """
                    partitions: \(counts.values.reduce(0, +)) (\(counts.map { "\($0) \($1)" }.sorted().joined(separator: ", "))), \
                    seed \(FaultRun.seed), \(took.components.seconds) s; \(audit)
                    """)
                #expect(counts.values.reduce(0, +) == Self.cuts)
                #expect(audit.isClean)
                try await expectGoodJournal(mesh.data, [])
            }
        }
    }

    private static func identifiers(of names: [String], in mesh: ProcessMesh) async -> [Int32?] {
        var identifiers: [Int32?] = []
        for name in names { identifiers.append(await mesh.identifier(of: name)) }
        return identifiers
    }

    /// Cuts the link each time that some complaints have got their record, and mends it after a while: some cuts are
    /// over before anybody notices, others outlast leases and the silence that ends a connection.
    ///
    /// - Returns: how often it was cut in which way.
    private static func cut(_ hosts: Hosts, as happenings: AsyncStream<Void>) async throws -> [String: Int] {
        var random = SeededGenerator(seed: UInt64(FaultRun.seed))
        var counts: [String: Int] = [:]
        var patience = 4
        for await _ in happenings {
            patience -= 1
            guard patience <= 0 else { continue }
            // Each way in turn.
            let cut = hosts.cuts[counts.values.reduce(0, +) % hosts.cuts.count]
            let length = Duration.milliseconds(
                [Int.random(in: 100...1500, using: &random), Int.random(in: 1500...9000, using: &random)]
                    .randomElement(using: &random) ?? 0)
            try await hosts.cut(cut)
            try await Task.sleep(for: length)  // the fault itself: so long the link is cut
            try await hosts.mend(cut)
            counts[cut.rawValue, default: 0] += 1
            if counts.values.reduce(0, +) == cuts { break }
            patience = Int.random(in: 2...8, using: &random)
        }
        return counts
    }
}
