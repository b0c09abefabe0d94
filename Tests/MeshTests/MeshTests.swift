import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// Coordinators and workers as processes of their own, and what becomes of a case when some of them do not do their part.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MeshTests {
    /// A complaint with an issue for billing, logistics and technical each.
    static let complaint = Complaint(
        text: """
            I was charged twice for order A-1001. My parcel, order A-1002, never arrived. The coffee maker from order A-1003 \
            stopped working after five days: the pump is broken and it leaks.
            """)

    /// The case as it is shown once its record is made.
    private func record(_ client: Client, _ complaint: Complaint = complaint) async throws -> JSON {
        let receipt = try await client.submit(complaint, key: "k", following: .record)
        for try await event in try #require(receipt.events) { #expect(event.isLast) }
        return try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
    }

    private func missing(_ shown: JSON) -> [String: JSON] {
        Dictionary(shown.elements("missing").map { ($0.text("type"), $0) }, uniquingKeysWith: { $1 })
    }

    @Test func aDepartmentThatNobodyWorksForIsMissing() async throws {
        let configuration = try MeshConfiguration(["case-deadline": "6s"])
        try await configuration.run { mesh in
            try await mesh.startCoordinator()
            for department in ["billing", "logistics"] { try await mesh.startSample(department) }
            let client = try await mesh.connect(as: "test")
            let shown = try await record(client)
            #expect(shown.text("outcome") == "undecided")
            #expect(
                shown.elements("contributions").map { $0.text("type") } == [
                    "billing/charge-review", "logistics/shipment-trace",
                ])
            let missing = missing(shown)
            #expect(missing.keys.sorted() == ["logistics/replacement-shipment", "technical/diagnosis"])
            #expect(missing["technical/diagnosis"]?.text("outcome") == "no-worker")
            #expect(missing["logistics/replacement-shipment"]?["required"] == false)
            #expect(shown.elements("issues").last?["outcome"] == .null)
            await client.close()
        }
    }

    @Test func whatProgramsDoWrongIsInTheRecord() async throws {
        let configuration = try MeshConfiguration(
            ["case-deadline": "8s", "retry-first": "200ms", "retry-longest": "200ms"], attempts: 2, timeLimit: "300ms")
        let folder = TemporaryFolder()
        let programs = [
            "billing": "cat > /dev/null; echo rubbish", "logistics": "echo The tracing desk is closed. >&2; exit 75",
            "technical": "sleep infinity & echo $$ $! >> \(folder.path)/pids; wait",
        ]
        try await configuration.run { mesh in
            try await mesh.startCoordinator()
            for (department, script) in programs {
                try await mesh.start(
                    department,
                    ["worker", "--department", department, "--connect", mesh.endpoint, "--exec", "sh", "-c", script])
            }
            let client = try await mesh.connect(as: "test")
            let shown = try await record(client)
            #expect(shown["contributions"] == [])
            let missing = missing(shown)
            #expect(
                missing.mapValues { $0.text("outcome") } == [
                    "billing/charge-review": "failed", "logistics/shipment-trace": "timed-out",
                    "technical/diagnosis": "failed", "logistics/replacement-shipment": "skipped",
                ])
            let reasons = missing.mapValues { $0.text("reason") }
            #expect(
                reasons["billing/charge-review"]?
                    .contains("after 2 of 2 attempts, the last one failed: The program's output is no contribution")
                    == true)
            #expect(reasons["logistics/shipment-trace"]?.hasSuffix("The tracing desk is closed.") == true)
            #expect(reasons["technical/diagnosis"]?.contains("after 2 of 2 attempts, the last one time-limit") == true)
            await client.close()
        }
        let processes = try String(contentsOfFile: "\(folder.path)/pids", encoding: .utf8).split(
            whereSeparator: \.isWhitespace)
        #expect(processes.count == 4)
        for process in processes.compactMap({ pid_t($0) }) { try await ProcessWatch.end(of: process) }
    }

    @Test func aSecondCoordinatorIsToldWhoHoldsTheFolder() async throws {
        let configuration = try MeshConfiguration()
        try await configuration.run { mesh in
            let first = try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            let second = try await Program.run(
                "coordinator", "--plain", "--config", configuration.path, "--data", mesh.data, "--bind",
                "ipc://\(mesh.folder)/second")
            #expect(second.code != 0 && second.code != nil)
            #expect(second.errors.contains("in use by process \(first)"), "\(second.errors)")
            _ = try await client.query(["query": "status"])
            await client.close()
        }
    }

    @Test func aMeshWhoseCoordinatorCannotStartSaysWhyAtOnce() async throws {
        let configuration = try MeshConfiguration()
        try await configuration.run { mesh in
            let first = try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            let began = ContinuousClock.now
            let second = try await Program.run(
                "mesh", "--config", configuration.path, "--data", mesh.data, "--bind", "ipc://\(mesh.folder)/second")
            #expect(ContinuousClock.now - began < .seconds(30))
            #expect(second.code == 1)
            #expect(second.errors.contains("in use by process \(first)"), "\(second.errors)")
            #expect(second.errors.contains("The coordinator exited with 1"), "\(second.errors)")
            #expect(second.output == "")
            await client.close()
        }
    }

    @Test func aCoordinatorThatIsAskedToLeaveDoesSoSoonAndLosesNothing() async throws {
        let configuration = try MeshConfiguration()
        try await configuration.run { mesh in
            try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            // While submissions are under way, and with workers connected.
            try await mesh.startSample("billing")
            var receipts: [String: Receipt] = [:]
            try await withThrowingTaskGroup(of: (String, Receipt).self) { group in
                for number in 1...200 {
                    let key = "\(number)"
                    group.addTask {
                        (key, try await client.submit(Complaint(text: "I was charged twice, \(key)."), key: key))
                    }
                }
                for try await (key, receipt) in group {
                    receipts[key] = receipt
                    guard receipts.count == 20 else { continue }
                    let began = ContinuousClock.now
                    await mesh.signal("coordinator", SIGTERM)
                    #expect(await mesh.ending(of: "coordinator") == .exited(0))
                    #expect(ContinuousClock.now - began < .seconds(5))
                    try await mesh.startCoordinator()
                }
            }
            let verified = try await Program.run(
                ["journal", "verify", "--data", mesh.data]
                    + receipts.values.flatMap { ["--anchor", "\($0.reference)=\($0.head)"] })
            #expect(verified.code == 0, "\(verified.errors)")
            let listed = try await client.query(["query": "cases", "limit": 1000]).elements("cases")
            #expect(Set(listed.map { $0.text("reference") }) == Set(receipts.values.map { "\($0.reference)" }))
            #expect(listed.count == 200)
            await client.close()
        }
    }
}

extension ProcessMesh {
    /// Starts a sample department's worker; by default it is called as its department.
    func startSample(_ department: String, as name: String? = nil, by launcher: [String] = []) async throws {
        try await start(
            name ?? department,
            ["sample", "worker", "--department", department, "--connect", endpoint, "--name", name ?? department],
            by: launcher)
    }
}
