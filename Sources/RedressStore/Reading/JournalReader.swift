internal import GRDB
package import RedressCase
package import RedressContract

/// Reads a journal from any thread, beside the coordinator or without one. Each answer is of one moment; nothing is
/// ever changed.
package final class JournalReader: Sendable {
    /// A page of cases, in the order of their intake.
    package struct Page: Sendable, Hashable {
        package var cases: [CaseView]
        /// What to ask with for the next page; nil where there is none.
        package var next: String?
    }

    private let database: DatabasePool
    /// For what one statement answers and a coordinator asks thousands of times a second: a transaction of its own.
    private let single: DatabaseQueue
    private let place: String

    /// Opens the journal in `folder`.
    ///
    /// - Throws: `format` where it is of another version or program, `inputOutput` where there is none.
    package convenience init(_ folder: DataFolder) throws(JournalError) {
        try folder.checkReadable()
        try self.init(file: folder.database, of: folder)
    }

    /// Opens the database `file`, that of `folder` or one that is to become it.
    ///
    /// - Parameter isCopied: whether it is only to be copied, and may be of an older version.
    init(file: String, of folder: DataFolder, isCopied: Bool = false) throws(JournalError) {
        place = folder.path
        (database, single) = try JournalError.telling(at: file, while: "open it for reading") {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.label = "journal reader"
            configuration.maximumReaderCount = 4
            // While the writer empties its log, readers wait for it.
            configuration.busyMode = .timeout(10)
            let database = try DatabasePool(path: file, configuration: configuration)
            try database.read { connection in
                if isCopied {
                    try Format.check(connection, at: file)
                } else {
                    try Format.checkCurrent(connection, at: file)
                }
            }
            return (database, try DatabaseQueue(path: file, configuration: configuration))
        }
    }

    /// The turn that the views show.
    package func watermark() throws(JournalError) -> UInt64 { try read { try $0.watermark() } }

    /// The last turn, and its hash.
    package func lastTurn() throws(JournalError) -> (number: UInt64, hash: Digest) {
        try read { connection in
            let statement = try connection.cachedStatement(sql: "SELECT turn, hash FROM meta").rewind()
            defer { _ = statement.rewind() }
            guard try statement.step(), let hash = Digest(stored: statement.bytes(1)) else {
                throw JournalError(.broken, "\(place): the last turn is not recorded. Restore a backup.")
            }
            return (statement.bits(0), hash)
        }
    }

    /// What the views show of a case; nil where they do not show it (yet).
    package func view(_ reference: CaseReference) throws(JournalError) -> CaseView? {
        try read { connection in
            guard let ordinal = try connection.ordinal(of: .case(reference)) else { return nil }
            return try connection.views(after: ordinal &- 1, limit: 1).first { $0.reference == reference }
        }
    }

    /// The cases after `cursor`, the `next` of a page before; from the first one where it is nil.
    ///
    /// - Returns: `limit` cases at most; nil where `cursor` is none of this journal's.
    package func cases(after cursor: String?, limit: Int) throws(JournalError) -> Page? {
        try read { connection in
            var start: UInt32 = 0
            if let cursor {
                guard let reference = CaseReference(cursor), let ordinal = try connection.ordinal(of: .case(reference))
                else {
                    return nil
                }
                start = ordinal
            }
            let limit = max(1, min(limit, 1000))
            let cases = try connection.views(after: start, limit: limit)
            return Page(cases: cases, next: cases.count == limit ? cases.last?.reference.description : nil)
        }
    }

    /// The tasks that wait for a person, or also those that have yet to end, in the order of intake. The owner's own are
    /// among them where they or a case are asked for.
    ///
    /// - Parameters:
    ///   - parked: only those that wait for a person.
    ///   - department: only this one's; nil for all.
    ///   - reference: only this case's; nil for all.
    ///   - last: those after this task, the last of a page before.
    package func tasks(
        parked: Bool, department: String?, of reference: CaseReference?, after last: TaskID?, limit: Int
    ) throws(JournalError) -> [TaskID] {
        try read { connection in
            let start = try last.flatMap { try connection.ordinal(of: .case($0.reference)) } ?? 0
            let only = try reference.map { try connection.ordinal(of: .case($0)) ?? 0 }
            var waiting = "SELECT stream, number, department FROM tasks WHERE \(Self.parked)"
            if !parked {
                waiting += """
                     UNION SELECT stream, number, department FROM cases JOIN tasks USING (stream)
                    WHERE unfinished = 1 AND tasks.outcome IS NULL AND department <> 'owner'
                    """
            }
            if !parked, reference != nil || department == "owner" {
                waiting += " UNION SELECT stream, number, department \(Self.owners)"
            }
            return try Row.fetchAll(
                connection,
                sql: """
                    SELECT reference, number FROM (\(waiting)) JOIN intake ON ordinal = stream
                    WHERE (stream, number) > (:start, :number) AND (:only IS NULL OR stream = :only)
                    AND (:department IS NULL OR department = :department) ORDER BY stream, number LIMIT :limit
                    """,
                arguments: [
                    "start": Int64(start), "number": last.map { Int64($0.number) } ?? 0,
                    "only": only.map { Int64($0) }, "department": department, "limit": Int64(limit),
                ]
            ).compactMap { row in
                let bits: Int64 = row[0]
                let number: Int64 = row[1]
                return CaseReference(rawValue: UInt64(bitPattern: bits)).map { TaskID($0, UInt16(clamping: number)) }
            }
        }
    }

    /// What the index `tasks_parked` holds.
    private static let parked = "outcome IN ('failed', 'timed-out', 'no-worker')"
    /// The owner's own tasks that have yet to end, whether or not their case is reconciled.
    private static let owners = "FROM tasks WHERE department = 'owner' AND outcome IS NULL"

    /// How many of the owner's own tasks have yet to end.
    package func ownersTasks() throws(JournalError) -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT count(*) \(Self.owners)") ?? 0 }
    }

    /// All entries of `stream`, in order; empty where there is no such stream.
    package func entries(of stream: Stream) throws(JournalError) -> [StoredEntry] {
        try read { try $0.rows(of: stream, at: place).flatMap(\.entries) }
    }

    /// Checks that the rows of `stream` follow each other, and their personal parts fit.
    ///
    /// - Throws: `broken` of the first row that does not.
    package func check(_ stream: Stream) throws(JournalError) {
        _ = try read { try $0.checkedRows(of: stream, at: place) }
    }

    /// The intake that was taken under `key`, where there is one.
    package func intake(key: Digest) throws(JournalError) -> KnownIntake? {
        try JournalError.telling(at: place, while: "look up a submission") {
            try single.unsafeRead { try $0.intake(key: key, at: place) }
        }
    }

    /// The rows of `stream` after turn `turn`, in order, `limit` at most.
    package func rows(of stream: Stream, after turn: UInt64 = 0, limit: Int = .max) throws(JournalError) -> [JournalRow]
    {
        try read { try $0.rows(of: stream, after: turn, limit: limit, at: place) }
    }

    /// Copies the database as it is now.
    func backUp(to copy: DatabaseQueue) throws { try database.backup(to: copy) }

    /// The outcome of `body` in one reading transaction.
    func read<Outcome>(_ body: (Database) throws -> Outcome) throws(JournalError) -> Outcome {
        try JournalError.telling(at: place, while: "read it") { try database.read(body) }
    }
}
