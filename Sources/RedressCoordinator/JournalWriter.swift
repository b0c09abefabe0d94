import RedressCase
import RedressContract
import RedressDispatch
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

    /// What a turn wrote.
    struct Written: Sendable {
        /// Its number.
        var turn: UInt64 = 0
        /// The rows, and the head of each one's stream.
        var rows: [Turn.Row] = []
        var heads: [Digest] = []
        /// Transactions made durable since the opening.
        var commits: UInt64 = 0
    }

    /// Makes bytes of a turn's drafts and writes them, where there are any.
    ///
    /// - Parameter forgotten: cases of which nothing need be remembered between turns.
    func append(
        _ number: UInt64, _ intakes: [PendingIntake], _ drafts: [PendingTurn.Draft], forgotten: [CaseReference]
    ) throws(JournalError) -> Written {
        for reference in forgotten { journal.forget(reference) }
        guard !drafts.isEmpty else { return Written(commits: journal.commits) }
        let turn = Turn(
            number: number, epoch: epoch,
            intakes: intakes.map { Turn.Intake(reference: $0.reference, key: $0.key, body: $0.body) },
            rows: drafts.map(\.row))
        let heads = try journal.append(turn)
        return Written(turn: number, rows: turn.rows, heads: heads, commits: journal.commits)
    }

    /// Brings the views up; they then show `turn`.
    ///
    /// - Returns: why that cannot be now, where it cannot: they follow later.
    func project(_ views: [CaseView], upTo turn: UInt64) -> JournalError? {
        do throws(JournalError) {
            try journal.project(views, upTo: turn)
            return nil
        } catch {
            return error
        }
    }

    /// Writes the log back and empties it, so that nothing is left in it of what was erased.
    ///
    /// - Returns: whether no reader was in the way; the next turn tries again.
    func emptyLog() throws(JournalError) -> Bool { try journal.emptyLog() }

    /// Ends the opening: the data folder is free when this returns.
    func close() { journal.close() }
}
