package import RedressContract

/// One reading of both clocks.
package struct Now: Sendable, Hashable {
    /// Time that never jumps, since an arbitrary start: for leases, heartbeats and offers.
    package var steady: Duration
    /// The wall clock: for due times, backoff, deadlines and the journal.
    package var wall: Timestamp

    package init(steady: Duration, wall: Timestamp) {
        self.steady = steady
        self.wall = wall
    }
}

/// A connection to the coordinator, by the routing id that ROUTER gave it.
package struct Peer: Sendable, Hashable {
    package let routingID: [UInt8]
    /// The public key that the connection was made with, as text; nil where there are no keys. A connection has one for
    /// life, so that it need not be compared.
    package let key: String?

    package init(_ routingID: [UInt8], key: String? = nil) {
        self.routingID = routingID
        self.key = key
    }

    package static func == (a: Self, b: Self) -> Bool { a.routingID == b.routingID }
    package func hash(into hasher: inout Hasher) { hasher.combine(routingID) }
}
