/// What became of a message given to ``Socket/send(_:)``.
public enum SendOutcome: Sendable, Hashable {
    /// libzmq has taken it. Whether it arrives, only an answer of the peer tells.
    case sent
    /// Nothing was sent: the peer's queue is at its high-water mark, or a dealer has no complete connection.
    case full
    /// Nothing was sent: no peer has the routing id in the first frame.
    case unroutable
}
