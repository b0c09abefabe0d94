internal import GRDB
internal import RedressCase
internal import RedressContract

/// The end of a stream: what the next row is chained to.
struct Head {
    /// The hash of the last row; zero before the first.
    var hash: Digest
    /// The turn of the last row; 0 before the first.
    var turn: UInt64
    /// The stream's number in the database.
    var ordinal: UInt32
}

/// What is read from a journal's rows, whichever connection asks.
extension Database {
    /// The intake that was taken under `key`, where there is one.
    func intake(key: Digest, at place: String) throws -> KnownIntake? {
        let statement = try cachedStatement(
            sql: """
                SELECT reference, body, intake.turn, hash FROM intake
                JOIN journal ON stream = ordinal AND journal.turn = intake.turn WHERE key = ?
                """
        ).rewind()
        try statement.bind(key, at: 1)
        defer { _ = statement.rewind() }
        guard try statement.step() else { return nil }
        guard let reference = CaseReference(rawValue: statement.bits(0)),
            let body = Digest(stored: statement.bytes(1)),
            let head = Digest(stored: statement.bytes(3))
        else { throw JournalError(.broken, "\(place): a submission is malformed. Verify the journal.") }
        return KnownIntake(reference: reference, body: body, turn: statement.bits(2), head: head)
    }

    /// The number that stands for `stream`: 0 for the house, from 1 for cases in the order of their intake; nil for
    /// an unknown case.
    func ordinal(of stream: Stream) throws -> UInt32? {
        guard case .case(let reference) = stream else { return 0 }
        let statement = try cachedStatement(sql: "SELECT ordinal FROM intake WHERE reference = ?").rewind()
        try statement.bind(reference.rawValue, at: 1)
        defer { _ = statement.rewind() }
        return try statement.step() ? UInt32(exactly: statement.number(0)) : nil
    }

    /// The reference of the case `ordinal`.
    func reference(of ordinal: UInt32) throws -> CaseReference? {
        let statement = try cachedStatement(sql: "SELECT reference FROM intake WHERE ordinal = ?").rewind()
        try statement.bind(Int64(ordinal), at: 1)
        defer { _ = statement.rewind() }
        return try statement.step() ? CaseReference(rawValue: statement.bits(0)) : nil
    }

    /// The end of `stream`; nil for an unknown case.
    func head(of stream: Stream, at place: String) throws -> Head? {
        guard let ordinal = try ordinal(of: stream) else { return nil }
        let statement = try cachedStatement(
            sql: "SELECT turn, hash FROM journal WHERE stream = ? ORDER BY turn DESC LIMIT 1"
        ).rewind()
        try statement.bind(Int64(ordinal), at: 1)
        defer { _ = statement.rewind() }
        guard try statement.step() else { return Head(hash: .zero, turn: 0, ordinal: ordinal) }
        guard let hash = Digest(stored: statement.bytes(1)) else {
            throw JournalError.malformed(stream, statement.bits(0), at: place)
        }
        return Head(hash: hash, turn: statement.bits(0), ordinal: ordinal)
    }

    /// The rows of `stream` after turn `turn`, `limit` at most.
    ///
    /// - Parameter place: the folder, for errors.
    func rows(
        of stream: Stream, after turn: UInt64 = 0, limit: Int = .max, at place: String
    ) throws -> [JournalRow] {
        var rows: [JournalRow] = []
        try forEachRow(of: stream, after: turn, limit: limit, at: place) { row, turn, hash, _ in
            rows.append(JournalRow(turn: turn, head: hash, entries: row.storedEntries))
            return true
        }
        return rows
    }

    /// All rows of `stream`: each follows the one before it, and its personal parts fit their digests and are there unless a
    /// later entry erases them.
    ///
    /// - Throws: ``JournalError`` of the first row that does not.
    func checkedRows(of stream: Stream, at place: String) throws -> [JournalRow] {
        var rows: [JournalRow] = []
        var frame = RowFrame()
        var missing: [String: UInt64] = [:]
        try forEachRow(of: stream, at: place) { row, turn, hash, entries in
            let expected = frame.hash(of: entries, stream: stream, turn: turn, after: rows.last?.head ?? .zero)
            guard hash == expected, row.firstUnfittingEntry == nil else { return false }
            row.follow(&missing) { _ in turn }
            rows.append(JournalRow(turn: turn, head: hash, entries: row.storedEntries))
            return true
        }
        if let turn = missing.values.min() { throw JournalError.malformed(stream, turn, at: place) }
        return rows
    }

    /// - Parameter body: whether the row is as it must be.
    private func forEachRow(
        of stream: Stream, after turn: UInt64 = 0, limit: Int = .max, at place: String,
        _ body: (_ row: StoredRow, _ turn: UInt64, _ hash: Digest, _ entries: UnsafeRawBufferPointer) -> Bool
    ) throws {
        guard let ordinal = try ordinal(of: stream), turn <= Int64.max else { return }
        let statement = try cachedStatement(
            sql: "SELECT turn, hash, entries, parts FROM journal WHERE stream = ? AND turn > ? ORDER BY turn LIMIT ?"
        ).rewind()
        try statement.bind(Int64(ordinal), at: 1)
        try statement.bind(turn, at: 2)
        try statement.bind(Int64(limit), at: 3)
        while try statement.step() {
            let turn = statement.bits(0)
            guard let hash = Digest(stored: statement.bytes(1)),
                let row = StoredRow(entries: statement.bytes(2), parts: statement.bytes(3)),
                body(row, turn, hash, statement.bytes(2))
            else {
                defer { _ = statement.rewind() }
                throw JournalError.malformed(stream, turn, at: place)
            }
        }
    }

    /// The numbers of the cases that turns after `turn` wrote to.
    func cases(writtenAfter turn: UInt64) throws -> Set<UInt32> {
        let statement = try cachedStatement(sql: "SELECT streams FROM turns WHERE number > ?").rewind()
        try statement.bind(turn, at: 1)
        var cases: Set<UInt32> = []
        while try statement.step() {
            var reader = ByteReader(statement.bytes(0))
            while let ordinal = reader.number(UInt32.self) { cases.insert(ordinal) }
        }
        cases.remove(0)
        return cases
    }
}

extension JournalError {
    /// A row that is not as this program writes it, or does not follow the one before.
    static func malformed(_ stream: Stream, _ turn: UInt64, at place: String) -> JournalError {
        damaged("The row of \(stream) in turn \(turn) is damaged, or the one before it is gone.", at: place)
    }

    /// A stream that has begun and has no rows.
    static func gone(_ stream: Stream, at place: String) -> JournalError {
        damaged("The rows of \(stream) are gone.", at: place)
    }

    private static func damaged(_ what: String, at place: String) -> JournalError {
        JournalError(.broken, "\(what) What else is: redress journal verify --data \(place)")
    }
}
