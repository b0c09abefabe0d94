package import RedressContract

/// The seam between the coordinator and where its journal lies: SQLite, the simulator's model, another store to come.
///
/// A journal promises, and its conformance suite checks: turns become durable in order and whole; a turn of a stale
/// epoch is refused and changes nothing; a reference or a key that exists already is reported and the turn changes
/// nothing; what was appended is read back byte for byte, but for what a later entry erases.
package protocol Journal: AnyObject {
    /// The epoch of this opening: greater than that of every opening before.
    var epoch: Epoch { get }

    /// The number of the last turn that is on disk; 0 where there is none.
    var durableTurn: UInt64 { get }

    /// Appends the next turn and returns once it is durable.
    ///
    /// With an entry that erases a person (``StoredEntry/erasedPerson``) go, all or nothing, the bytes of this person's
    /// parts in all entries before it in its stream.
    ///
    /// - Returns: for each of the turn's rows, in order, the head of its stream: the SHA-256 of the row.
    func append(_ turn: Turn) throws(JournalError) -> [Digest]

    /// Brings the views up to `turn` for these cases.
    func project(_ views: [CaseView], upTo turn: UInt64) throws(JournalError)

    /// All entries of `stream`, in order; empty where there is no such stream.
    func entries(of stream: Stream) throws(JournalError) -> [StoredEntry]

    /// The intake that was taken under `key`, where there is one.
    func intake(key: Digest) throws(JournalError) -> KnownIntake?

    /// Calls `body` with each case that is open in the views or has entries that they do not show yet, and with whether
    /// they show all of it. Instead of the entries of a case with a damaged row comes the error that says so.
    func forEachUnfinishedCase(
        _ body: (CaseReference, Result<[StoredEntry], JournalError>, Bool) -> Void
    ) throws(JournalError)

    /// Lets go of what is remembered of `reference` between turns; it is read again when it is needed.
    func forget(_ reference: CaseReference)
}

/// A SHA-256, 32 bytes.
package struct Digest: Sendable, Hashable, CustomStringConvertible {
    /// The 32 bytes as four numbers, first byte highest.
    package var words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest in the first 32 of `bytes`; nil where there are fewer.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// The digest of 64 hexadecimal digits; nil for anything else.
    package init?(hexadecimal text: some StringProtocol) {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        self.init(stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }

    /// Before the first row of a stream.
    package static let zero = Digest(unchecked: (0, 0, 0, 0))

    private init(unchecked words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        }
    }

    package static func == (a: Self, b: Self) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    /// Sixty-four hexadecimal digits.
    package var description: String {
        let digits: StaticString = "0123456789abcdef"
        return String(unsafeUninitializedCapacity: 64) { text in
            for (index, word) in [words.0, words.1, words.2, words.3].enumerated() {
                for digit in 0..<16 {
                    text[16 * index + digit] = digits.utf8Start[Int(word >> (60 - 4 * digit) & 15)]
                }
            }
            return 64
        }
    }
}

/// Which opening of the store wrote something: a counter, and random bits because a restored backup repeats a counter.
package struct Epoch: Sendable, Hashable, CustomStringConvertible {
    /// Counts the openings of the store, from 1.
    package var number: UInt64
    /// 64 random bits.
    package var nonce: UInt64

    package init(number: UInt64, nonce: UInt64) {
        self.number = number
        self.nonce = nonce
    }

    package var description: String { "\(number)-\(String(nonce, radix: 16))" }
}

/// What entries are chained in: one case, or the house (its policies, openings, operators).
package enum Stream: Sendable, Hashable, CustomStringConvertible {
    case house
    case `case`(CaseReference)

    package var description: String {
        switch self {
        case .house: "house"
        case .case(let reference): reference.description
        }
    }
}

/// What one turn of the coordinator leaves on disk, all or nothing.
package struct Turn: Sendable {
    /// The entries of one stream in this turn.
    package struct Row: Sendable {
        package var stream: Stream
        /// At least one.
        package var entries: [StoredEntry]

        package init(stream: Stream, entries: [StoredEntry]) {
            self.stream = stream
            self.entries = entries
        }
    }

    /// A case that begins in this turn.
    package struct Intake: Sendable {
        package var reference: CaseReference
        /// SHA-256 of the client's name and its key.
        package var key: Digest
        /// SHA-256 of the submission's body.
        package var body: Digest

        package init(reference: CaseReference, key: Digest, body: Digest) {
            self.reference = reference
            self.key = key
            self.body = body
        }
    }

    /// The number; one more than the turn before.
    package var number: UInt64
    /// The epoch of the opening that writes.
    package var epoch: Epoch
    /// The cases that begin.
    package var intakes: [Intake]
    /// The entries, at most one row for each stream.
    package var rows: [Row]

    package init(number: UInt64, epoch: Epoch, intakes: [Intake] = [], rows: [Row]) {
        self.number = number
        self.epoch = epoch
        self.intakes = intakes
        self.rows = rows
    }
}

/// An entry as a store keeps it: bytes that it does not look into.
package struct StoredEntry: Sendable, Hashable {
    /// Identifiers, states, counts and outcomes; never erased.
    package var structure: [UInt8]
    /// Texts, names and values of facts, each of one person.
    package var parts: [PersonalPart]

    package init(structure: [UInt8], parts: [PersonalPart] = []) {
        self.structure = structure
        self.parts = parts
    }
}

/// What an entry says of a person, kept apart so that it can be erased.
package struct PersonalPart: Sendable, Hashable {
    /// Whose it is, by role within the case: `complainant`.
    package var person: String
    /// The bytes; nil once they have been erased.
    package var bytes: [UInt8]?

    package init(person: String, bytes: [UInt8]?) {
        self.person = person
        self.bytes = bytes
    }
}

/// An intake that the journal knows.
package struct KnownIntake: Sendable, Hashable {
    package var reference: CaseReference
    /// SHA-256 of the submission's body.
    package var body: Digest
    /// The turn that took it.
    package var turn: UInt64
    /// SHA-256 of the row of that turn: the anchor that the client got.
    package var head: Digest

    package init(reference: CaseReference, body: Digest, turn: UInt64, head: Digest) {
        self.reference = reference
        self.body = body
        self.turn = turn
        self.head = head
    }
}

/// Why the journal could not do what it was asked.
package struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is.
    package enum Code: String, Sendable {
        /// Another process holds the data folder.
        case locked
        /// The folder's format is newer than this program, or not Redress's.
        case format
        /// A turn of an epoch that is no longer the last one.
        case staleEpoch
        /// A turn that does not follow the last one, or is not well-formed: a mistake of the program.
        case badTurn
        /// A reference or key exists already.
        case keyConflict
        /// Reading or writing failed, or the disk is full.
        case inputOutput
        /// The chains do not fit the rows.
        case broken
    }

    package var code: Code
    /// What happened, where, and what to do.
    package var sentence: String

    package init(_ code: Code, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    package var description: String { sentence }
}

/// What the views show of a case: a pure function of its folded state, without personal data.
package struct CaseView: Sendable, Hashable {
    /// The state of a case whose entries make none.
    package static let stateSetAside = "set-aside"

    package struct TaskView: Sendable, Hashable {
        package var number: UInt16
        package var type: String
        package var department: String
        package var state: String
        package var outcome: String?
        package var attempt: UInt32
        package var worker: String?

        package init(
            number: UInt16, type: String, department: String, state: String, outcome: String?, attempt: UInt32,
            worker: String?
        ) {
            self.number = number
            self.type = type
            self.department = department
            self.state = state
            self.outcome = outcome
            self.attempt = attempt
            self.worker = worker
        }
    }

    package struct ConflictView: Sendable, Hashable {
        /// The fact's key without its subject.
        package var fact: String
        /// The issues that wait for it.
        package var issues: [Int]

        package init(fact: String, issues: [Int]) {
            self.fact = fact
            self.issues = issues
        }
    }

    package var reference: CaseReference
    package var state: String
    /// Whether work of departments is still to come: such cases are in memory while the coordinator runs.
    package var isUnfinished: Bool
    package var receivedAt: Timestamp
    package var deadline: Timestamp
    package var issues: Int
    /// What waits for the case owner.
    package var openPoints: Int
    package var outcome: String?
    /// The tasks that wait: for a worker, for its answer, or, where they have failed, for a person. Those that are done are in
    /// the case.
    package var tasks: [TaskView]
    package var conflicts: [ConflictView]

    package init(
        reference: CaseReference, state: String, isUnfinished: Bool, receivedAt: Timestamp, deadline: Timestamp,
        issues: Int,
        openPoints: Int, outcome: String?, tasks: [TaskView], conflicts: [ConflictView]
    ) {
        self.reference = reference
        self.state = state
        self.isUnfinished = isUnfinished
        self.receivedAt = receivedAt
        self.deadline = deadline
        self.issues = issues
        self.openPoints = openPoints
        self.outcome = outcome
        self.tasks = tasks
        self.conflicts = conflicts
    }
}

/// What the views show of a case with these entries; nil for one that cannot be folded.
package typealias CaseFold = (CaseReference, [StoredEntry]) -> CaseView?

extension CaseView {
    /// What the views show of a case that was set aside: it counts as unfinished, and is tried again at every start.
    package init(setAside reference: CaseReference) {
        self.init(
            reference: reference, state: Self.stateSetAside, isUnfinished: true,
            receivedAt: Timestamp(milliseconds: 0), deadline: Timestamp(milliseconds: 0), issues: 0, openPoints: 0,
            outcome: nil, tasks: [], conflicts: [])
    }

    /// What the views show of a case with these entries; nil where they make none.
    package init?(folding reference: CaseReference, _ entries: [StoredEntry]) {
        guard let folded = try? Case(reference, stored: entries) else { return nil }
        self = folded.view
    }
}
