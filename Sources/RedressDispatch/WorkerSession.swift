package import RedressContract
package import RedressWire

/// Who a worker is in a session: what does not change, apart from what does, so that it can be passed around meanwhile.
package final class Worker: Sendable {
    /// The session's number.
    package let session: UInt64
    /// The connection.
    package let peer: Peer
    /// Its label.
    package let name: String
    /// What it is.
    package let incarnation: UInt64
    /// The departments that it works for.
    package let departments: [DepartmentName]
    /// The contracts that it serves; none means all of its departments.
    package let contracts: [Contract]
    /// How entries name it.
    let actor: String

    init(
        session: UInt64, peer: Peer, name: String, incarnation: UInt64, departments: [DepartmentName],
        contracts: [Contract]
    ) {
        self.session = session
        self.peer = peer
        self.name = name
        self.incarnation = incarnation
        self.departments = departments
        self.contracts = contracts
        actor = "worker:\(name)"
    }
}

/// A worker that has said READY, in its present session. A reference, because every message changes one: whoever owns the
/// ``Broker`` owns it.
@dynamicMemberLookup
package final class WorkerSession {
    /// Who it is.
    package let worker: Worker
    /// Messages that it would take now.
    package var creditMessages: Int = 0
    /// Bytes of briefs that it would take now.
    package var creditBytes: Int = 0
    /// What it holds or was offered, with the bytes that each took of its credit.
    package var outstanding: [TaskAttempt: Int] = [:]
    /// Whether it wants nothing more.
    package var isDraining = false
    /// Whether it was asked to leave and has not said yet that it does: DRAIN may have been lost.
    var isAskedToLeave = false
    /// Whether a person wants it to be offered nothing.
    package var isPaused = false
    /// When it was last heard, in attended time.
    var heardAt: Duration

    init(_ worker: Worker, isPaused: Bool, heardAt: Duration) {
        self.worker = worker
        self.isPaused = isPaused
        self.heardAt = heardAt
    }

    /// Whether it would take another message now.
    var wantsMore: Bool { !isDraining && !isPaused && creditMessages > 0 }

    /// Whether a brief of `bytes` may be sent: one that is larger than the credit goes alone.
    func hasCredit(for bytes: Int) -> Bool { wantsMore && (bytes <= creditBytes || outstanding.isEmpty) }

    /// What of it does not change.
    package subscript<Value>(dynamicMember path: KeyPath<Worker, Value>) -> Value { worker[keyPath: path] }
}
