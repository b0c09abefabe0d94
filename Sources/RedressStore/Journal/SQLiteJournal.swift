internal import GRDB
package import RedressCase
package import RedressContract

/// The journal in one SQLite database, held by one process.
///
/// It belongs to the thread that owns the coordinator; others read with ``JournalReader``. What it remembers between
/// turns (the ends of open streams) is a cache of what is on disk, dropped when a turn fails.
package final class SQLiteJournal: Journal {
    package let epoch: Epoch
    package internal(set) var durableTurn: UInt64
    /// How many transactions were made durable since the opening, each with one `fsync` of the write-ahead log.
    package private(set) var commits: UInt64 = 0
    /// Where the journal lies.
    package let folder: DataFolder

    private let lock: FolderLock
    private let database: DatabaseQueue
    let log = WriteAheadLog()
    /// The hash of the last turn.
    var lastHash: Digest
    /// The ends of streams, by ``Stream/identity``, of ``headsMaximum`` at the most: others are read.
    var heads: [UInt64: Head] = [:]
    static let headsMaximum = 65_536
    /// The number of the case that begins next.
    var nextOrdinal: UInt32
    /// The memory in which rows are put together.
    var frame = RowFrame()

    /// Opens the journal in `folder`, which becomes one where it is new, and begins an epoch.
    ///
    /// - Throws: `locked` where another process holds the folder, `format` where a newer or another program made the
    ///   database, `inputOutput` and `broken`.
    package init(_ folder: DataFolder) throws(JournalError) {
        try folder.create()
        let lock = try FolderLock(folder)
        DataFolder.makeFile(folder.database)
        let place = folder.path
        let log = log
        (database, epoch, durableTurn, lastHash, nextOrdinal) = try JournalError.telling(at: place, while: "open it") {
            var configuration = Configuration()
            configuration.label = "journal"
            let database = try DatabaseQueue(path: folder.database, configuration: configuration)
            return try database.writeWithoutTransaction { connection in
                try Self.prepare(connection, at: place)
                log.watch(connection)
                try log.empty(connection)
                let epoch = try Self.beginEpoch(connection)
                let statement = try connection.cachedStatement(
                    sql: """
                        SELECT turn, hash, (SELECT max(ordinal) FROM intake), (SELECT max(number) FROM turns) FROM meta
                        """
                ).rewind()
                defer { _ = statement.rewind() }
                guard try statement.step(), let hash = Digest(stored: statement.bytes(1)),
                    let last = UInt32(exactly: statement.number(2)), last < .max
                else { throw JournalError(.broken, "\(place): the last turn is not recorded. Restore a backup.") }
                guard statement.bits(0) == statement.bits(3) else {
                    throw JournalError(
                        .broken,
                        "\(place): turn \(statement.bits(0)) was acknowledged, but the journal ends with turn "
                            + "\(statement.bits(3)). Restore a backup: redress restore BACKUP --data NEW")
                }
                return (database, epoch, statement.bits(0), hash, last + 1)
            }
        }
        try folder.sync()
        self.folder = folder
        self.lock = lock
        commits = 1
    }

    deinit { close() }

    /// Closes the database and lets go of the folder; every later call fails.
    package func close() {
        try? database.close()
        lock.release()
    }

    /// Makes `connection` the writer: every commit is on disk before it is answered, what is deleted is overwritten.
    private static func prepare(_ connection: Database, at place: String) throws {
        // Read first: nothing is changed in a database that is not a journal.
        let isOurs = try Int.fetchOne(connection, sql: "SELECT count(*) FROM sqlite_master") == 0
        if !isOurs { try Format.check(connection, at: place) }
        guard try String.fetchOne(connection, sql: "PRAGMA journal_mode = WAL") == "wal" else {
            throw JournalError(.inputOutput, "\(place): the disk cannot hold a write-ahead log. Use a local disk.")
        }
        try connection.execute(sql: "PRAGMA synchronous = FULL")
        try connection.execute(sql: "PRAGMA secure_delete = ON")
        try connection.execute(sql: "PRAGMA cache_size = -65536")
        try Format.migrate(connection, at: place)
    }

    private static func beginEpoch(_ connection: Database) throws -> Epoch {
        let last = try Int64.fetchOne(connection, sql: "SELECT epoch FROM meta") ?? 0
        let epoch = Epoch(number: UInt64(bitPattern: last) &+ 1, nonce: .random(in: .min ... .max))
        try connection.inTransaction(.immediate) {
            let statement = try connection.cachedStatement(sql: "UPDATE meta SET epoch = ?, nonce = ?").rewind()
            try statement.bind(epoch.number, at: 1)
            try statement.bind(epoch.nonce, at: 2)
            try statement.run()
            return .commit
        }
        return epoch
    }

    package func entries(of stream: Stream) throws(JournalError) -> [StoredEntry] {
        try read("read \(stream)") { try $0.checkedRows(of: stream, at: folder.path).flatMap(\.entries) }
    }

    package func intake(key: Digest) throws(JournalError) -> KnownIntake? {
        try read("look up a submission") { try $0.intake(key: key, at: folder.path) }
    }

    package func forEachUnfinishedCase(
        _ body: (CaseReference, Result<[StoredEntry], JournalError>, Bool) -> Void
    ) throws(JournalError) {
        try read("read the open cases") { connection in
            // One transaction: it is opened once, and not for each case.
            try connection.inTransaction(.deferred) {
                let open = try Int64.fetchAll(connection, sql: "SELECT stream FROM cases WHERE unfinished = 1")
                var late = try connection.cases(writtenAfter: connection.watermark())
                // Set aside before, and perhaps no longer.
                late.formUnion(
                    try UInt32.fetchAll(
                        connection, sql: "SELECT stream FROM cases WHERE unfinished = 1 AND state = ?",
                        arguments: [CaseView.stateSetAside]))
                for ordinal in late.union(open.compactMap { UInt32(exactly: $0) }).sorted() {
                    guard let reference = try connection.reference(of: ordinal) else { continue }
                    body(reference, try entries(of: reference, ordinal, connection), !late.contains(ordinal))
                }
                return .commit
            }
        }
    }

    /// The entries of a case that is open, whose end is remembered; or that one of its rows is damaged, or all are gone.
    private func entries(
        of reference: CaseReference, _ ordinal: UInt32, _ connection: Database
    ) throws -> Result<[StoredEntry], JournalError> {
        do {
            let rows = try connection.checkedRows(of: .case(reference), at: folder.path)
            guard let last = rows.last else { return .failure(.gone(.case(reference), at: folder.path)) }
            if heads.count < Self.headsMaximum {
                heads[reference.rawValue] = Head(hash: last.head, turn: last.turn, ordinal: ordinal)
            }
            return .success(rows.flatMap(\.entries))
        } catch let damage as JournalError {
            return .failure(damage)
        }
    }

    package func forget(_ reference: CaseReference) { heads[reference.rawValue] = nil }

    /// The outcome of reading on the writer's connection, which sees the last turn.
    func read<Outcome>(
        _ action: @autoclosure () -> String, _ body: (Database) throws -> Outcome
    ) throws(JournalError) -> Outcome {
        try JournalError.telling(at: folder.path, while: action()) { try database.unsafeRead(body) }
    }

    /// Changes the database, all or nothing, and returns once it is durable.
    func commit(_ action: @autoclosure () -> String, _ body: (Database) throws -> Void) throws(JournalError) {
        // Before and not after: once the turn is durable, nothing may make it look refused.
        try JournalError.telling(at: folder.path, while: "write the log back") {
            try database.writeWithoutTransaction { try log.trim($0) }
        }
        try JournalError.telling(at: folder.path, while: action()) {
            try database.inTransaction(.immediate) { connection in
                try body(connection)
                return .commit
            }
        }
        commits += 1
    }

    /// Writes the whole write-ahead log back, so that nothing of what was overwritten is left in it.
    ///
    /// - Returns: whether no reader was in the way.
    @discardableResult
    package func emptyLog() throws(JournalError) -> Bool {
        try JournalError.telling(at: folder.path, while: "write the log back") {
            try database.writeWithoutTransaction { try log.empty($0) }
        }
    }
}
