internal import GRDB
package import RedressCase
package import RedressContract

extension SQLiteJournal {
    package func project(_ views: [CaseView], upTo turn: UInt64) throws(JournalError) {
        guard turn <= durableTurn else {
            throw JournalError(.badTurn, "The views cannot show turn \(turn) before it is durable.")
        }
        try commit("bring the views up to turn \(turn)") { connection in
            for view in views {
                guard
                    let ordinal = try heads[view.reference.rawValue]?.ordinal
                        ?? connection.ordinal(of: .case(view.reference))
                else { throw JournalError(.badTurn, "There is no case \(view.reference) to show.") }
                try connection.write(view, ordinal: ordinal)
            }
            if try connection.watermark() < turn { try connection.setWatermark(turn) }
        }
    }

    /// Builds all views anew from the journal; `fold` says what they show of a case, nil for one that it cannot fold.
    ///
    /// The views are incomplete, and their watermark is 0, until this returns.
    package func rebuildViews(_ fold: (CaseReference, [StoredEntry]) -> CaseView?) throws(JournalError) {
        let end = durableTurn
        try commit("clear the views") { connection in
            for table in ["cases", "tasks", "conflicts"] { try connection.execute(sql: "DELETE FROM \(table)") }
            try connection.setWatermark(0)
        }
        for start in stride(from: 1, to: Int(nextOrdinal), by: 1000) {
            var views: [(CaseView, UInt32)] = []
            for ordinal in (start..<min(start + 1000, Int(nextOrdinal))).map(UInt32.init) {
                guard let (reference, rows) = try rows(ofCase: ordinal) else { continue }
                if let view = fold(reference, rows.flatMap(\.entries)) { views.append((view, ordinal)) }
            }
            try commit("write the views") { for (view, ordinal) in views { try $0.write(view, ordinal: ordinal) } }
        }
        try commit("finish the views") { try $0.setWatermark(end) }
    }
}
