public import RedressContract
internal import ZeroMQ

/// Why a worker cannot run, or stopped.
public struct WorkerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure; their raw values are stable.
    public enum Code: String, Sendable, CaseIterable {
        /// A name or number that the worker was given cannot be used.
        case misconfigured
        /// The endpoint cannot be connected to at all, or the process has no descriptor left.
        case noLine = "no_line"
        /// The coordinator will not have this worker; ``WorkerError/refusal`` says why.
        case refused
        /// The coordinator does not let in the worker's key, or one of the two wants plain text.
        case turnedAway = "turned_away"
        /// The coordinator has not settled a correction in time.
        case unsettled
        /// The program of a ``ProgramHandler`` is not there or may not be run.
        case programNotFound = "program_not_found"
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and what to do, in a sentence or two.
    public let description: String
    /// The coordinator's refusal, for ``Code/refused``.
    public let refusal: Refusal?

    init(_ code: Code, _ description: String, refusal: Refusal? = nil) {
        self.code = code
        self.description = description
        self.refusal = refusal
    }

    init(_ error: ZeroMQError, endpoint: String) {
        self.init(.noLine, "The worker has no line to \(endpoint): \(error).\(error.advice)")
    }
}
