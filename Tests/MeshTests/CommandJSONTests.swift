import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// The members that other programs read of what `redress` prints with `--format json`.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CommandJSONTests {
    private static let words = """
        I was charged twice for order A-1001. My parcel, order A-1002, never arrived. The coffee maker from order A-1003 \
        stopped working after five days: the pump is broken and it leaks. Greetings to all.
        """

    private func json(_ arguments: [String], input: String = "") async throws -> JSON {
        let ran = try await Program.run(arguments + ["--format", "json"], input: Array(input.utf8))
        #expect(ran.code == 0, "\(arguments): \(ran.errors)")
        #expect(ran.output.hasSuffix("\n") && ran.output.split(separator: "\n").count == 1)
        return try ran.json
    }

    @Test func casesAndTheJournalAreReadByPrograms() async throws {
        try await MeshConfiguration().run { mesh in
            try await mesh.startCoordinator()
            for department in ["billing", "logistics", "technical"] { try await mesh.startSample(department) }
            await (try mesh.connect(as: "test")).close()
            let connect = ["--connect", mesh.endpoint]

            let submitted = try await json(["submit", "--key", "k"] + connect, input: Self.words)
            let reference = submitted.text("reference")
            #expect(CaseReference(reference) != nil)
            #expect(submitted.text("head").count == 64)
            #expect(submitted["repeated"] == false)

            let waited = try await json(["submit", "--key", "k", "--wait"] + connect, input: Self.words)
            expectRecord(waited, of: reference)
            #expect(try await json(["case", "show", reference] + connect) == waited)
            let listed = try await json(["case", "list"] + connect).elements("cases")
            #expect(listed.map { $0.text("reference") } == [reference])
            #expect(listed.map { $0.text("state") } == ["reconciled"])

            let (copy, restored) = ("\(mesh.folder)/copy", "\(mesh.folder)/restored")
            let backup = try await json(["backup", copy] + connect)
            #expect(backup.text("to") == copy)
            #expect(backup["cases"] == 1)
            let restore = try await json(["restore", copy, "--data", restored])
            #expect(restore.text("to") == restored)
            #expect(restore["entries"] == backup["entries"] && restore["cases"] == 1)
            let anchor = "\(reference)=\(submitted.text("head"))"
            for data in [mesh.data, restored] {
                let verified = try await json(["journal", "verify", "--data", data, "--anchor", anchor])
                #expect(verified["ok"] == true)
                #expect(verified["entries"] == backup["entries"])
            }
            try await expectTamperingIsNamed(in: "\(restored)/journal.sqlite", of: reference)
        }
    }

    private func expectRecord(_ shown: JSON, of reference: String) {
        #expect(shown.text("reference") == reference)
        #expect(shown.text("state") == "reconciled")
        let issues = shown.elements("issues")
        #expect(issues.map { $0["number"] } == [1, 2, 3])
        #expect(issues.map { $0.text("department") } == ["billing", "logistics", "technical"])
        #expect(issues.allSatisfy { Outcome(rawValue: $0.text("outcome")) != nil })
        #expect(issues.first?.text("excerpt") == "I was charged twice for order A-1001.")
        let contributions = shown.elements("contributions")
        #expect(contributions.map { $0["task"] } == [1, 2, 3, 4])
        #expect(contributions.map { $0["attempt"] } == [1, 1, 1, 1])
        #expect(contributions.map { $0.text("department") } == ["billing", "logistics", "technical", "logistics"])
        #expect(contributions.allSatisfy { $0.text("worker") == $0.text("department") })
        #expect(shown["facts"]?["charge.count#A-1001"]?["value"] == 2)
        #expect(shown["facts"]?["charge.count#A-1001"]?.text("source") == "billing task 1: payments ledger")
        #expect(shown["conflicts"] == [])
        #expect(shown["missing"] == [])
    }

    /// Changes one digit of the customer's words in a journal.
    private func expectTamperingIsNamed(in journal: String, of reference: String) async throws {
        let file = URL(fileURLWithPath: journal)
        var bytes = try Data(contentsOf: file)
        let words = try #require(bytes.firstRange(of: Data("order A-1001".utf8)))
        bytes[words.upperBound - 1] = UInt8(ascii: "9")
        try bytes.write(to: file)
        let folder = file.deletingLastPathComponent().path
        let ran = try await Program.run("journal", "verify", "--data", folder, "--format", "json")
        #expect(ran.code == 1)
        #expect(try ran.json["ok"] == false)
        for told in [try ran.json.text("fault"), ran.errors] {
            #expect(told.contains(reference) && told.contains(/turn \d+, entry \d+/), "\(told)")
        }
    }

    @Test func whatWouldBeSplitIsReadByPrograms() async throws {
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        let triage = ["triage", "-", "--config", configuration.path, "--format", "json"]
        let label: JSON = ["department": "billing", "start": 0, "end": 37]
        let labelled: JSON = ["text": .string(Self.words), "issues": [label]]
        for (line, isLabelled) in [(["text": .string(Self.words)] as JSON, false), (labelled, true)] {
            let ran = try await Program.run(triage, input: line.bytes + Array("\n".utf8))
            #expect(ran.code == 0, "\(ran.errors)")
            let lines = try ran.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
            try #require(lines.count == 2)
            let issues = lines[0].elements("issues")
            #expect(issues.map { $0.text("department") } == ["billing", "logistics", "technical"])
            #expect(issues.first?.text("excerpt") == "I was charged twice for order A-1001.")
            #expect(lines[0]["unplaced"] == ["Greetings to all."])
            #expect(lines[1]["coverage"] == 1)
            #expect(lines[1]["issueRecall"] == (isLabelled ? 1 : nil))
        }
    }
}
