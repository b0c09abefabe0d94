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
    /// - Throws: where the database cannot be read at all. What is wrong in it is the ``fault``.
    package init(_ folder: DataFolder, anchors: [Anchor] = []) throws(JournalError) {
        try folder.checkReadable()
        try self.init(file: folder.database, anchors: anchors)
    }

    /// Walks the journal in the database at `file`.
    package init(file: String, anchors: [Anchor] = []) throws(JournalError) {
        self = try JournalReader(file: file).read { connection in
            var walk = try ChainWalk(connection, anchors: anchors)
            do { try walk.run() } catch let fault as JournalFault { walk.result.fault = fault }
            return walk.result
        }
    }

    init() {}
}
