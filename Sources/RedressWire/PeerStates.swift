/// Where a worker or a client stands with the coordinator, as the coordinator sees it, and sets of that (specification,
/// "States").
package struct PeerStates: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// It has no session: it has not yet said READY or HELLO on this connection, or its session has ended.
    package static let unregistered = PeerStates(rawValue: 1)
    /// It has a session.
    package static let registered = PeerStates(rawValue: 2)
    /// It has a session and is to be offered nothing more. Workers only.
    package static let draining = PeerStates(rawValue: 4)

    /// Any session, draining or not.
    package static let inSession: PeerStates = [.registered, .draining]
    /// Every state.
    package static let all: PeerStates = [.unregistered, .registered, .draining]
}
