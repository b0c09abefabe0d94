import Foundation
import RedressContract
import Testing

/// `redress demo`, run as a person would run it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DemoTests {
    @Test func oneCommandMakesOneCaseRecord() async throws {
        let configuration = try MeshConfiguration()
        let ran = try await configuration.demo("--format", "json")
        #expect(ran.code == 0, "\(ran.errors)")
        #expect(ran.output.split(separator: "\n").count == 1)
        let shown = try ran.json
        #expect(CaseReference(shown.text("reference")) != nil)
        #expect(shown.text("state") == "reconciled")
        let issues = shown.elements("issues")
        #expect(issues.map { $0["number"] } == (1...6).map { .number(ExactNumber($0)) })
        #expect(issues.allSatisfy { !$0.text("excerpt").isEmpty && Outcome(rawValue: $0.text("outcome")) != nil })
        #expect(Set(issues.map { $0.text("department") }) == ["billing", "logistics", "technical"])
        let contributions = shown.elements("contributions")
        #expect(
            contributions.map { $0.text("type") } == [
                "billing/charge-review", "logistics/shipment-trace", "technical/diagnosis",
                "logistics/replacement-shipment",
            ])
        for (index, contribution) in contributions.enumerated() {
            #expect(contribution["task"] == .number(ExactNumber(index + 1)))
            #expect(contribution["attempt"] == 1)
            let workers = contribution.text("department") == "logistics" ? 1...2 : 1...1
            #expect(workers.contains { contribution.text("worker") == "\(contribution.text("department"))-\($0)" })
        }
        #expect(
            issues.map { $0.text("outcome") } == ["upheld", "cannot-say", "upheld", "upheld", "upheld", "cannot-say"])
        let remedies = contributions.flatMap { $0.elements("remedies") }
        #expect(remedies.map { $0.text("kind") } == ["refund", "replacement", "apology", "replacement"])
        #expect(remedies.map { $0["issue"] } == [1, 3, 5, 4])
        #expect(shown["facts"]?["charge.count#A-1001"]?["value"] == 2)
        #expect(shown["facts"]?["charge.count#A-1001"]?.text("source") == "billing task 1: payments ledger")
        #expect(shown["conflicts"] == [])
        #expect(shown["missing"] == [])
    }

    @Test func theDemoReadsAComplaintAndPrintsForPeople() async throws {
        let words = "I was charged twice for order A-1011."
        let configuration = try MeshConfiguration()
        let ran = try await configuration.demo("-", input: Array(words.utf8))
        #expect(ran.code == 0, "\(ran.errors)")
        for part in [words, "What happens", "reconciled", "“\(words)”", "billing/charge-review"] {
            #expect(ran.output.contains(part), "\(part) is not in the output")
        }
        #expect(!ran.output.contains("\u{1B}"))
    }

    @Test func factsOfTwoOrdersAreKeptApart() async throws {
        let words = "I was charged twice for order A-1007. My parcel, order A-1009, never arrived."
        let configuration = try MeshConfiguration()
        let shown = try await configuration.demo("-", "--format", "json", input: Array(words.utf8)).json
        #expect(shown["facts"]?["delivery.date#A-1007"]?.text("value") == "2026-03-11")
        #expect(shown["facts"]?["delivery.date#A-1009"]?.text("value") == "2026-01-30")
        #expect(shown["facts"]?["delivery.date"] == nil)
    }

    @Test func anOrderThatNobodyKnowsIsSaidToBeUnknown() async throws {
        let words = "My parcel, order A-9999, never arrived."
        let configuration = try MeshConfiguration()
        let ran = try await configuration.demo("-", input: Array(words.utf8))
        for part in ["Order A-9999 is not in the shipment register", "Issue 1 of logistics has no outcome: cannot-say"]
        {
            #expect(ran.output.contains(part), "\(part) is not in the output")
        }
    }

    /// Nobody works for technical: the demo waits for its task until somebody stops it.
    private static let withoutTechnical = "  - { name: billing, sample: true }\n  - { name: logistics, sample: true }"
    /// Technical's program works for ever.
    private static let endlessTechnical = withoutTechnical + "\n  - { name: technical, exec: [sleep, infinity] }"

    /// Starts a demo, sends `signal` to it, or to its process called `victim`, when its output says `moment`, and waits
    /// until all of its processes have ended.
    private func interrupt(
        _ departments: String?, _ arguments: String..., at moment: String, by signal: CInt, to victim: String? = nil
    ) async throws -> Program.Ran {
        let configuration = try MeshConfiguration(departments: departments)
        defer { withExtendedLifetime(configuration) {} }
        var descendants: [pid_t] = []
        var folder: String?
        let ran = try await Program.run(["demo", "--config", configuration.path] + arguments, at: moment) { demo, _ in
            descendants = ProcessWatch.descendants(of: demo)
            folder = descendants.flatMap { ProcessWatch.arguments(of: $0) }.first { $0.hasPrefix("ipc://") }
                .map { URL(fileURLWithPath: String($0.dropFirst(6))).deletingLastPathComponent().path }
            guard let victim else {
                _ = kill(demo, signal)
                return
            }
            let target = descendants.first { ProcessWatch.arguments(of: $0).contains(victim) }
            try ProcessWatch.Held(try #require(target), of: demo)?.signal(signal)
        }
        #expect(descendants.count >= 3)
        for process in descendants { try await ProcessWatch.end(of: process) }
        // Who is killed cannot tidy up; everybody else does.
        let isKilled = signal == SIGKILL && victim == nil
        let path = try #require(folder)
        #expect(FileManager.default.fileExists(atPath: path) == isKilled)
        if isKilled { try FileManager.default.removeItem(atPath: path) }
        return ran
    }

    @Test func aKilledDemoLeavesNoProcess() async throws {
        let ran = try await interrupt(Self.withoutTechnical, at: "contributed by billing-1", by: SIGKILL)
        #expect(ran.code == nil)
    }

    @Test func aDemoKilledOverAProgramLeavesNoProcess() async throws {
        let ran = try await interrupt(Self.endlessTechnical, at: "taken by technical-1", by: SIGKILL)
        #expect(ran.code == nil)
    }

    @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedDemoEndsInOrderWithoutARecord(_ signal: CInt) async throws {
        let ran = try await interrupt(Self.withoutTechnical, at: "contributed by billing-1", by: signal)
        #expect(ran.code == 128 + signal)
        #expect(!ran.output.contains("Case R-"))
    }

    @Test func aDemoInterruptedOverAProgramEndsItTooAndIsNotKept() async throws {
        let ran = try await interrupt(Self.endlessTechnical, "--keep", at: "taken by technical-1", by: SIGINT)
        #expect(ran.code == 130)
    }

    @Test(arguments: ["coordinator", "billing-1"]) func aDemoThatLosesAProcessSaysWhichAndEnds(
        _ name: String
    ) async throws {
        let ran = try await interrupt(
            Self.withoutTechnical, at: "contributed by billing-1", by: SIGKILL, to: name)
        #expect(ran.code == 1)
        #expect(ran.errors.contains("\(name) ended by signal 9"), "\(ran.errors)")
        #expect(!ran.output.contains("Case R-"))
    }

    @Test func aDemoThatIsKeptHasItsRecordOutAtOnce() async throws {
        let ran = try await interrupt(nil, "--keep", at: "“I have been a customer for eleven years.”\n", by: SIGINT)
        #expect(ran.code == 0)
        #expect(ran.errors.contains("redress case journal R-"), "\(ran.errors)")
    }
}

extension MeshConfiguration {
    /// Runs the demo of this configuration to its end.
    fileprivate func demo(_ arguments: String..., input: [UInt8] = []) async throws -> Program.Ran {
        defer { withExtendedLifetime(self) {} }
        return try await Program.run(["demo", "--config", path] + arguments, input: input)
    }
}
