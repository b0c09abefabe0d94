internal import GRDB
internal import RedressCase
internal import RedressContract

/// One walk along both chains: turns by number, and beside them the intakes and rows in the order they were written.
struct ChainWalk {
    var result = JournalVerification()

    private let turns: Statement
    private let intakes: Statement
    private let rows: Statement
    private let connection: Database
    private var hasIntake = false
    private var hasRow = false
    private var frame = RowFrame()
    private var missingAnchors: Set<JournalVerification.Anchor>
    private var anchored: Set<CaseReference>

    /// A stream as far as it was walked.
    private struct Course {
        var stream: Stream
        var head: Digest = .zero
        var entries: UInt32 = 0
        /// The first part of each person that is missing, until an entry that erases it.
        var missing: [String: Place] = [:]
    }

    private struct Place {
        var turn: UInt64
        /// Counted in its stream, from 1.
        var entry: Int
        /// Counted in the whole journal.
        var number: UInt64
    }

    /// By the streams' ordinals.
    private var courses = [Course(stream: .house)]

    init(_ connection: Database, anchors: [JournalVerification.Anchor]) throws {
        self.connection = connection
        turns = try connection.makeStatement(
            sql: "SELECT number, epoch, nonce, hash, streams FROM turns ORDER BY number")
        intakes = try connection.makeStatement(
            sql: "SELECT ordinal, turn, reference, key, body FROM intake ORDER BY ordinal")
        rows = try connection.makeStatement(sql: "SELECT stream, turn, hash, entries, parts FROM journal ORDER BY row")
        missingAnchors = Set(anchors)
        anchored = Set(anchors.map(\.reference))
    }

    /// Walks to the end.
    ///
    /// - Throws: the first `JournalFault`; errors of SQLite.
    mutating func run() throws {
        hasIntake = try intakes.step()
        hasRow = try rows.step()
        while try turns.step() { try walkTurn() }
        try checkEnd()
        if let anchor = missingAnchors.first {
            throw JournalFault(
                kind: .lostTail, stream: .case(anchor.reference),
                sentence: "no row of the case has the head \(anchor.head)")
        }
        let missing = courses.lazy.flatMap { course in course.missing.lazy.map { (course.stream, $0.key, $0.value) } }
        if let (stream, person, place) = missing.min(by: { $0.2.number < $1.2.number }) {
            throw JournalFault(
                kind: .missing, stream: stream, turn: place.turn, entry: place.entry,
                sentence: "what it says of the \(person) is not there, and no later entry erases it")
        }
    }

    private mutating func walkTurn() throws {
        let number = turns.bits(0)
        guard number == result.turns + 1 else {
            throw JournalFault(
                kind: .missing, turn: result.turns + 1, sentence: "turn \(number) follows turn \(result.turns)")
        }
        var hash = TurnHash(
            number: number, epoch: Epoch(number: turns.bits(1), nonce: turns.bits(2)), after: result.lastHash)
        while hasIntake, intakes.bits(1) == number {
            hash.add(try intake(in: number))
            hasIntake = try intakes.step()
        }
        var streams = ByteReader(turns.bytes(4))
        while !streams.isAtEnd {
            guard let ordinal = streams.number(UInt32.self), courses.indices.contains(Int(ordinal)) else {
                throw JournalFault(kind: .changed, turn: number, sentence: "the turn names a stream that never began")
            }
            hash.add(row: try row(of: Int(ordinal), in: number))
            hasRow = try rows.step()
        }
        if hasRow, rows.bits(1) <= number {
            throw JournalFault(
                kind: .outOfOrder, stream: stream(rows.number(0)), turn: number,
                sentence: "a row of turn \(rows.bits(1)) stands after turn \(number), which does not name it")
        }
        result.lastHash = hash.digest()
        guard Digest(stored: turns.bytes(3)) == result.lastHash else {
            throw JournalFault(
                kind: .changed, turn: number, sentence: "the turn's hash does not fit its epoch, intakes and rows")
        }
        result.turns = number
    }

    private mutating func intake(in turn: UInt64) throws -> Turn.Intake {
        guard intakes.number(0) == Int64(courses.count) else {
            throw JournalFault(
                kind: .missing, turn: turn,
                sentence: "intake \(courses.count) is not there: \(intakes.number(0)) is next")
        }
        guard let reference = CaseReference(rawValue: intakes.bits(2)), let key = Digest(stored: intakes.bytes(3)),
            let body = Digest(stored: intakes.bytes(4))
        else { throw JournalFault(kind: .changed, turn: turn, sentence: "intake \(courses.count) is malformed") }
        courses.append(Course(stream: .case(reference)))
        result.cases += 1
        return Turn.Intake(reference: reference, key: key, body: body)
    }

    /// Checks the row that the turn names next.
    private mutating func row(of ordinal: Int, in turn: UInt64) throws -> Digest {
        let course = courses[ordinal]
        let first = Int(course.entries) + 1
        guard hasRow, rows.number(0) == Int64(ordinal), rows.bits(1) == turn else {
            let exists = try Bool.fetchOne(
                connection, sql: "SELECT count(*) FROM journal WHERE stream = ? AND turn = ?",
                arguments: [ordinal, Int64(bitPattern: turn)])
            throw JournalFault(
                kind: exists == true ? .outOfOrder : .missing, stream: course.stream, turn: turn, entry: first,
                sentence: exists == true ? "the row stands in another place" : "the row is not there")
        }
        let hash = frame.hash(of: rows.bytes(3), stream: course.stream, turn: turn, after: course.head)
        guard Digest(stored: rows.bytes(2)) == hash else {
            throw JournalFault(
                kind: .changed, stream: course.stream, turn: turn, entry: first,
                sentence: "the row's hash does not fit its entries and the row before")
        }
        guard let row = StoredRow(entries: rows.bytes(3), parts: rows.bytes(4)) else {
            throw JournalFault(
                kind: .changed, stream: course.stream, turn: turn, entry: first,
                sentence: "the row's parts are malformed")
        }
        if let entry = row.firstUnfittingEntry {
            throw JournalFault(
                kind: .changed, stream: course.stream, turn: turn, entry: first + entry,
                sentence: "a personal part does not fit its digest")
        }
        try checkErasures(row, of: ordinal, in: turn)
        courses[ordinal].head = hash
        courses[ordinal].entries &+= UInt32(row.entries.count)
        result.entries += UInt64(row.entries.count)
        if case .case(let reference) = course.stream, anchored.contains(reference) {
            missingAnchors.remove(JournalVerification.Anchor(reference: reference, head: hash))
        }
        return hash
    }

    /// Takes note of parts that are missing from a row, and checks that nothing is left of what its entries erase.
    private mutating func checkErasures(_ row: StoredRow, of ordinal: Int, in turn: UInt64) throws {
        let first = Int(courses[ordinal].entries) + 1
        row.follow(&courses[ordinal].missing) { [result] entry in
            Place(turn: turn, entry: first + entry, number: result.entries + UInt64(entry))
        }
        for (index, entry) in row.entries.enumerated() {
            guard let person = StoredEntry(structure: entry.structure).erasedPerson else { continue }
            let left = row.places.first { $0.entry < index && $0.isThere && $0.slot.person == person }
            let kept = try partKept(of: person, in: ordinal, before: turn) ?? left.map { (turn, first + $0.entry) }
            if let (turn, entry) = kept {
                throw JournalFault(
                    kind: .changed, stream: courses[ordinal].stream, turn: turn, entry: entry,
                    sentence: "what it says of the \(person) is there, and entry \(first + index) erased it")
            }
        }
    }

    /// The turn and entry of the first part of `person` that rows of the stream before `turn` still have.
    private func partKept(of person: String, in ordinal: Int, before turn: UInt64) throws -> (UInt64, Int)? {
        let rows = try connection.makeStatement(
            sql: "SELECT turn, entries, parts FROM journal WHERE stream = ? AND turn < ? ORDER BY turn")
        try rows.bind(Int64(ordinal), at: 1)
        try rows.bind(turn, at: 2)
        var entries = 0
        while try rows.step() {
            guard let row = StoredRow(entries: rows.bytes(1), parts: rows.bytes(2)) else { continue }
            if let place = row.places.first(where: { $0.isThere && $0.slot.person == person }) {
                return (rows.bits(0), entries + place.entry + 1)
            }
            entries += row.entries.count
        }
        return nil
    }

    /// Checks that nothing follows the last turn, and that it is the last that was acknowledged.
    private func checkEnd() throws {
        let statement = try connection.makeStatement(sql: "SELECT turn, hash FROM meta")
        guard try statement.step() else {
            throw JournalFault(kind: .missing, sentence: "the last turn is not recorded")
        }
        let last = statement.bits(0)
        guard last <= result.turns else {
            throw JournalFault(
                kind: .lostTail, turn: result.turns + 1,
                sentence: "the journal ends with turn \(result.turns), and turn \(last) was acknowledged")
        }
        guard last == result.turns, Digest(stored: statement.bytes(1)) == result.lastHash else {
            throw JournalFault(
                kind: .changed, turn: last,
                sentence: "what is recorded of the last turn does not fit turn \(result.turns)")
        }
        if hasRow {
            throw JournalFault(
                kind: .outOfOrder, stream: stream(rows.number(0)), turn: rows.bits(1),
                sentence: "a row belongs to no turn")
        }
        if hasIntake {
            throw JournalFault(
                kind: .outOfOrder, turn: intakes.bits(1), sentence: "intake \(intakes.number(0)) belongs to no turn")
        }
    }

    private func stream(_ ordinal: Int64) -> Stream? {
        Int(exactly: ordinal).flatMap { courses.indices.contains($0) ? courses[$0].stream : nil }
    }
}
