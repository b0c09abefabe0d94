package import RedressCase
internal import RedressContract

/// What a store promises and did not keep.
package struct JournalBreach: Error, Sendable, CustomStringConvertible {
    /// The promise that was broken.
    package let description: String
}

/// One suite for all stores: what the coordinator relies on, whichever journal lies beneath it.
package struct JournalConformance {
    /// Opens one store: first empty, later with what was appended. A call ends the opening before.
    package typealias Opening = () throws -> any Journal

    private let newStore: () throws -> Opening

    /// Checks all promises.
    ///
    /// - Parameter newStore: makes an empty store each time, and says how to open it.
    /// - Throws: a ``JournalBreach`` at the first broken promise; what a store threw out of season.
    package static func check(_ newStore: @escaping () throws -> Opening) throws {
        let suite = JournalConformance(newStore: newStore)
        try suite.checkEmpty()
        try suite.checkReadBack()
        try suite.checkReopening()
        try suite.checkIntakes()
        try suite.checkEpochs()
        try suite.checkTurnOrder()
        try suite.checkConflicts()
        try suite.checkMalformedTurns()
        try suite.checkUnfinished()
        try suite.checkForgetting()
        try suite.checkErasure()
    }

    private func checkEmpty() throws {
        let journal = try newStore()()
        try expect(journal.durableTurn == 0, "an empty store has no turn")
        try expect(journal.epoch.number >= 1, "epochs count from 1")
        try expect(try journal.entries(of: .house).isEmpty, "an empty store has no house entries")
        try expect(try journal.entries(of: .case(reference(1))).isEmpty, "an unknown case has no entries")
        try expect(try journal.intake(key: digest(1)) == nil, "an empty store knows no key")
        try expect(try unfinished(journal).isEmpty, "an empty store has no unfinished case")
    }

    private func checkReadBack() throws {
        let journal = try newStore()()
        let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let entries = [
            StoredEntry(structure: []),
            StoredEntry(
                structure: [0, 255, 0], parts: [PersonalPart(person: "complainant", bytes: Array("Zoë".utf8))]),
            StoredEntry(
                structure: long,
                parts: [
                    PersonalPart(person: "complainant", bytes: []), PersonalPart(person: "representative", bytes: long),
                    PersonalPart(person: "complainant", bytes: nil), PersonalPart(person: "", bytes: [0]),
                ]),
        ]
        let heads = try journal.append(
            Turn(
                number: 1, epoch: journal.epoch, intakes: [intake(1), intake(2)],
                rows: [
                    Turn.Row(stream: .case(reference(2)), entries: entries),
                    Turn.Row(stream: .house, entries: [StoredEntry(structure: [7])]),
                    Turn.Row(stream: .case(reference(1)), entries: [entry(1)]),
                ]))
        try expect(heads.count == 3 && Set(heads).count == 3, "each row of a turn has a head of its own")
        _ = try journal.append(
            Turn(
                number: 2, epoch: journal.epoch,
                rows: [Turn.Row(stream: .case(reference(2)), entries: [entry(2), entry(3)])]))
        try expect(
            try journal.entries(of: .case(reference(2))) == entries + [entry(2), entry(3)],
            "what was appended is read back byte for byte, in order")
        try expect(
            try journal.entries(of: .house) == [StoredEntry(structure: [7])], "the house has a stream of its own")
        try expect(try journal.entries(of: .case(reference(1))) == [entry(1)], "streams do not mix")
        _ = try journal.append(Turn(number: 3, epoch: journal.epoch, rows: []))
        try expect(journal.durableTurn == 3, "a turn without rows counts")
    }

    private func checkReopening() throws {
        let open = try newStore()
        var journal = try open()
        let first = journal.epoch
        for number in 1...5 as ClosedRange<UInt64> { try begin(number, turn: number, in: journal) }
        journal = try open()
        try expect(journal.epoch.number > first.number, "each opening has a greater epoch")
        try expect(journal.epoch.nonce != first.nonce, "each opening has other random bits")
        try expect(journal.durableTurn == 5, "an opened store knows its last turn")
        for number in 1...5 as ClosedRange<UInt64> {
            try expect(try journal.entries(of: .case(reference(number))) == [entry(number)], "turns outlive an opening")
        }
        try begin(6, turn: 6, in: journal)
        try add(7, to: 1, turn: 7, in: journal)
        try expect(
            try journal.entries(of: .case(reference(1))) == [entry(1), entry(7)], "a stream goes on after an opening")
    }

    private func checkIntakes() throws {
        let open = try newStore()
        var journal = try open()
        let heads = try begin(1, turn: 1, in: journal)
        try add(2, to: 1, turn: 2, in: journal)
        let known = KnownIntake(reference: reference(1), body: digest(1001), turn: 1, head: heads[0])
        try expect(try journal.intake(key: digest(1)) == known, "an intake is known by its key, with its first head")
        try expect(try journal.intake(key: digest(2)) == nil, "another key is not known")
        journal = try open()
        try expect(try journal.intake(key: digest(1)) == known, "an intake outlives an opening")
    }

    private func checkEpochs() throws {
        let open = try newStore()
        var journal = try open()
        let first = journal.epoch
        try begin(1, turn: 1, in: journal)
        journal = try open()
        try expectUnchanged(journal, .staleEpoch, "a turn of an epoch before is refused") {
            try add(2, to: 1, turn: 2, epoch: first, in: journal)
        }
        let forged = Epoch(number: journal.epoch.number, nonce: ~journal.epoch.nonce)
        try expectUnchanged(journal, .staleEpoch, "a turn of an epoch with other random bits is refused") {
            try add(2, to: 1, turn: 2, epoch: forged, in: journal)
        }
        try add(2, to: 1, turn: 2, in: journal)
    }

    private func checkTurnOrder() throws {
        let journal = try newStore()()
        try begin(1, turn: 1, in: journal)
        for number in [0, 1, 3, .max] as [UInt64] {
            try expectUnchanged(journal, .badTurn, "a turn that is not the next one is refused") {
                try add(2, to: 1, turn: number, in: journal)
            }
        }
        try add(2, to: 1, turn: 2, in: journal)
    }

    private func checkConflicts() throws {
        let journal = try newStore()()
        try begin(1, turn: 1, in: journal)
        let cases: [(String, [Turn.Intake])] = [
            (
                "a reference that exists is reported",
                [intake(2), Turn.Intake(reference: reference(1), key: digest(3), body: digest(3))]
            ),
            (
                "a key that exists is reported",
                [intake(2), Turn.Intake(reference: reference(3), key: digest(1), body: digest(3))]
            ),
            (
                "one key twice in a turn is reported",
                [intake(2), Turn.Intake(reference: reference(3), key: digest(2), body: digest(3))]
            ),
        ]
        for (promise, intakes) in cases {
            try expectUnchanged(journal, .keyConflict, promise) {
                let rows = Set(intakes.map(\.reference)).map { Turn.Row(stream: .case($0), entries: [entry(9)]) }
                _ = try journal.append(Turn(number: 2, epoch: journal.epoch, intakes: intakes, rows: rows))
            }
        }
        try expect(try journal.intake(key: digest(2)) == nil, "a refused turn leaves no key")
        try begin(2, turn: 2, in: journal)
        try add(3, to: 1, turn: 3, in: journal)
        try expect(
            try journal.entries(of: .case(reference(1))) == [entry(1), entry(3)], "a stream goes on after a refusal")
    }

    private func checkMalformedTurns() throws {
        let journal = try newStore()()
        try begin(1, turn: 1, in: journal)
        let good = Turn.Row(stream: .case(reference(1)), entries: [entry(2)])
        let turns: [(String, [Turn.Intake], [Turn.Row])] = [
            (
                "a row for a case that never began is refused", [],
                [good, Turn.Row(stream: .case(reference(2)), entries: [entry(2)])]
            ),
            ("an intake without a row is refused", [intake(2)], [good]),
            ("two rows for one stream are refused", [], [good, good]),
            ("a row without entries is refused", [], [good, Turn.Row(stream: .house, entries: [])]),
        ]
        for (promise, intakes, rows) in turns {
            try expectUnchanged(journal, .badTurn, promise) {
                _ = try journal.append(Turn(number: 2, epoch: journal.epoch, intakes: intakes, rows: rows))
            }
        }
        try add(2, to: 1, turn: 2, in: journal)
    }

    private func checkUnfinished() throws {
        let open = try newStore()
        var journal = try open()
        for number in 1...4 as ClosedRange<UInt64> { try begin(number, turn: number, in: journal) }
        try expect(
            try unfinished(journal) == Set((1...4).map(reference)),
            "a case that the views do not show yet is unfinished")
        try journal.project(
            [view(1, isUnfinished: true), view(2, isUnfinished: false), view(3, isUnfinished: false)], upTo: 3)
        try expect(
            try unfinished(journal) == [reference(1), reference(4)],
            "a case is unfinished that is open in the views or that they do not show yet")
        try journal.project([view(4, isUnfinished: false)], upTo: 4)
        try add(5, to: 2, turn: 5, in: journal)
        _ = try journal.append(
            Turn(number: 6, epoch: journal.epoch, rows: [Turn.Row(stream: .house, entries: [entry(6)])]))
        journal = try open()
        try expect(
            try unfinished(journal) == [reference(1), reference(2)],
            "a finished case with later entries is unfinished again")
        try journal.project([view(1, isUnfinished: false), view(2, isUnfinished: false)], upTo: 6)
        try expect(try unfinished(journal).isEmpty, "no case is unfinished when the views say so")
        try expectUnchanged(journal, .badTurn, "the views cannot show a turn to come") {
            try journal.project([view(1, isUnfinished: true)], upTo: 7)
        }
    }

    private func checkForgetting() throws {
        let journal = try newStore()()
        try begin(1, turn: 1, in: journal)
        journal.forget(reference(1))
        journal.forget(reference(2))
        try add(2, to: 1, turn: 2, in: journal)
        try expect(
            try journal.entries(of: .case(reference(1))) == [entry(1), entry(2)],
            "a forgotten case is read again when needed")
    }

    private func checkErasure() throws {
        let open = try newStore()
        var journal = try open()
        try begin(1, turn: 1, in: journal)
        try begin(2, turn: 2, in: journal)
        try add(3, to: 1, turn: 3, in: journal)
        let erasure = Entry(
            at: Timestamp(milliseconds: 1), actor: "client:desk",
            event: .erased(person: "complainant", reason: "on request")
        ).stored
        var witnessed = entry(4)
        witnessed.parts.append(PersonalPart(person: "witness", bytes: [7]))
        let row = Turn.Row(stream: .case(reference(1)), entries: [witnessed, erasure, entry(5)])
        try expectUnchanged(journal, .badTurn, "a refused erasure erases nothing") {
            _ = try journal.append(Turn(number: 9, epoch: journal.epoch, rows: [row]))
        }
        _ = try journal.append(Turn(number: 4, epoch: journal.epoch, rows: [row]))
        let left = [erased(entry(1)), erased(entry(3)), erased(witnessed), erasure, entry(5)]
        try expect(
            try journal.entries(of: .case(reference(1))) == left,
            "an erasure takes what was said of its person before it, and nothing else")
        try expect(
            try journal.entries(of: .case(reference(2))) == [entry(2)], "an erasure leaves other streams as they are")
        journal = try open()
        try expect(try journal.entries(of: .case(reference(1))) == left, "an erasure outlives an opening")
        try add(6, to: 1, turn: 5, in: journal)
        _ = try journal.append(
            Turn(
                number: 6, epoch: journal.epoch,
                rows: [Turn.Row(stream: .case(reference(1)), entries: [erasure])]))
        try expect(
            try journal.entries(of: .case(reference(1)))
                == left.dropLast() + [erased(entry(5)), erased(entry(6)), erasure],
            "what came after an erasure is taken by the next")
    }

    private func erased(_ entry: StoredEntry) -> StoredEntry {
        var entry = entry
        for index in entry.parts.indices where entry.parts[index].person == "complainant" {
            entry.parts[index].bytes = nil
        }
        return entry
    }
}

/// The material of the suite: cases, keys and entries by number.
extension JournalConformance {
    private func reference(_ number: UInt64) -> CaseReference {
        // Spread over the 60 bits, as random references are.
        var generator = SystemRandomNumberGenerator()
        return CaseReference(rawValue: (number &* 0x9E37_79B9_7F4A_7C15) >> 4) ?? .random(using: &generator)
    }

    private func digest(_ number: UInt64) -> Digest {
        var digest = Digest.zero
        digest.words = (number, ~number, number &* 31, 1)
        return digest
    }

    private func intake(_ number: UInt64) -> Turn.Intake {
        Turn.Intake(reference: reference(number), key: digest(number), body: digest(1000 + number))
    }

    private func entry(_ number: UInt64) -> StoredEntry {
        StoredEntry(
            structure: Array("entry \(number)".utf8),
            parts: [PersonalPart(person: "complainant", bytes: Array("text \(number)".utf8))])
    }

    private func view(_ number: UInt64, isUnfinished: Bool) -> CaseView {
        CaseView(
            reference: reference(number), state: isUnfinished ? "investigating" : "reconciled",
            isUnfinished: isUnfinished,
            receivedAt: Timestamp(milliseconds: 0), deadline: Timestamp(milliseconds: 1), issues: 1, openPoints: 0,
            outcome: nil,
            tasks: [], conflicts: [])
    }

    @discardableResult
    private func begin(_ number: UInt64, turn: UInt64, in journal: any Journal) throws -> [Digest] {
        try journal.append(
            Turn(
                number: turn, epoch: journal.epoch, intakes: [intake(number)],
                rows: [Turn.Row(stream: .case(reference(number)), entries: [entry(number)])]))
    }

    private func add(
        _ number: UInt64, to stream: UInt64, turn: UInt64, epoch: Epoch? = nil, in journal: any Journal
    ) throws {
        let row = Turn.Row(stream: .case(reference(stream)), entries: [entry(number)])
        _ = try journal.append(Turn(number: turn, epoch: epoch ?? journal.epoch, rows: [row]))
    }

    private func unfinished(_ journal: any Journal) throws -> Set<CaseReference> {
        var cases: Set<CaseReference> = []
        try journal.forEachUnfinishedCase { reference, _, _ in cases.insert(reference) }
        return cases
    }

    private func expect(_ isKept: @autoclosure () throws -> Bool, _ promise: String) throws {
        guard try isKept() else { throw JournalBreach(description: "Not so: \(promise).") }
    }

    /// Expects that `body` fails with `code` and that case 1, the house and the last turn stay as they are.
    private func expectUnchanged(
        _ journal: any Journal, _ code: JournalError.Code, _ promise: String, _ body: () throws -> Void
    ) throws {
        let before = (
            journal.durableTurn, try journal.entries(of: .case(reference(1))), try journal.entries(of: .house)
        )
        do {
            try body()
        } catch let error as JournalError where error.code == code {
            let after = (
                journal.durableTurn, try journal.entries(of: .case(reference(1))), try journal.entries(of: .house)
            )
            return try expect(before == after, "\(promise), and nothing changes")
        } catch {
            throw JournalBreach(description: "Not so: \(promise) as \(code.rawValue); there came: \(error)")
        }
        throw JournalBreach(description: "Not so: \(promise).")
    }
}
