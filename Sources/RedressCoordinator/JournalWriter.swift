import RedressCase
import RedressContract
import RedressStore
import ZeroMQ

/// The journal's owner while the coordinator runs: writes one turn while the next is decided, on a thread of its own.
actor JournalWriter {
    private let thread: SocketThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let journal: SQLiteJournal
    /// Which opening of the journal this is.
    nonisolated let epoch: Epoch

    /// The writer of `journal` from now on.
    init(_ journal: sending SQLiteJournal) throws(ZeroMQError) {
        thread = try SocketThread(name: "journal")
        epoch = journal.epoch
        self.journal = journal
    }

    /// What came of a turn.
    struct Written: Sendable {
        /// The head of each row's stream.
        var heads: [Digest]
        /// Transactions made durable since the opening.
        var commits: UInt64
    }

    /// Writes a turn, where it has rows, and then brings the views up to it.
    ///
    /// - Parameter forgotten: cases of which nothing need be remembered between turns.
    /// - Throws: what the journal throws for the turn. Views that cannot be written now follow with a later turn.
    func write(
        _ turn: Turn, views: [CaseView]?, forgotten: [CaseReference]
    ) throws(JournalError) -> (written: Written, viewsFault: JournalError?) {
        for reference in forgotten { journal.forget(reference) }
        let heads = turn.rows.isEmpty ? [] : try journal.append(turn)
        var fault: JournalError?
        if let views {
            do throws(JournalError) { try journal.project(views, upTo: journal.durableTurn) } catch { fault = error }
        }
        return (Written(heads: heads, commits: journal.commits), fault)
    }

    /// Writes the log back and empties it, so that nothing is left in it of what was erased.
    ///
    /// - Returns: whether no reader was in the way; the next turn tries again.
    func emptyLog() throws(JournalError) -> Bool { try journal.emptyLog() }

    /// Ends the opening: the data folder is free when this returns.
    func close() { journal.close() }
}
