import Foundation
import RedressContract
import RedressWire
import Testing

/// The tables of RDP-1.md say what the code does.
@Suite("The specification")
struct SpecificationTests {
    private let text: String

    init() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../Sources/RedressWire/RedressWire.docc/RDP-1.md")
        text = try String(contentsOf: file.standardized, encoding: .utf8)
    }

    /// The rows of the table whose heading has these `columns`.
    private func table(_ columns: String...) throws -> [[String]] {
        func cells(_ line: Substring) -> [String] {
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let heading = try #require(lines.firstIndex { cells($0) == columns }, "a table of \(columns)")
        let rows = lines[(heading + 2)...].prefix { $0.hasPrefix("|") }.map(cells)
        try #require(!rows.isEmpty && rows.allSatisfy { $0.count == columns.count })
        return rows
    }

    private func names(_ roles: Role) -> String {
        [(Role.worker, "worker"), (.client, "client"), (.coordinator, "coordinator")].filter { roles.contains($0.0) }
            .map(\.1)
            .joined(separator: ", ")
    }

    @Test("numbers the commands, and says who sends them, what they name and how large they are")
    func commands() throws {
        let rows = try table("number", "command", "from", "to", "names", "session", "body")
        #expect(
            rows
                == CommandKind.allCases.map { kind in
                    [
                        "\(kind.rawValue)", "\(kind)".uppercased(), names(kind.senders), names(kind.receivers),
                        kind.namesTask ? "task" : kind.namesCase ? "case" : "nothing", kind.needsSession ? "yes" : "no",
                        "\(kind.bodyBytesMaximum)",
                    ]
                })
    }

    @Test("says of each command what its arguments mean and what answers it")
    func meanings() throws {
        let rows = try table("command", "a", "b", "body", "answered by")
        #expect(rows.map { $0[0] } == CommandKind.allCases.map { "\($0)".uppercased() })
        for (row, kind) in zip(rows, CommandKind.allCases) {
            #expect((row[3] == "–") == (kind.bodyBytesMaximum == 0), "\(kind)")
        }
    }

    @Test("says which command may pass in which state")
    func states() throws {
        let rows = try table(
            "command", "worker unregistered", "worker registered", "worker draining", "client unregistered",
            "client registered")
        let columns: [(Role, PeerStates)] = [
            (.worker, .unregistered), (.worker, .registered), (.worker, .draining), (.client, .unregistered),
            (.client, .registered),
        ]
        #expect(
            rows
                == CommandKind.allCases.map { kind in
                    ["\(kind)".uppercased()]
                        + columns.map { role, state in
                            switch (
                                kind.states.contains(state) && kind.senders.contains(role),
                                kind.states.contains(state) && kind.receivers.contains(role)
                            ) {
                            case (true, true): "↔"
                            case (true, false): "→"
                            case (false, true): "←"
                            case (false, false): "–"
                            }
                        }
                })
    }

    @Test("numbers the refusals")
    func refusals() throws {
        let rows = try table("number", "name", "meaning")
        #expect(rows.map { [$0[0], $0[1]] } == Refusal.Code.allCases.map { ["\($0.rawValue)", "\($0)"] })
    }

    @Test("lays out the header")
    func layout() throws {
        let task = try #require(CaseReference(rawValue: 0x0A0B_0C0D_0E0F_1011).map { TaskID($0, 0x0102) })
        let frame = Command(
            .offer, task: task, attempt: 0x1213_1415, session: 0x1617_1819_1A1B_1C1D, first: 0x1E1F_2021,
            second: 0x2223_2425,
            properties: [.init(tag: 1, value: Array(repeating: 0, count: 0x0300))],
            body: Array(repeating: 0, count: 0x0001_0203)[...]
        ).frame
        let fields: [String: UInt64] = [
            "command": 17, "zero": 0, "task": 0x0102, "case": 0x0A0B_0C0D_0E0F_1011, "attempt": 0x1213_1415,
            "session": 0x1617_1819_1A1B_1C1D,
            "first argument": 0x1E1F_2021, "second argument": 0x2223_2425, "length of the properties": 0x0303,
            "length of the body": 0x0001_0203,
        ]
        var end = 0
        for row in try table("offset", "size", "field") {
            let offset = try #require(Int(row[0]))
            #expect(offset == end, "no gap before \(row[2])")
            guard let size = Int(row[1]) else { continue }
            end = offset + size
            #expect(frame[offset..<end].reduce(0) { $0 << 8 | UInt64($1) } == fields[row[2]], "\(row[2])")
        }
        #expect(end == Command.headerBytes)
    }

    @Test("numbers the properties")
    func properties() throws {
        #expect(
            try table("tag", "property", "value").map { [$0[0], $0[1]] } == [
                ["\(Command.Property.submissionKey)", "submission key"],
                ["\(Command.Property.traceContext)", "trace context"],
                ["\(Command.Property.deadline)", "deadline"],
            ])
    }

    @Test("states the limits")
    func limits() throws {
        #expect(
            try table("limit", "value", "reason").map { [$0[0], $0[1]] } == [
                ["commands in a message", "\(Limits.commandsMaximum)"],
                ["bytes packed into a message", "\(Limits.packedBytesMaximum)"],
                ["properties of a command", "\(Limits.propertiesBytesMaximum)"],
                ["submission key", "\(Limits.submissionKeyBytesMaximum)"],
                ["name of a worker, client or customer", "\(Limits.nameBytesMaximum)"],
                ["complaint", "\(Limits.complaintBytesMaximum)"],
                ["SUBMIT's body", "\(Limits.submissionBytesMaximum)"],
                ["brief", "\(Limits.briefBytesMaximum)"], ["contribution", "\(Limits.contributionBytesMaximum)"],
                ["RENEW's body", "\(Limits.progressBytesMaximum)"],
                ["body that opens, ends or refuses", "\(Limits.controlBytesMaximum)"],
                ["answer, event", "\(Limits.answerBytesMaximum)"],
                ["answers and events of a session", "\(Limits.sessionBytesMaximum)"],
                ["frame", "\(Limits.frameBytesMaximum)"],
            ])
        #expect(text.contains("nested at most \(JSONReader.depthMaximum) deep"))
        #expect(text.contains("at most \(ExactNumber.digitsMaximum) digits"))
    }

    @Test("shows bodies that can be read")
    func bodies() throws {
        let bodies = text.split(separator: "```json\n").dropFirst().compactMap { $0.split(separator: "```").first }
        try #require(bodies.count == 4, "READY, WELCOME, OFFER, CONTRIBUTE")
        for body in bodies { #expect(throws: Never.self) { try JSON(parsing: body.utf8) } }
        #expect(try Brief(parsing: bodies[2].utf8).findings.count == 1)
        #expect(try Contribution(parsing: bodies[3].utf8).remedies.count == 1)
    }

    @Test("shows a frame that is one")
    func example() throws {
        let start = try #require(text.range(of: "```hex\n")?.upperBound)
        let end = try #require(text.range(of: "```", range: start..<text.endIndex)?.lowerBound)
        let task = try #require(TaskID("R-0000-0000-0001-Y/1"))
        let renew = Command(.renew, task: task, attempt: 1, session: 0x0102_0304_0506_0708, first: 50)
        #expect(bytes(hexadecimal: String(text[start..<end])) == renew.frame)
    }
}
