internal import GRDB
package import RedressCase
package import RedressContract

extension SQLiteJournal {
    /// Erases what the entries of `reference` say of `person`: bytes and salts go, digests stay, and the chains still
    /// hold. Afterwards nothing of it is left in the data folder; backups made before keep it.
    ///
    /// - Returns: how many rows lost something.
    /// - Throws: `locked` where a reader still sees what was erased: it is gone from the database, and from the
    ///   write-ahead log as soon as ``emptyLog()`` succeeds.
    @discardableResult
    package func erase(_ reference: CaseReference, person: String) throws(JournalError) -> Int {
        var erased = 0
        try commit("erase \(person) from \(reference)") { connection in
            guard let ordinal = try connection.ordinal(of: .case(reference)) else { return }
            let query = try connection.cachedStatement(
                sql: "SELECT row, turn, entries, parts FROM journal WHERE stream = ? AND parts IS NOT NULL"
            ).rewind()
            try query.bind(Int64(ordinal), at: 1)
            var changes: [(row: Int64, parts: [UInt8])] = []
            while try query.step() {
                guard let row = StoredRow(entries: query.bytes(2), parts: query.bytes(3)) else {
                    defer { _ = query.rewind() }
                    throw JournalError.malformed(.case(reference), query.bits(1))
                }
                if let parts = row.parts(without: person) { changes.append((query.number(0), parts)) }
            }
            let update = try connection.cachedStatement(sql: "UPDATE journal SET parts = nullif(?, x'') WHERE row = ?")
                .rewind()
            for change in changes {
                try update.bind(change.parts, at: 1)
                try update.bind(change.row, at: 2)
                try update.run()
            }
            erased = changes.count
        }
        guard try emptyLog() else {
            throw JournalError(
                .locked,
                "\(person) is erased from \(reference), but a reader of \(folder.path) holds the log: empty it later."
            )
        }
        return erased
    }
}
