/// Thrown by a ``ProgramHandler`` whose program failed.
public struct ProgramFailed: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, in a sentence or two.
    public let description: String

    init(_ description: String) { self.description = description }
}
