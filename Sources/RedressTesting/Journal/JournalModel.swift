package import RedressCase
package import RedressContract

/// A journal in memory: what every store must do, without a disk. The simulator runs on it, and can make it fail.
package final class JournalModel: Journal {
    /// What outlives an opening, as a disk outlives a process.
    package final class Disk {
        fileprivate var turns: [Turn] = []
        fileprivate var streams: [Stream: [StoredEntry]] = [:]
        fileprivate var heads: [Stream: Digest] = [:]
        fileprivate var lastTurns: [Stream: UInt64] = [:]
        fileprivate var intakes: [Digest: KnownIntake] = [:]
        fileprivate var views: [CaseReference: CaseView] = [:]
        fileprivate var cases: [CaseReference] = []
        fileprivate var epoch = Epoch(number: 0, nonce: 0)
        fileprivate var watermark: UInt64 = 0

        package init() {}

        /// - Parameter sparesLast: whether an erasure leaves the entry just before it as it is.
        fileprivate func keep(_ entry: StoredEntry, in stream: Stream, sparesLast: Bool) {
            var entries = streams[stream] ?? []
            let last = entries.last
            entries.keep(entry)
            if let person = entry.erasedPerson {
                if sparesLast, let last { entries[entries.count - 2] = last }
                for turn in turns.indices {
                    for row in turns[turn].rows.indices where turns[turn].rows[row].stream == stream {
                        turns[turn].rows[row].entries.erase(person)
                    }
                }
            }
            streams[stream] = entries
        }
    }

    /// What goes wrong with an append.
    package enum Failure: Sendable {
        /// Nothing is written, and the append throws.
        case refused(JournalError)
        /// The turn is written, and the append throws all the same: an outcome that nobody knows.
        case unanswered(JournalError)
    }

    package let epoch: Epoch
    /// Decides for each turn whether it fails; nil where none does.
    package var failure: ((Turn) -> Failure?)?
    /// Whether erasures, as they must not, leave what was said last.
    package var sparesLast = false

    private let disk: Disk

    /// Opens what is on `disk`; `nonce` stands for the random bits of the epoch.
    package init(_ disk: Disk, nonce: UInt64) {
        self.disk = disk
        epoch = Epoch(number: disk.epoch.number + 1, nonce: nonce)
        disk.epoch = epoch
    }

    package var durableTurn: UInt64 { disk.turns.last?.number ?? 0 }

    /// All turns, in order, without what was erased since.
    package var turns: [Turn] { disk.turns }

    /// The views, by case.
    package var views: [CaseReference: CaseView] { disk.views }

    /// The turn that the views show.
    package var watermark: UInt64 { disk.watermark }

    package func append(_ turn: Turn) throws(JournalError) -> [Digest] {
        let failure = failure?(turn)
        if case .refused(let error) = failure { throw error }
        try check(turn)
        disk.cases += turn.intakes.map(\.reference)
        let heads = turn.rows.map { row in
            let head = mixed(row, after: disk.heads[row.stream] ?? .zero)
            for entry in row.entries { disk.keep(entry, in: row.stream, sparesLast: sparesLast) }
            disk.heads[row.stream] = head
            disk.lastTurns[row.stream] = turn.number
            return head
        }
        for intake in turn.intakes {
            disk.intakes[intake.key] = KnownIntake(
                reference: intake.reference, body: intake.body, turn: turn.number,
                head: disk.heads[.case(intake.reference)] ?? .zero)
        }
        disk.turns.append(turn)
        for row in turn.rows.indices {
            disk.turns[disk.turns.count - 1].rows[row].entries = turn.rows[row].entries.reduce(into: []) { $0.keep($1) }
        }
        if case .unanswered(let error) = failure { throw error }
        return heads
    }

    private func check(_ turn: Turn) throws(JournalError) {
        guard turn.epoch == epoch, epoch == disk.epoch else {
            throw JournalError(.staleEpoch, "Turn \(turn.number) is of epoch \(turn.epoch); the last is \(disk.epoch).")
        }
        guard turn.number == durableTurn + 1 else {
            throw JournalError(.badTurn, "Turn \(turn.number) does not follow turn \(durableTurn).")
        }
        let references = turn.intakes.map(\.reference)
        let keys = turn.intakes.map(\.key)
        let isNew = Set(references).isDisjoint(with: disk.cases) && Set(keys).isDisjoint(with: disk.intakes.keys)
        guard isNew, Set(references).count == references.count, Set(keys).count == keys.count else {
            throw JournalError(
                .keyConflict, "Turn \(turn.number) takes in a case whose reference or key exists already.")
        }
        let streams = Set(turn.rows.map(\.stream))
        let known = Set((disk.cases + references).map(Stream.case)).union([.house])
        guard streams.count == turn.rows.count, streams.isSubset(of: known),
            streams.isSuperset(of: references.map(Stream.case)),
            turn.rows.allSatisfy({ !$0.entries.isEmpty })
        else { throw JournalError(.badTurn, "Turn \(turn.number) has an empty, a second, a missing or a stray row.") }
    }

    package func project(_ views: [CaseView], upTo turn: UInt64) throws(JournalError) {
        guard turn <= durableTurn, views.allSatisfy({ disk.heads[.case($0.reference)] != nil }) else {
            throw JournalError(.badTurn, "The views cannot show what is not in the journal.")
        }
        for view in views { disk.views[view.reference] = view }
        disk.watermark = max(disk.watermark, turn)
    }

    package func entries(of stream: Stream) throws(JournalError) -> [StoredEntry] { disk.streams[stream] ?? [] }

    package func intake(key: Digest) throws(JournalError) -> KnownIntake? { disk.intakes[key] }

    package func forEachUnfinishedCase(
        _ body: (CaseReference, Result<[StoredEntry], JournalError>, Bool) -> Void
    ) throws(JournalError) {
        for reference in disk.cases {
            let isOpen = disk.views[reference]?.isUnfinished ?? false
            let isLate = disk.lastTurns[.case(reference)] ?? 0 > disk.watermark
            guard isOpen || isLate else { continue }
            body(reference, .success(disk.streams[.case(reference)] ?? []), !isLate)
        }
    }

    package func forget(_ reference: CaseReference) {}
}

/// Stands for the SHA-256 of a row: 32 bytes that differ when anything before differs, the same in every run.
private func mixed(_ row: Turn.Row, after previous: Digest) -> Digest {
    var state = previous.words.0 ^ 0xCBF2_9CE4_8422_2325
    func mix(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    for byte in row.stream.description.utf8 { mix(byte) }
    for entry in row.entries {
        for byte in entry.structure { mix(byte) }
        mix(UInt8(truncatingIfNeeded: entry.structure.count))
        for part in entry.parts {
            for byte in part.person.utf8 { mix(byte) }
            for byte in part.bytes ?? [] { mix(byte) }
            mix(UInt8(truncatingIfNeeded: part.bytes?.count ?? 255))
        }
    }
    var head = Digest.zero
    head.words = (state, state &* 0x9E37_79B9_7F4A_7C15, previous.words.1 ^ state, previous.words.2 &+ state)
    return head
}

extension Digest {
    /// Stands for the SHA-256 of `bytes`.
    init(standingFor bytes: [UInt8]) {
        self = mixed(Turn.Row(stream: .house, entries: [StoredEntry(structure: bytes)]), after: .zero)
    }
}
