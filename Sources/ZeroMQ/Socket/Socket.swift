internal import CZeroMQ
internal import Glibc

/// One end of a conversation. It belongs to the thread that makes it, which uses and closes it; any other thread that
/// tries traps.
///
/// An actor on a ``SocketThread`` is the usual owner; it makes its socket in a method, for an actor's `init` runs on
/// the caller's thread. Sending and receiving never wait; a thread waits for input with
/// ``SocketThread/watch(_:)-(Socket)``.
public struct Socket: ~Copyable {
    let handle: SocketHandle

    /// Makes a socket that is not yet connected to anything. It keeps the context alive.
    /// - Throws: ``ZeroMQError``: an option out of its range, or no descriptor left.
    public init(
        _ kind: SocketKind, in context: Context, options: SocketOptions = .init()
    ) throws(ZeroMQError) {
        handle = try SocketHandle(kind, in: context, options: options)
    }

    /// Accepts connections at an endpoint such as `tcp://127.0.0.1:*`, `ipc:///run/desk` or `inproc://desk`.
    ///
    /// libzmq would take an `ipc` path over from whoever serves it, who would hear of nobody again; here that is refused. What
    /// a process left that has ended is taken.
    ///
    /// - Returns: the endpoint with its port or path filled in, for others to connect to.
    /// - Throws: ``ZeroMQError``, such as ``ZeroMQError/Code/addressInUse``.
    public mutating func bind(to endpoint: String) throws(ZeroMQError) -> String {
        if endpoint.hasPrefix("ipc://"), Self.isServed(String(endpoint.dropFirst(6))) {
            throw ZeroMQError(errno: EADDRINUSE, operation: "bind \(endpoint)")
        }
        try unsafe call("bind", endpoint, zmq_bind)
        return try lastEndpoint(room: endpoint.utf8.count + 256)
    }

    /// Whether a process listens at the `path` of a Unix socket.
    private static func isServed(_ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room, path != "*", !path.hasPrefix("@") else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        return unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                // A full backlog is somebody's too.
                unsafe Glibc.connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 || errno == EAGAIN
            }
        }
    }

    /// Connects to an endpoint and keeps reconnecting until ``disconnect(from:)``. That nobody is there yet is no
    /// error.
    /// - Throws: ``ZeroMQError`` when the endpoint cannot be understood.
    public mutating func connect(to endpoint: String) throws(ZeroMQError) {
        try unsafe call("connect", endpoint, zmq_connect)
    }

    /// Ends the connection to an endpoint, named as it was given to ``connect(to:)``. libzmq carries it out bit by bit
    /// while the socket is used or watched.
    /// - Throws: ``ZeroMQError/Code/notFound`` when there is none.
    public mutating func disconnect(from endpoint: String) throws(ZeroMQError) {
        try unsafe call("disconnect", endpoint, zmq_disconnect)
    }

    private func call(
        _ verb: String, _ endpoint: String,
        _ function: (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> CInt
    ) throws(ZeroMQError) {
        handle.checkThread()
        let operation = "\(verb) \(endpoint)"
        guard !endpoint.utf8.contains(0) else { throw ZeroMQError(errno: EINVAL, operation: operation) }
        while unsafe endpoint.withCString({ unsafe function(handle.pointer, $0) }) != 0 {
            let failure = zmq_errno()
            if failure != EINTR { throw ZeroMQError(errno: failure, operation: operation) }
        }
    }

    private func lastEndpoint(room: Int) throws(ZeroMQError) -> String {
        var count = room
        var bytes = [UInt8](repeating: 0, count: room)
        guard unsafe zmq_getsockopt(handle.pointer, ZMQ_LAST_ENDPOINT, &bytes, &count) == 0 else {
            throw ZeroMQError(last: "read the bound endpoint")
        }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
