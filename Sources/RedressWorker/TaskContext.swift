public import RedressContract
internal import Synchronization

/// What a handler knows of its task besides the brief.
///
/// A handler hears through Swift's task cancellation that its work is no longer wanted: the task was cancelled, its time
/// limit has passed, or the worker is closing.
public struct TaskContext: Sendable {
    /// The task: the idempotency key for whatever the handler does in the world, the same for every attempt.
    public let task: TaskID
    /// The attempt, from 1.
    public let attempt: UInt32
    /// How long the handler has from its start, where there is a limit. The coordinator may move it.
    public let timeLimit: Duration?
    let progress = Progress()

    init(_ attempt: TaskAttempt, timeLimit: Duration?) {
        task = attempt.task
        self.attempt = attempt.number
        self.timeLimit = timeLimit
    }

    /// States how far the work is, in percent, brought to 0...100. The coordinator hears it with the next renewal of the
    /// lease.
    public func report(progress percent: Int) {
        progress.percent.store(UInt8(max(0, min(percent, 100))), ordering: .relaxed)
    }

    final class Progress: Sendable {
        let percent = Atomic<UInt8>(0)
    }
}
