internal import GRDB
internal import RedressCase

extension SQLiteJournal {
    /// Erases what the entries of `row`, of the turn that is being written, erase: bytes and salts of everything of the
    /// person that stands before them in their stream. Digests stay, and the chains still hold.
    ///
    /// The old bytes are overwritten in the database, and go from the write-ahead log with ``emptyLog()``. Backups that
    /// were made before keep them.
    func erase(_ row: Turn.Row, in turn: UInt64, _ connection: Database) throws {
        for (position, entry) in row.entries.enumerated() {
            guard let person = entry.erasedPerson else { continue }
            try erase(person, from: row.stream, before: position, in: turn, connection)
        }
    }

    private func erase(
        _ person: String, from stream: Stream, before position: Int, in turn: UInt64, _ connection: Database
    ) throws {
        guard let ordinal = try connection.ordinal(of: stream) else { return }
        let query = try connection.cachedStatement(
            sql: "SELECT row, turn, entries, parts FROM journal WHERE stream = ? AND parts IS NOT NULL"
        ).rewind()
        try query.bind(Int64(ordinal), at: 1)
        var changes: [(row: Int64, parts: [UInt8])] = []
        while try query.step() {
            guard let row = StoredRow(entries: query.bytes(2), parts: query.bytes(3)) else {
                defer { _ = query.rewind() }
                throw JournalError.malformed(stream, query.bits(1), at: folder.path)
            }
            if let parts = row.parts(without: person, inFirst: query.bits(1) == turn ? position : .max) {
                changes.append((query.number(0), parts))
            }
        }
        let update = try connection.cachedStatement(sql: "UPDATE journal SET parts = nullif(?, x'') WHERE row = ?")
            .rewind()
        for change in changes {
            try update.bind(change.parts, at: 1)
            try update.bind(change.row, at: 2)
            try update.run()
        }
    }
}
