/// What of a case a client wants to hear.
public enum FollowScope: UInt32, Sendable, Hashable, CaseIterable {
    /// Every entry of its journal.
    case everyEntry = 1
    /// The reconciled record alone, once it is there.
    case record = 2
}
