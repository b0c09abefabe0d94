public import RedressContract
internal import RedressWire
internal import Synchronization

/// What a handler knows of its task besides the brief, and what it says of its work.
///
/// A handler hears through Swift's task cancellation that its work is no longer wanted: the task was cancelled, its time
/// limit has passed, or the worker is closing.
public struct TaskContext: Sendable {
    /// The task: the idempotency key for whatever the handler does in the world, the same for every attempt.
    public let task: TaskID
    /// The attempt, from 1.
    public let attempt: UInt32
    let standing: Standing

    init(_ attempt: TaskAttempt, timeLimit: Duration?) {
        task = attempt.task
        self.attempt = attempt.number
        standing = Standing(timeLimit: timeLimit)
    }

    /// How long the handler has from its start, where there is a limit. A person may change it at any time.
    public var timeLimit: Duration? { standing.state.withLock(\.orders.timeLimit) }

    /// How much of that is left; negative once it has passed.
    public var timeLeft: Duration? { timeLimit.map { $0 - (ContinuousClock.now - standing.start) } }

    /// Whether a person has paused the case, the department or the worker. The handler may go on, and its result counts;
    /// it should begin nothing new in the world until this is false again. The time limit does not wait.
    public var isPaused: Bool { standing.state.withLock(\.orders.isPaused) }

    /// States how far the work is, in percent, brought to 0...100, and what is being done, in a few words without personal
    /// data: 160 bytes, of which the rest is cut. The coordinator hears it with the next renewal of the lease.
    public func report(progress percent: Int, _ note: String = "") {
        standing.state.withLock { state in
            state.progress = Progress(
                percent: UInt32(max(0, min(percent, 100))),
                note: String(decoding: note.utf8.prefix(Progress.noteBytesMaximum), as: UTF8.self))
        }
    }

    /// What passes between a handler and the thread that keeps its lease.
    final class Standing: Sendable {
        struct State {
            var orders: WorkerStep.Orders
            var progress = Progress()
        }

        let start = ContinuousClock.now
        let state: Mutex<State>

        init(timeLimit: Duration?) { state = Mutex(State(orders: .init(timeLimit: timeLimit, isPaused: false))) }
    }
}
