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

    package init(_ routingID: [UInt8]) { self.routingID = routingID }
}
