import Foundation
import RedressCase
import RedressConfiguration
import RedressTriage
import Testing

@Suite struct FaultTests {
    typealias Code = ConfigurationError.Fault.Code

    /// One mistake in a valid configuration.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var file: String
        /// What is taken out of the file. What is wrong stands on its first line where `line` does not say otherwise.
        var old: String
        var new: String
        var line: Int?
        var code: Code
        /// What the fault says, among other things.
        var says: String
        var testDescription: String { "\(file): \(new)" }

        init(_ file: String, _ old: String, _ new: String, line: Int? = nil, _ code: Code, _ says: String) {
            self.file = file
            self.old = old
            self.new = new
            self.line = line
            self.code = code
            self.says = says
        }
    }

    @Test(arguments: [
        Mistake("playbooks.yaml", "required: false", "requird: false", .unknownKey, "did you mean \"required\"?"),
        Mistake("playbooks.yaml", "required: false", "zzzzzz: 1", .unknownKey, "known here: type, issues-of"),
        Mistake("playbooks.yaml", "required: false", "required: maybe", .wrongType, "expected true or false"),
        Mistake("playbooks.yaml", "required: false", "required: \"false\"", .wrongType, "without quotes"),
        Mistake("playbooks.yaml", "required: false", "required:", .wrongType, "there is no value"),
        Mistake("playbooks.yaml", "attempts: 2", "attempts: two", .wrongType, "expected a whole number, found \"two\""),
        Mistake("playbooks.yaml", "attempts: 2", "attempts: [2]", .wrongType, "found a list"),
        Mistake("playbooks.yaml", "attempts: 2", "attempts: 0", .outOfRange, "from 1 to 100"),
        Mistake("playbooks.yaml", "attempts: 2", "attempts: 99999999999999999999", .wrongType, "whole number"),
        Mistake("playbooks.yaml", "attempts: 2", "ends: { crashd: 1 }", .unknownKey, "did you mean \"crashed\"?"),
        Mistake("playbooks.yaml", "attempts: 2", "ends: { crashed: 0 }", .outOfRange, "from 1 to 10000"),
        Mistake("playbooks.yaml", "lease: 10s", "priority: 10", .outOfRange, "from 0 to 9"),
        Mistake(
            "mesh.yaml", "coordinator:", "scheduling: { waiting-longest: 1ms }\ncoordinator:", .outOfRange,
            "from 100ms to 7d"),
        Mistake(
            "mesh.yaml", "coordinator:", "scheduling: { departments: [{ name: biling, at-once: 1 }] }\ncoordinator:",
            .unknownName, "did you mean \"billing\"?"),
        Mistake(
            "mesh.yaml", "coordinator:", "scheduling: { clients: [{ name: shop }] }\ncoordinator:", .missingKey,
            "nothing is limited here"),
        Mistake("playbooks.yaml", "[order]", "order", .wrongType, "expected a list"),
        Mistake(
            "playbooks.yaml", "[order]", "[odrer]", .unknownName,
            "unknown particular \"odrer\"; did you mean \"order\"?"),
        Mistake("playbooks.yaml", "[order]", "[order, order]", .duplicateName, "listed twice"),
        Mistake("playbooks.yaml", "time-limit: 30s", "time-limit: 30", .malformed, "500ms, 30s, 15m, 2h or 1d"),
        Mistake("playbooks.yaml", "time-limit: 30s", "time-limit: 8d", .outOfRange, "from 10ms to 7d"),
        Mistake("playbooks.yaml", "    answers: Things.\n", "", line: 4, .missingKey, "\"answers\" is missing"),
        Mistake("playbooks.yaml", "name: technical", "name: Technical", .malformed, "lower-case letter"),
        Mistake("playbooks.yaml", "name: technical", "name: owner", .malformed, "case owner's own desk"),
        Mistake("playbooks.yaml", "name: technical", "name: billing", .duplicateName, "there twice"),
        Mistake(
            "playbooks.yaml", "type: billing/review", "type: biling/review", .unknownName, "did you mean \"billing\"?"),
        Mistake("playbooks.yaml", "type: billing/review", "type: billing", .malformed, "department/kind"),
        Mistake("playbooks.yaml", "type: billing/refund", "type: billing/review", .duplicateName, "there twice"),
        Mistake("playbooks.yaml", "after: [billing/review]", "after: [billing/reviews]", .unknownName, "did you mean"),
        Mistake("playbooks.yaml", "      - billing/review\n", "      - billing/rev\n", .unknownName, "unknown task"),
        Mistake(
            "playbooks.yaml", "after: [billing/review]", "after: [billing/refund]", .cycle,
            "technical/diagnosis → billing/refund → technical/diagnosis"),
        Mistake("playbooks.yaml", "issues-of: technical", "issues-of: techncal", .unknownName, "unknown department"),
        Mistake("playbooks.yaml", "required: false", "join: 2", .outOfRange, "from 1 to 1"),
        Mistake("playbooks.yaml", "required: false", "join: some", .wrongType, "expected a whole number"),
        Mistake("playbooks.yaml", "required: false", "within: 1y", .malformed, "500ms, 30s, 15m, 2h or 1d"),
        Mistake(
            "playbooks.yaml", "required: false", "on-failure: explode", .unknownName, "wait, proceed, skip, cancel"),
        Mistake("playbooks.yaml", "time-limit: 30s", "join: any", .unused, "comes after no other"),
        Mistake("playbooks.yaml", "time-limit: 30s", "version: 0", .outOfRange, "from 1 to 65535"),
        Mistake("playbooks.yaml", "time-limit: 30s", "asked-by: [sales]", .unknownName, "unknown department"),
        Mistake(
            "playbooks.yaml", "after: [billing/review]", "after: [billing/review]\n    on-request: true",
            line: 18, .unused, "comes on request only"),
        Mistake(
            "playbooks.yaml", "limits:", "record: { on-failure: skip }\nlimits:", .unknownName, "proceed, wait, cancel"),
        Mistake("playbooks.yaml", "lease: 10s", "asked-tasks: 65", .outOfRange, "from 0 to 64"),
        Mistake("playbooks.yaml", "key: refund.due", "key: refund.due#A-1", .malformed, "without #"),
        Mistake("playbooks.yaml", "key: refund.due", "key: Refund Due", .malformed, "names joined by dots"),
        Mistake(
            "playbooks.yaml", "owners: [billing, technical]", "owners: [billing, sales]", .unknownName, "\"sales\""),
        Mistake("playbooks.yaml", "owners: [billing, technical]", "owners: []", .outOfRange, "0 elements"),
        Mistake("playbooks.yaml", "rule: max", "rule: maximum", .unknownName, "owner, agree, latest"),
        Mistake("playbooks.yaml", "retry-longest: 60s", "retry-longest: 100ms", .outOfRange, "at least 500ms"),
        Mistake("playbooks.yaml", "lease: 10s", "lease: ~", .wrongType, "there is no value"),
        Mistake("playbooks.yaml", "lease: 10s", "lease: 10s\n  lease: 20s", .duplicateKey, "\"lease\" is there twice"),
        Mistake("playbooks.yaml", "lease: 10s", "lease: &l 10s", .anchor, "anchors and aliases"),
        Mistake("playbooks.yaml", "lease: 10s", "\tlease: 10s", .syntax, "not YAML"),
        Mistake("playbooks.yaml", "lease: 10s", "lease: \u{1}", .syntax, "not YAML"),
        Mistake("playbooks.yaml", "limits:", "---\nlimits:", .syntax, "another document"),
        Mistake("triage.yaml", "name: technical", "name: technic", .unknownName, "did you mean \"technical\"?"),
        Mistake("triage.yaml", "  - name: technical\n", "  - name: billing\n", .duplicateName, "there twice"),
        Mistake("triage.yaml", "      - <bad> price", "      - <good> price", .triage, "no set of words"),
        Mistake("triage.yaml", "[broken, fault*]", "[broken, fau*lt]", .triage, "end of a word"),
        Mistake("triage.yaml", "[\"A-####+\"]", "[\"+A\"]", .triage, "a mask begins with"),
        Mistake("triage.yaml", "- wrong", "- [wrong]", .wrongType, "expected text"),
        Mistake("triage.yaml", "displeasure:", "displeasur:", .unknownKey, "did you mean \"displeasure\"?"),
        Mistake("mesh.yaml", "workers: 2", "workers: -1", .outOfRange, "from 1 to 64"),
        Mistake("mesh.yaml", "workers: 2", "worker: 2", .unknownKey, "did you mean \"workers\"?"),
        Mistake("mesh.yaml", "name: billing", "name: sales", .unknownName, "known here: billing, technical"),
        Mistake("mesh.yaml", "- name: technical", "- name: billing", .duplicateName, "there twice"),
        Mistake("mesh.yaml", "    sample: true\n", "", line: 5, .missingKey, "either sample or exec"),
        Mistake(
            "mesh.yaml", "- name: technical", "- name: technical\n    sample: true", .duplicateKey,
            "either sample or exec"),
        Mistake("mesh.yaml", "exec: [redress, sample]", "exec: redress sample", .wrongType, "expected a list"),
        Mistake("mesh.yaml", "exec: [redress, sample]", "exec: [\"a\\0b\"]", .malformed, "a program or an argument"),
        Mistake(
            "mesh.yaml", "exec: [redress, sample]", "exec: [redress]\n    contracts: [technical/diagnosis@0]", line: 11,
            .malformed, "billing/charge-review@2"),
        Mistake(
            "mesh.yaml", "exec: [redress, sample]", "exec: [redress]\n    contracts: [billing/review@2]", line: 11,
            .unknownName, "of this department"),
        Mistake(
            "mesh.yaml", "    sample: true", "    sample: true\n    contracts: [billing/review@2]", line: 9, .unused,
            "the sample departments say themselves"),
        Mistake("mesh.yaml", "tcp://127.0.0.1:7700", "127.0.0.1:7700", .malformed, "tcp://ADDRESS:PORT"),
        Mistake("mesh.yaml", "tcp://127.0.0.1:7700", "tcp://127.0.0.1:77000", .malformed, "tcp://ADDRESS:PORT"),
        Mistake("mesh.yaml", "tcp://127.0.0.1:7700", "inproc://x", .malformed, "tcp://ADDRESS:PORT"),
    ])
    func isNamedWithFileAndLine(_ mistake: Mistake) throws {
        let valid = try #require(ConfigurationFolder.valid[mistake.file])
        let place = try #require(valid.range(of: mistake.old))
        let start = valid[..<place.lowerBound]
        let line = mistake.line ?? start.count { $0 == "\n" } + 1
        let faults = try ConfigurationFolder.read(
            mistake.file, valid.replacingCharacters(in: place, with: mistake.new)
        ).faults
        let fault = try #require(faults.first { $0.code == mistake.code }, "\(faults)")
        #expect(fault.file.hasSuffix("/\(mistake.file)"))
        #expect(fault.line == line, "\(fault)")
        #expect(fault.description.contains(mistake.says), "\(fault)")
        #expect(fault.description.hasPrefix("\(fault.file):\(line): "))
    }

    @Test func theConfigurationOfTheseTestsHasNone() throws {
        let configuration = try ConfigurationFolder.read("", nil).get()
        #expect(configuration.mesh.map(\.workers) == [2, 1])
        #expect(configuration.mesh.map(\.concurrency) == [4, 8])
        #expect(configuration.policy.tasks.map(\.timeLimitMilliseconds) == [30_000, 60_000, 60_000])
        #expect(configuration.policy.tasks.map(\.required) == [true, false, true])
        #expect(configuration.triage.departments.count == 2)
    }

    @Test func allOfThemAreFound() throws {
        var files = ConfigurationFolder.valid
        files["playbooks.yaml"]?.replace("attempts: 2", with: "attempts: 0")
        files["playbooks.yaml"]?.replace("rule: max", with: "rle: max")
        files["triage.yaml"]?.replace("- wrong", with: "- [wrong]")
        files["mesh.yaml"]?.replace("workers: 2", with: "workers: many")
        let error = try #require(try ConfigurationFolder.read(files.mapValues { Data($0.utf8) }).error)
        let faults = error.faults
        #expect(faults.map(\.code) == [.wrongType, .outOfRange, .missingKey, .unknownKey, .wrongType])
        #expect(faults.map(\.line) == [6, 10, 20, 22, 18])
        #expect(error.description.split(separator: "\n").count == faults.count)
    }

    @Test func aDepartmentWithCuesNeedsATaskAndATaskNeedsCues() throws {
        let playbooks = try #require(ConfigurationFolder.valid["playbooks.yaml"])
        let withoutTask = playbooks.replacing("    issues-of: technical\n", with: "").replacing(
            "technical/diagnosis\n    after: [billing/review]", with: "billing/diagnosis\n    after: [billing/review]"
        ).replacing("- technical/diagnosis", with: "- billing/diagnosis")
        let unanswered = try ConfigurationFolder.read("playbooks.yaml", withoutTask).faults
        #expect(unanswered.map(\.code) == [.unused, .unused])
        #expect(unanswered.map(\.line) == [4, 13])
        #expect(unanswered.last?.file.hasSuffix("triage.yaml") == true)

        let triage = try #require(ConfigurationFolder.valid["triage.yaml"])
        let cut = try #require(triage.range(of: "  - name: technical"))
        let uncued = try ConfigurationFolder.read("triage.yaml", String(triage[..<cut.lowerBound])).faults
        #expect(uncued.map(\.code) == [.unused, .unused])
        #expect(uncued.map(\.line) == [11, 15])
    }

    @Test(arguments: ["playbooks.yaml", "triage.yaml", "mesh.yaml"])
    func aFileMustBeThereAndHoldSomething(_ name: String) throws {
        #expect(try ConfigurationFolder.read(name, nil).faults.map(\.code) == [.unreadable])
        #expect(try ConfigurationFolder.read(name, "").faults.map(\.code) == [.empty])
        #expect(try ConfigurationFolder.read(name, "# nothing but this\n").faults.map(\.code) == [.empty])
        #expect(try ConfigurationFolder.read(name, "- a list\n").faults.map(\.code) == [.wrongType])
        let large = String(repeating: "# a long comment\n", count: 70_000)
        #expect(try ConfigurationFolder.read(name, large).faults.map(\.code) == [.tooLarge])
    }

    @Test func bytesThatAreNoTextAreNamedWithTheirLine() throws {
        var files = ConfigurationFolder.valid.mapValues { Data($0.utf8) }
        files["mesh.yaml"]?.append(contentsOf: [0x23, 0x20, 0xC3, 0xA4, 0x0A, 0x23, 0xE2, 0x82, 0x0A])
        let faults = try ConfigurationFolder.read(files).faults
        #expect(faults.map(\.code) == [.notText])
        #expect(faults.map(\.line) == [12])
    }

    @Test func aFolderThatIsNoneCannotBeRead() {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.read(folder: "/dev/null") }
        #expect(error?.faults.map(\.code) == [.unreadable, .unreadable, .unreadable])
        #expect(error?.faults.last?.file == "/dev/null/triage.yaml")
    }

    @Test func aFolderInThePlaceOfAFileCannotBeRead() throws {
        let faults = try ConfigurationFolder.with { folder in
            var files = ConfigurationFolder.valid.mapValues { Data($0.utf8) }
            files["mesh.yaml"] = nil
            try folder.write(files)
            try FileManager.default.createDirectory(
                at: folder.url.appendingPathComponent("mesh.yaml"), withIntermediateDirectories: false)
            return folder.read().faults
        }
        #expect(faults.map(\.code) == [.unreadable])
        #expect(faults.map(\.reason) == ["the file cannot be read"])
    }

    @Test func aliasesCannotMakeAFileGrow() throws {
        let levels = (1...20).map {
            "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ", "))]"
        }
        let bomb = (["a0: &a0 x"] + levels + ["? *a20\n: 1"]).joined(separator: "\n")
        #expect(try ConfigurationFolder.read("mesh.yaml", bomb).faults.map(\.code) == [.anchor])
    }

    @Test func depthIsBounded() throws {
        let deep = String(repeating: "[", count: 200_000)
        #expect(try ConfigurationFolder.read("mesh.yaml", deep).faults.map(\.code) == [.syntax])
        let blocks = String(repeating: "- ", count: 200_000)
        #expect(try ConfigurationFolder.read("mesh.yaml", blocks).faults.map(\.code) == [.syntax])
    }
}
