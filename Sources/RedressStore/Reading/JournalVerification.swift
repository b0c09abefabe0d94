internal import GRDB
package import RedressCase
package import RedressContract

/// What a walk along both chains of a journal found. It reads one moment of the database, beside a running coordinator
/// or without one, and takes one reading of every row.
package struct JournalVerification: Sendable {
    /// What a client was told when its case was taken in, or later: this row exists.
    package struct Anchor: Sendable, Hashable {
        package var reference: CaseReference
        package var head: Digest

        package init(reference: CaseReference, head: Digest) {
            self.reference = reference
            self.head = head
        }
    }

    /// How many turns were found good.
    package internal(set) var turns: UInt64 = 0
    /// How many cases began in them.
    package internal(set) var cases: Int = 0
    /// How many entries they hold.
    package internal(set) var entries: UInt64 = 0
    /// The hash of the last good turn: an anchor of the whole journal.
    package internal(set) var lastHash: Digest = .zero
    /// The first fault; nil where both chains hold.
    package internal(set) var fault: JournalFault?

    /// Walks the journal in `folder`; each of `anchors` must be in it.
    ///
    /// - Parameter fold: what the views must show of a case; nil: they are not looked at.
    /// - Throws: where the database cannot be read at all. What is wrong in it is the ``fault``.
    package init(_ folder: DataFolder, anchors: [Anchor] = [], views fold: CaseFold? = nil) throws(JournalError) {
        try self.init(JournalReader(folder), of: folder, anchors: anchors, views: fold)
    }

    /// Walks the journal that `reader` reads, of `folder`.
    init(
        _ reader: JournalReader, of folder: DataFolder, anchors: [Anchor] = [], views fold: CaseFold? = nil
    ) throws(JournalError) {
        self = try reader.read { connection in
            var walk = try ChainWalk(connection, anchors: anchors)
            do {
                try walk.run()
                if let fold { try connection.checkViews(fold, at: folder.path) }
            } catch let fault as JournalFault {
                walk.result.fault = fault
            }
            return walk.result
        }
    }

    init() {}
}

extension Database {
    /// Compares each view with what `fold` makes of the journal.
    ///
    /// - Throws: a `JournalFault` for the first case whose view differs.
    fileprivate func checkViews(_ fold: CaseFold, at place: String) throws {
        let turn = UInt64(clamping: try Int64.fetchOne(self, sql: "SELECT turn FROM meta") ?? 0)
        let watermark = try watermark()
        let last = try lastOrdinal(upTo: turn)
        for number in stride(from: 1, through: last, by: 1) {
            guard let ordinal = UInt32(exactly: number), let reference = try reference(of: ordinal) else { continue }
            let shown = try views(after: ordinal - 1, limit: 1).first { $0.reference == reference }
            let rows = try undamagedRows(of: reference, at: place)
            guard !Self.isRight(shown, reference, rows, after: watermark, fold) else { continue }
            throw JournalFault(
                kind: .wrongView, stream: .case(reference), turn: watermark,
                sentence: shown == nil
                    ? "the views do not show the case" : "the views show the case otherwise than its entries tell it")
        }
        let stray = try Int64.fetchOne(
            self, sql: "SELECT count(*) FROM cases WHERE stream NOT BETWEEN 1 AND ?", arguments: [last])
        if stray != 0 || watermark > turn {
            throw JournalFault(
                kind: .wrongView, turn: watermark, sentence: "the views show what is not in the journal")
        }
    }

    /// Whether `shown` is what the rows of a case came to after turn `watermark` or a later one: views are brought up some
    /// at a time, so that those of one case may be ahead of all others.
    private static func isRight(
        _ shown: CaseView?, _ reference: CaseReference, _ rows: [JournalRow]?, after watermark: UInt64, _ fold: CaseFold
    ) -> Bool {
        guard let rows else { return shown == CaseView(setAside: reference) }
        func view(_ count: Int) -> CaseView? {
            guard count > 0 else { return nil }
            return fold(reference, rows[..<count].flatMap(\.entries)) ?? CaseView(setAside: reference)
        }
        let certain = rows.prefix { $0.turn <= watermark }.count
        return (certain...rows.count).contains { view($0) == shown }
    }
}
