internal import CZeroMQ

extension Monitor {
    /// What happened, and at which endpoint: the socket's own for what it bound or accepted, the other's for what it
    /// connected to.
    public enum Event: Sendable, Hashable {
        /// The socket accepts connections.
        case listening(endpoint: String)
        /// The socket could not be bound.
        case bindFailed(endpoint: String, errno: Int32)
        /// A connection was accepted; its handshake follows.
        case accepted(endpoint: String)
        /// A connection could not be accepted, for want of a descriptor for instance.
        case acceptFailed(endpoint: String, errno: Int32)
        /// A connection was made; its handshake follows.
        case connected(endpoint: String)
        /// A connection could not be made; the next attempt follows after a pause.
        case retrying(endpoint: String, after: Duration)
        /// The peer may send and be sent to.
        case handshakeSucceeded(endpoint: String)
        /// The peer was turned away, or turned this socket away.
        case handshakeFailed(endpoint: String, reason: HandshakeFailure)
        /// A connection broke.
        case disconnected(endpoint: String)
        /// The socket closed a connection or an endpoint by itself.
        case closed(endpoint: String)
        /// The monitored socket has been closed; nothing follows.
        case stopped
    }

    /// Why a handshake failed.
    public enum HandshakeFailure: Sendable, Hashable {
        /// The connection ended or its time ran out; the system's error number.
        case interrupted(errno: Int32)
        /// One side wants CURVE and the other plain text. The side that notices first hangs up, and the other one may see
        /// ``interrupted(errno:)`` instead.
        case otherSecurity
        /// The peer did not speak the protocol, or did not prove its key; libzmq's `ZMQ_PROTOCOL_ERROR_…`.
        case protocolError(Int32)
        /// The authenticator refused the peer: ZAP's status 300 for try again, 400 for never, 500 for its own failure.
        case denied(status: Int32)
    }
}

/// The numbers that libzmq gives its events.
enum EventCode {
    /// All events that ``Monitor/Event`` has a case for.
    static var all: Int32 {
        ZMQ_EVENT_LISTENING | ZMQ_EVENT_BIND_FAILED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED
            | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
            | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
            | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED
            | ZMQ_EVENT_MONITOR_STOPPED
    }
}

extension Monitor.Event {
    /// Reads an event as `zmq_socket_monitor(3)` lays it out, in the machine's byte order: its number (16 bits) and its
    /// value (32 bits) in one frame, the endpoint in the next.
    init?(_ frames: [[UInt8]]) {
        guard frames.count == 2, frames[0].count == 6 else { return nil }
        let (code, value) = unsafe frames[0].withUnsafeBytes { bytes in
            unsafe (bytes.load(as: UInt16.self), bytes.loadUnaligned(fromByteOffset: 2, as: Int32.self))
        }
        let endpoint = String(decoding: frames[1], as: UTF8.self)
        switch Int32(code) {
        case ZMQ_EVENT_LISTENING: self = .listening(endpoint: endpoint)
        case ZMQ_EVENT_BIND_FAILED: self = .bindFailed(endpoint: endpoint, errno: value)
        case ZMQ_EVENT_ACCEPTED: self = .accepted(endpoint: endpoint)
        case ZMQ_EVENT_ACCEPT_FAILED: self = .acceptFailed(endpoint: endpoint, errno: value)
        case ZMQ_EVENT_CONNECTED: self = .connected(endpoint: endpoint)
        case ZMQ_EVENT_CONNECT_RETRIED: self = .retrying(endpoint: endpoint, after: .milliseconds(value))
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: self = .handshakeSucceeded(endpoint: endpoint)
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self = .handshakeFailed(endpoint: endpoint, reason: .interrupted(errno: value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            let isMismatch = value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
            self = .handshakeFailed(endpoint: endpoint, reason: isMismatch ? .otherSecurity : .protocolError(value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            self = .handshakeFailed(endpoint: endpoint, reason: .denied(status: value))
        case ZMQ_EVENT_DISCONNECTED: self = .disconnected(endpoint: endpoint)
        case ZMQ_EVENT_CLOSED: self = .closed(endpoint: endpoint)
        case ZMQ_EVENT_MONITOR_STOPPED: self = .stopped
        default: return nil
        }
    }
}
