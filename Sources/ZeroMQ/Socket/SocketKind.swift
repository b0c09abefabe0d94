internal import CZeroMQ

/// The messaging pattern of a socket.
///
/// There is no publish and no push: they lose what is sent before the other side has joined, and say nothing about it.
public enum SocketKind: Sendable, Hashable {
    /// Talks to many peers. Each message starts with the routing id of the peer it came from or goes to.
    case router
    /// Talks to routers without waiting for turns, sending to its peers in rotation.
    case dealer
    /// Talks to exactly one other pair, usually in the same process.
    case pair
    /// Sends a request, then receives its reply, in strict turns.
    case request
    /// Receives a request, then sends its reply, in strict turns.
    case reply

    var type: CInt {
        switch self {
        case .router: ZMQ_ROUTER
        case .dealer: ZMQ_DEALER
        case .pair: ZMQ_PAIR
        case .request: ZMQ_REQ
        case .reply: ZMQ_REP
        }
    }
}
