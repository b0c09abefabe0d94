internal import CZeroMQ
internal import Glibc

/// The I/O threads that sockets share. Usually one a process, and it may be used from any thread.
///
/// Every ``Socket`` and ``Monitor`` holds its context, so it ends after the last of them. Its end waits for messages
/// that still linger, at most as long as their sockets' ``SocketOptions/linger``.
@safe public final class Context: Sendable {
    /// libzmq documents the context, alone among its handles, as safe to use from any thread.
    nonisolated(unsafe) let pointer: UnsafeMutableRawPointer

    /// - Parameter ioThreads: threads that do the network's work; one carries about a gigabyte a second.
    /// - Throws: ``ZeroMQError`` with ``ZeroMQError/Code/invalidArgument`` when `ioThreads` is negative or too large,
    ///   or ``ZeroMQError/Code/tooManyDescriptors``.
    public init(ioThreads: Int = 1) throws(ZeroMQError) {
        let operation = "make a context with \(ioThreads) I/O threads"
        guard let count = CInt(exactly: ioThreads) else { throw ZeroMQError(errno: EINVAL, operation: operation) }
        guard let pointer = unsafe zmq_ctx_new() else { throw ZeroMQError(last: operation) }
        guard unsafe zmq_ctx_set(pointer, ZMQ_IO_THREADS, count) == 0 else {
            let error = ZeroMQError(last: operation)
            unsafe zmq_ctx_term(pointer)
            throw error
        }
        unsafe self.pointer = unsafe pointer
    }

    deinit {
        while unsafe zmq_ctx_term(pointer) != 0, zmq_errno() == EINTR {}
    }

    /// Raises this process's limit of open descriptors as far as the system lets it.
    ///
    /// Each connection takes one, idle strangers included; at the limit, libzmq can accept nobody. A service that binds
    /// calls this once, at its start.
    ///
    /// - Returns: the limit that now holds.
    @discardableResult
    public static func raiseDescriptorLimit() throws(ZeroMQError) -> UInt64 {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { throw ZeroMQError(last: "read the descriptor limit") }
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(resource, &limit) == 0 else { throw ZeroMQError(last: "raise the descriptor limit") }
        return UInt64(limit.rlim_cur)
    }
}
