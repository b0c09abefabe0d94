import RedressCase
import RedressContract
import RedressStore

/// Case `number` of a test.
func reference(_ number: UInt64) throws -> CaseReference {
    guard let reference = CaseReference(rawValue: (number &* 0x9E37_79B9_7F4A_7C15) >> 4) else { throw NoReference() }
    return reference
}

struct NoReference: Error {}

/// A digest that stands for key `number`.
func digest(_ number: UInt64) -> Digest {
    var digest = Digest.zero
    digest.words = (number, 2, 3, 4)
    return digest
}

/// An entry with a structure and a text of the complainant's.
func entry(_ text: String) -> StoredEntry {
    StoredEntry(
        structure: Array("structure of \(text)".utf8),
        parts: [
            PersonalPart(person: "complainant", bytes: Array("secret of \(text)".utf8)),
            PersonalPart(person: "witness", bytes: Array("word on \(text)".utf8)),
        ])
}

extension SQLiteJournal {
    /// Appends the next turn: `begin` are new cases, `add` are cases that get another entry.
    @discardableResult
    func append(begin: [UInt64] = [], add: [UInt64] = [], house: Bool = false) throws -> [Digest] {
        let turn = durableTurn + 1
        var rows = try (begin + add).map {
            Turn.Row(
                stream: .case(try reference($0)),
                entries: [entry("case \($0) in turn \(turn)"), StoredEntry(structure: [1])])
        }
        if house {
            rows.append(Turn.Row(stream: .house, entries: [StoredEntry(structure: [UInt8(truncatingIfNeeded: turn)])]))
        }
        let intakes = try begin.map {
            Turn.Intake(reference: try reference($0), key: digest($0), body: digest(1000 + $0))
        }
        return try append(Turn(number: turn, epoch: epoch, intakes: intakes, rows: rows))
    }

    /// Five turns over three cases and the house.
    func appendSample() throws {
        try append(begin: [1, 2])
        try append(begin: [3], add: [1], house: true)
        try append(add: [2, 1])
        try append(house: true)
        try append(add: [3, 2, 1])
    }
}

/// A view of case `number`.
func view(_ number: UInt64, state: String = "investigating", isUnfinished: Bool = true) throws -> CaseView {
    CaseView(
        reference: try reference(number), state: state, isUnfinished: isUnfinished,
        receivedAt: Timestamp(milliseconds: Int64(number)), deadline: Timestamp(milliseconds: -5), issues: 3,
        openPoints: 2,
        outcome: number.isMultiple(of: 2) ? "upheld" : nil,
        tasks: [
            CaseView.TaskView(
                number: 1, type: "billing/charge-review", department: "billing", state: "settled",
                outcome: "contributed",
                attempt: 2, worker: "Zoë's"),
            CaseView.TaskView(
                number: 2, type: "logistics/trace", department: "logistics", state: "ready", outcome: nil,
                attempt: .max,
                worker: nil),
        ],
        conflicts: [
            CaseView.ConflictView(fact: "charge.count", issues: [1, 3]), CaseView.ConflictView(fact: "", issues: []),
        ])
}
