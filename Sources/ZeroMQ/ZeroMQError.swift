internal import CZeroMQ
internal import Glibc

/// What libzmq or the system refused to do.
public struct ZeroMQError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure a program can act on. The raw values are stable and fit for logs.
    public enum Code: String, Sendable, CaseIterable {
        /// Somebody else has bound this address.
        case addressInUse = "address_in_use"
        /// The address or interface is not this machine's.
        case addressNotAvailable = "address_not_available"
        /// An endpoint or option that libzmq cannot read.
        case invalidArgument = "invalid_argument"
        /// A transport unknown to libzmq, or one that this kind of socket does not speak.
        case protocolNotSupported = "protocol_not_supported"
        /// There is no such file, folder or endpoint.
        case notFound = "not_found"
        /// The system does not permit it.
        case permissionDenied = "permission_denied"
        /// The process has no descriptor, socket or thread left.
        case tooManyDescriptors = "too_many_descriptors"
        /// The socket's pattern forbids it now, such as a second request before the reply.
        case wrongState = "wrong_state"
        /// The context has ended.
        case terminated = "terminated"
        /// Anything else; see ``ZeroMQError/errno``.
        case other = "other"
    }

    /// The kind of failure.
    public let code: Code
    /// The number behind it, of the system or of libzmq.
    public let errno: CInt
    /// What was tried, with its object, such as `bind tcp://127.0.0.1:5555`.
    public let operation: String

    /// What to do about an address or endpoint, in a sentence after a space; empty where there is no telling.
    public var advice: String {
        switch code {
        case .addressInUse: " Another process has this address: end it, or name another address."
        case .addressNotAvailable: " The address is none of this machine's: name one that is."
        case .invalidArgument, .protocolNotSupported: " An endpoint is written tcp://HOST:PORT or ipc://PATH."
        case .notFound: " The folder of the socket is not there: make it, or name another path."
        case .permissionDenied: " This user may not use the address: name another address."
        case .tooManyDescriptors: " Raise the limit of open files: ulimit -n."
        case .wrongState, .terminated, .other: ""
        }
    }

    init(errno: CInt, operation: String) {
        self.code = Code(errno: errno)
        self.errno = errno
        self.operation = operation
    }

    /// The failure of the call that has just returned on this thread.
    init(last operation: String) {
        self.init(errno: zmq_errno(), operation: operation)
    }

    public var description: String {
        let reason = unsafe zmq_strerror(errno).map { unsafe String(cString: $0) } ?? "unknown reason"
        return "cannot \(operation): \(reason) (\(code.rawValue), errno \(errno))"
    }
}

extension ZeroMQError.Code {
    fileprivate init(errno: CInt) {
        self =
            switch errno {
            case EADDRINUSE: .addressInUse
            case EADDRNOTAVAIL, ENODEV: .addressNotAvailable
            case EINVAL, ENAMETOOLONG: .invalidArgument
            case EPROTONOSUPPORT, ENOCOMPATPROTO: .protocolNotSupported
            case ENOENT: .notFound
            case EACCES, EPERM: .permissionDenied
            case EMFILE, ENFILE, EMTHREAD: .tooManyDescriptors
            case EFSM: .wrongState
            case ETERM: .terminated
            default: .other
            }
    }
}
