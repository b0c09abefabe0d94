internal import GRDB
internal import GRDBSQLite

/// How long the write-ahead log of a connection is, and when it is written back into the database.
///
/// SQLite's own checkpoints are off: they would run inside a commit, and SQLite before 3.51.3 can damage a database
/// when two connections checkpoint at once. Here the one writer does it between turns.
final class WriteAheadLog {
    /// From this length on, a checkpoint that waits for nobody precedes a commit: 64 MiB, in pages of 4 KiB.
    static let pagesUntilCheckpoint: CInt = 16_384
    /// From this length on, when readers kept the log from beginning anew, it is cut off when they let it.
    static let pagesUntilTruncation: CInt = 4 * pagesUntilCheckpoint

    private let pages: UnsafeMutablePointer<CInt>
    /// Whether bytes that were erased are still in the log: it is emptied as soon as no reader is in the way.
    var holdsErased = false

    init() {
        pages = .allocate(capacity: 1)
        pages.initialize(to: 0)
    }

    deinit { pages.deallocate() }

    /// Measures the log of `database` from now on, which must be closed before this object goes; SQLite no longer
    /// checkpoints by itself.
    func watch(_ database: Database) {
        sqlite3_wal_hook(
            database.sqliteConnection,
            { pages, _, _, count in
                pages?.storeBytes(of: count, as: CInt.self)
                return SQLITE_OK
            }, pages)
    }

    /// Writes the log back where it is long. A reader in the way only puts it off.
    func trim(_ database: Database) throws {
        if holdsErased, try empty(database) { return }
        guard pages.pointee >= Self.pagesUntilCheckpoint else { return }
        let mode = pages.pointee >= Self.pagesUntilTruncation ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        try checkpoint(database, mode)
    }

    /// Writes the whole log back and empties it.
    ///
    /// - Returns: whether no reader was in the way.
    @discardableResult
    func empty(_ database: Database) throws -> Bool {
        let isEmpty = try checkpoint(database, SQLITE_CHECKPOINT_TRUNCATE)
        if isEmpty { holdsErased = false }
        return isEmpty
    }

    @discardableResult
    private func checkpoint(_ database: Database, _ mode: CInt) throws -> Bool {
        let code = sqlite3_wal_checkpoint_v2(database.sqliteConnection, nil, mode, nil, nil)
        guard code != SQLITE_OK else { return true }
        guard code == SQLITE_BUSY else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: String(cString: sqlite3_errmsg(database.sqliteConnection)))
        }
        return false
    }
}
