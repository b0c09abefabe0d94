package import RedressCase
package import RedressContract
package import RedressWire

/// A client that has said HELLO, in its present session. A reference, because it may follow thousands of cases, and they
/// are not to be copied: whoever owns the ``Clientele`` owns it.
package final class ClientSession {
    /// The session's number.
    package let session: UInt64
    /// The connection.
    package let peer: Peer
    /// Its name: the namespace of its keys.
    package let name: String
    /// Events that it would take now.
    private(set) var creditMessages = 0
    /// Events that it takes when it has consumed all that it was sent: the most that it ever took.
    private var windowMessages = 0
    /// Bytes of events that it would take now.
    var creditBytes = 0
    /// The cases that it follows.
    var follows: [CaseReference: Follow] = [:]
    /// Those of which it could not be told all for want of credit.
    var waiting: Set<CaseReference> = []
    /// Questions of it that are being answered.
    package var asking = 0
    /// Bytes of answers and events that it was sent in this session.
    private var sentBytes = 0
    /// Whether something did not fit into what one session is sent: the next one has to begin.
    package private(set) var isSpent = false
    /// When it was last heard, in steady time.
    package var heardAt: Duration

    init(session: UInt64, peer: Peer, name: String, heardAt: Duration) {
        self.session = session
        self.peer = peer
        self.name = name
        self.heardAt = heardAt
    }

    /// Counts an answer or event of `bytes`; false where that is more than one session is sent.
    package func spend(_ bytes: Int) -> Bool {
        isSpent = isSpent || sentBytes + bytes > Limits.sessionBytesMaximum
        if !isSpent { sentBytes += bytes }
        return !isSpent
    }

    /// Adds what it gives back, or gives at first.
    func gain(messages: Int, bytes: Int) {
        creditMessages += messages
        creditBytes += bytes
        windowMessages = max(windowMessages, creditMessages)
    }

    /// Takes an event of `bytes` from its credit; false where it does not reach. One that is larger than all that is left
    /// goes alone, when nothing else is outstanding (specification, "Credit").
    func charge(_ bytes: Int) -> Bool {
        guard creditMessages > 0, creditBytes >= bytes || creditMessages == windowMessages, spend(bytes) else {
            return false
        }
        creditMessages -= 1
        creditBytes -= bytes
        return true
    }
}

/// A case that a client follows.
struct Follow {
    /// What a client wants to hear of a case: the second argument of FOLLOW and SUBMIT.
    enum Scope: UInt32 {
        case everyEntry = 1
        case recordOnly = 2
    }

    /// The request that asked for it.
    var request: UInt32
    /// What it wants to hear.
    var scope: Scope
    /// The first entry that it has not had.
    var next: Int
}

/// Where a client stands in the entries of a case: opaque to it.
enum Cursor {
    static func text(_ position: Int) -> String { "e\(position)" }

    static func position(_ text: String) -> Int? {
        guard text.first == "e", let position = Int(text.dropFirst()), position >= 0 else { return nil }
        return position
    }
}

/// An intake that is decided and not yet on disk.
package struct PendingIntake: Sendable {
    /// The case that it opens.
    package var reference: CaseReference
    /// The session of the client.
    package var client: UInt64
    /// The client's number of the request.
    package var request: UInt32
    /// What it wants to hear of the case, as SUBMIT says it.
    package var scope: UInt32
    /// SHA-256 of the client's name and its key.
    package var key: Digest
    /// SHA-256 of the submission's body.
    package var body: Digest

    package init(_ submission: Command, by client: UInt64, as reference: CaseReference, key: Digest, body: Digest) {
        self.reference = reference
        self.client = client
        request = submission.first
        scope = submission.second
        self.key = key
        self.body = body
    }
}
