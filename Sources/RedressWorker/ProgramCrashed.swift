/// Thrown by a ``ProgramHandler`` whose program was ended by a signal that the handler did not send: the attempt counts as
/// crashed, of which a task survives fewer than of failures.
public struct ProgramCrashed: Error, Sendable, Hashable, CustomStringConvertible {
    /// The signal's number.
    public let signal: Int32
    /// The end of what the program wrote to its standard error.
    public let standardError: String

    public var description: String {
        "The program was ended by signal \(signal)." + (standardError.isEmpty ? "" : " It said: \(standardError)")
    }
}
