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
        /// Why the views could not be brought up, where there was nothing else to write.
        var viewsFault: JournalError?
    }

    /// Makes bytes of a turn's drafts and writes them, with the views that are brought up with it.
    ///
    /// - Parameters:
    ///   - shown: the turn that the views then show.
    ///   - forgotten: cases of which nothing need be remembered between turns.
    /// - Throws: why the turn is not on disk, and the views neither. Views alone can wait: see ``Written/viewsFault``.
    func append(
        _ number: UInt64, _ intakes: [PendingIntake], _ drafts: [PendingTurn.Draft], showing views: [CaseView],
        upTo shown: UInt64, forgotten: [CaseReference]
    ) throws(JournalError) -> Written {
        for reference in forgotten { journal.forget(reference) }
        guard !drafts.isEmpty else { return project(views, upTo: shown) }
        let turn = Turn(
            number: number, epoch: epoch,
            intakes: intakes.map { Turn.Intake(reference: $0.reference, key: $0.key, body: $0.body) },
            rows: drafts.map(\.row))
        let heads = try journal.append(turn, showing: views, upTo: shown)
        return Written(turn: number, rows: turn.rows, heads: heads, commits: journal.commits)
    }

    private func project(_ views: [CaseView], upTo turn: UInt64) -> Written {
        var written = Written()
        do throws(JournalError) {
            try journal.project(views, upTo: turn)
        } catch {
            written.viewsFault = error
        }
        written.commits = journal.commits
        return written
    }

    /// Writes the log back and empties it, so that nothing is left in it of what was erased.
    ///
    /// - Returns: whether no reader was in the way; the next turn tries again.
    func emptyLog() throws(JournalError) -> Bool { try journal.emptyLog() }

    /// Ends the opening: the data folder is free when this returns.
    func close() { journal.close() }
}
