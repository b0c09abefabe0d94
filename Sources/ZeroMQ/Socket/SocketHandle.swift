internal import CZeroMQ
internal import Glibc

/// libzmq's socket and the one message buffer it receives into; closed when the last owner lets go.
///
/// A ``Socket`` owns it, and so does the ``SocketThread`` that watches it: a socket cannot be closed under a poll.
@safe final class SocketHandle {
    let pointer: UnsafeMutableRawPointer
    let kind: SocketKind
    let context: Context
    private let message: UnsafeMutablePointer<zmq_msg_t>
    private let thread = pthread_self()

    init(_ kind: SocketKind, in context: Context, options: SocketOptions) throws(ZeroMQError) {
        guard let pointer = unsafe zmq_socket(context.pointer, kind.type) else {
            throw ZeroMQError(last: "make a \(kind) socket")
        }
        unsafe self.pointer = unsafe pointer
        self.kind = kind
        self.context = context
        unsafe message = .allocate(capacity: 1)
        unsafe zmq_msg_init(message)
        try apply(options)
    }

    deinit {
        unsafe zmq_msg_close(message)
        unsafe message.deallocate()
        unsafe zmq_close(pointer)
    }

    /// Traps on any thread but the one that made the socket: libzmq would corrupt memory instead.
    func checkThread() {
        precondition(pthread_self() == thread, "a socket is used on the thread that made it, and on no other")
    }

    private func apply(_ options: SocketOptions) throws(ZeroMQError) {
        guard options.sendHighWaterMark > 0, options.receiveHighWaterMark > 0 else {
            throw ZeroMQError(
                errno: EINVAL, operation: "set a high-water mark below 1, which libzmq takes for no limit")
        }
        try set(ZMQ_LINGER, to: options.linger.wholeMilliseconds, named: "linger")
        try set(ZMQ_SNDHWM, to: options.sendHighWaterMark, named: "send high-water mark")
        try set(ZMQ_RCVHWM, to: options.receiveHighWaterMark, named: "receive high-water mark")
        try set(ZMQ_MAXMSGSIZE, to: options.maximumMessageBytes ?? -1, named: "maximum message bytes")
        try set(ZMQ_HEARTBEAT_IVL, to: options.heartbeatInterval.wholeMilliseconds, named: "heartbeat interval")
        try set(ZMQ_HEARTBEAT_TIMEOUT, to: options.heartbeatTimeout.wholeMilliseconds, named: "heartbeat timeout")
        try set(ZMQ_HEARTBEAT_TTL, to: options.heartbeatTimeToLive.wholeMilliseconds, named: "heartbeat time to live")
        let keepAliveSeconds = CInt(clamping: max(options.keepAlive.components.seconds, 1))
        try set(ZMQ_TCP_KEEPALIVE, to: CInt(1), named: "keep-alive")
        try set(ZMQ_TCP_KEEPALIVE_IDLE, to: keepAliveSeconds, named: "keep-alive idle time")
        try set(ZMQ_TCP_KEEPALIVE_INTVL, to: max(keepAliveSeconds / 10, 1), named: "keep-alive interval")
        try set(ZMQ_TCP_KEEPALIVE_CNT, to: CInt(3), named: "keep-alive count")
        try set(ZMQ_HANDSHAKE_IVL, to: options.handshakeInterval.wholeMilliseconds, named: "handshake interval")
        try set(ZMQ_BACKLOG, to: options.backlog, named: "backlog")
        try set(ZMQ_CONNECT_TIMEOUT, to: options.connectTimeout.wholeMilliseconds, named: "connect timeout")
        try set(ZMQ_RECONNECT_IVL, to: options.reconnectInterval.wholeMilliseconds, named: "reconnect interval")
        try set(
            ZMQ_RECONNECT_IVL_MAX, to: options.reconnectIntervalMaximum.wholeMilliseconds,
            named: "reconnect interval maximum")
        switch kind {
        case .router: try set(ZMQ_ROUTER_MANDATORY, to: CInt(options.routerMandatory ? 1 : 0), named: "mandatory")
        case .dealer, .request: try set(ZMQ_IMMEDIATE, to: CInt(options.immediate ? 1 : 0), named: "immediate")
        case .pair, .reply: break
        }
        try apply(options.security)
    }

    private func apply(_ security: Security) throws(ZeroMQError) {
        switch security {
        case .plain: break
        case .curveServer(let own):
            try set(ZMQ_CURVE_SERVER, to: CInt(1), named: "CURVE server")
            try set(ZMQ_CURVE_SECRETKEY, toKey: own.secretKey, named: "secret key")
        case .curveClient(let own, let server):
            try set(ZMQ_CURVE_SERVERKEY, toKey: server.description, named: "server's key")
            try set(ZMQ_CURVE_PUBLICKEY, toKey: own.publicKey.description, named: "public key")
            try set(ZMQ_CURVE_SECRETKEY, toKey: own.secretKey, named: "secret key")
        }
    }

    private func set(_ option: CInt, toKey text: String, named name: String) throws(ZeroMQError) {
        guard unsafe zmq_setsockopt(pointer, option, text, text.utf8.count) == 0 else {
            throw ZeroMQError(last: "set the \(name)")
        }
    }

    /// Sets an option of the size that libzmq expects it in.
    func set(_ option: CInt, to value: some FixedWidthInteger, named name: String) throws(ZeroMQError) {
        guard
            unsafe withUnsafeBytes(of: value, { unsafe zmq_setsockopt(pointer, option, $0.baseAddress, $0.count) }) == 0
        else { throw ZeroMQError(last: "set \(name) to \(value)") }
    }

    /// Hands over one frame without waiting.
    /// - Returns: 0, or the error's number.
    func send(_ frame: [UInt8], more: Bool) -> CInt {
        let flags = more ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT
        return unsafe frame.withUnsafeBytes { bytes in
            while unsafe zmq_send(pointer, bytes.baseAddress, bytes.count, flags) < 0 {
                let failure = zmq_errno()
                if failure != EINTR { return failure }
            }
            return 0
        }
    }

    /// Takes one frame into the buffer without waiting.
    /// - Returns: 0, or the error's number.
    func receive() -> CInt {
        while unsafe zmq_msg_recv(message, pointer, ZMQ_DONTWAIT) < 0 {
            let failure = zmq_errno()
            if failure != EINTR { return failure }
        }
        return 0
    }

    /// The frame in the buffer, copied out.
    var frame: [UInt8] {
        let count = unsafe zmq_msg_size(message)
        guard count > 0, let data = unsafe zmq_msg_data(message) else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            unsafe UnsafeMutableRawBufferPointer(bytes).copyMemory(from: .init(start: data, count: count))
            filled = count
        }
    }

    /// What the connection that the frame in the buffer came by is known by, under `name`; nil where it is not.
    func property(_ name: String) -> String? {
        guard let text = unsafe zmq_msg_gets(message, name) else { return nil }
        return unsafe String(cString: text)
    }

    /// Whether the frame in the buffer has another behind it in the same message.
    var hasMore: Bool { unsafe zmq_msg_more(message) != 0 }
}
