/// What ``Socket/receive(maximumFrames:)`` took from the socket.
public enum Received: Sendable, Hashable {
    /// All frames of one message, at least one.
    case message([[UInt8]])
    /// A message of more frames than allowed, dropped whole but for its first frame: at a router the routing id, so
    /// that the peer can be answered. `frames` counts all of them.
    case overlong(first: [UInt8], frames: Int)
}
