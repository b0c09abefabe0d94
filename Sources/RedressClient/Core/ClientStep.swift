package import RedressContract
package import RedressWire

/// What a ``ClientCore`` wants done, in the order of the members.
package struct ClientStep: Sendable {
    /// What requests have come to, each with its number and whether no more replies are to come.
    package var replies: [(request: UInt32, reply: Reply, isLast: Bool)] = []
    /// Whether a session has begun.
    package var isWelcomed = false
    /// Why it is over; nil while it is not.
    package var end: ClientError?
    /// Whether to give the line up and make a new one.
    package var reconnects = false
    /// Refusals by which requests were put off for the first time, each with how long the request is tried.
    package var postponed: [(refusal: Refusal, patience: Duration?)] = []
    /// Commands to send, to be packed.
    package var sends: [Command] = []

    package init() {}
}
