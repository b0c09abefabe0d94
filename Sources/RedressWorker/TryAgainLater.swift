/// Thrown by a handler that cannot do the task now: the task goes back and is offered again, to this worker or another.
/// That burns none of the task's retries.
public struct TryAgainLater: Error, Sendable, Hashable {
    /// How long to wait at least; zero leaves it to the coordinator.
    public var wait: Duration
    /// Why, in a sentence.
    public var reason: String

    /// Not now, for `reason`, but perhaps after `wait`.
    public init(after wait: Duration = .zero, _ reason: String) {
        self.wait = wait
        self.reason = reason
    }
}
