internal import GRDB
package import RedressCase
package import RedressContract

extension SQLiteJournal {
    package func project(_ views: [CaseView], upTo turn: UInt64) throws(JournalError) {
        guard turn <= durableTurn else {
            throw JournalError(.badTurn, "The views cannot show turn \(turn) before it is durable.")
        }
        try commit("bring the views up to turn \(turn)") { try show(views, upTo: turn, $0) }
    }

    /// Brings the views up to `turn` within a transaction.
    func show(_ views: [CaseView], upTo turn: UInt64, _ connection: Database) throws {
        for view in views {
            guard
                let ordinal = try heads[view.reference.rawValue]?.ordinal
                    ?? connection.ordinal(of: .case(view.reference))
            else { throw JournalError(.badTurn, "There is no case \(view.reference) to show.") }
            try connection.write(view, ordinal: ordinal)
        }
        if try connection.watermark() < turn { try connection.setWatermark(turn) }
    }

    /// Whether the views can be right, as far as that shows without reading the journal: they have each case up to the turn
    /// that they show, and count as finished just those that say so.
    package func hasWholeViews() throws(JournalError) -> Bool {
        try read("look over the views") { connection in
            let watermark = try connection.watermark()
            guard watermark <= durableTurn else { return false }
            let last = try connection.lastOrdinal(upTo: watermark)
            let wholly = try Int64.fetchOne(
                connection,
                sql: "SELECT count(*) FROM cases WHERE stream BETWEEN 1 AND ? AND (unfinished = 0) = (state = ?)",
                arguments: [last, Case.State.reconciled.rawValue])
            return wholly == last
        }
    }

    /// Makes all views anew out of the journal, all or nothing.
    ///
    /// - Parameter progress: called after each case with how many are done, and how many there are.
    /// - Returns: how many cases they show.
    @discardableResult
    package func rebuildViews(
        _ fold: (CaseReference, [StoredEntry]) -> CaseView?,
        progress: (_ done: Int, _ cases: Int) -> Void = { _, _ in }
    ) throws(JournalError) -> Int {
        var cases = 0
        try commit("make the views anew") { connection in
            cases = try connection.rebuildViews(upTo: durableTurn, fold, at: folder.path, progress: progress)
        }
        return cases
    }
}
