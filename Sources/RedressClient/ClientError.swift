public import RedressContract
internal import ZeroMQ

/// Why a request of a ``Client`` came to nothing.
public struct ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure; their raw values are stable.
    public enum Code: String, Sendable, CaseIterable {
        /// What was to be sent breaks a limit that this side knows; nothing was sent.
        case invalidRequest = "invalid_request"
        /// The key cannot be used, or is missing where plain text is not allowed; nothing was sent.
        case misconfigured
        /// The coordinator does not let in the client's key, or one of the two wants plain text.
        case turnedAway = "turned_away"
        /// The coordinator refused; see ``ClientError/refusal``.
        case refused
        /// No answer came in time. A submission may have been taken: repeat it with the same key to know.
        case timedOut = "timed_out"
        /// There was no coordinator to connect to.
        case unreachable
        /// The answer cannot be read.
        case malformedAnswer = "malformed_answer"
        /// The endpoint cannot be connected to at all, or the process has no descriptor left.
        case noLine = "no_line"
        /// The client was closed.
        case closed
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and what to do, in a sentence or two.
    public let description: String
    /// The coordinator's refusal, for ``Code/refused``.
    public let refusal: Refusal?

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
        refusal = nil
    }

    init(_ refusal: Refusal) {
        code = .refused
        description = "\(refusal)"
        self.refusal = refusal
    }

    init(_ error: ZeroMQError, endpoint: String) {
        self.init(.noLine, "There is no line to \(endpoint): \(error).\(error.advice)")
    }
}
