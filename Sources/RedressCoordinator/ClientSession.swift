import RedressCase
import RedressContract
import RedressDispatch

/// A client that has said HELLO, in its present session. A reference, of the coordinator's thread alone: it may follow
/// thousands of cases, and they are not to be copied.
final class ClientSession {
    /// The session's number.
    let session: UInt64
    /// The connection.
    let peer: Peer
    /// Its name: the namespace of its keys.
    let name: String
    /// Events that it would take now.
    var creditMessages = 0
    /// Bytes of events that it would take now.
    var creditBytes = 0
    /// The cases that it follows.
    var follows: [CaseReference: Follow] = [:]
    /// Those of which it could not be told all for want of credit.
    var waiting: Set<CaseReference> = []
    /// When it was last heard, in steady time.
    var heardAt: Duration

    init(session: UInt64, peer: Peer, name: String, heardAt: Duration) {
        self.session = session
        self.peer = peer
        self.name = name
        self.heardAt = heardAt
    }

    /// Whether an event of `bytes` may be sent.
    func hasCredit(for bytes: Int) -> Bool { creditMessages > 0 && creditBytes >= min(bytes, 1 << 20) }
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

/// An intake that is decided and not yet on disk.
struct PendingIntake {
    var reference: CaseReference
    var client: UInt64
    var request: UInt32
    var key: Digest
    var body: Digest
}
