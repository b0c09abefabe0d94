public import RedressContract

/// The coordinator's final word on what a department has delivered.
public enum Settlement: Sendable, Hashable {
    /// It counts.
    case taken
    /// Another contribution counts meanwhile; it is kept, and the case's owner may adopt it.
    case late
    /// Nobody needs it any more, or there is no such task.
    case moot
    /// It breaks a rule; what counted before goes on counting.
    case refused(Refusal)
}
