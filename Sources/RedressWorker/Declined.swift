/// Thrown by a handler whose department declines the task: the task ends as declined, with the reason in the record.
public struct Declined: Error, Sendable, Hashable {
    /// Why, in a sentence.
    public var reason: String

    /// The department declines for `reason`.
    public init(_ reason: String) { self.reason = reason }
}
