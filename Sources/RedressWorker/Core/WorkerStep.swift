package import RedressContract
package import RedressWire

/// What a ``WorkerCore`` wants done, in the order of the members.
package struct WorkerStep: Sendable {
    /// A task to hand to the handler.
    package struct Assignment: Sendable, Hashable {
        /// The attempt, to be named when it is concluded.
        package let attempt: TaskAttempt
        /// The handler has until this long after now; nil for no limit.
        package let timeLimit: Duration?
        /// The brief's JSON, unread.
        package let brief: ArraySlice<UInt8>
    }

    /// What a running handler is to keep to.
    package struct Orders: Sendable, Hashable {
        /// The handler has until this long after its start; nil for no limit.
        package var timeLimit: Duration?
        /// Whether a person wants nothing new to begin.
        package var isPaused: Bool

        package init(timeLimit: Duration?, isPaused: Bool) {
            self.timeLimit = timeLimit
            self.isPaused = isPaused
        }
    }

    /// Something a person may want to read in the log.
    package enum Note: Sendable, Hashable {
        /// A session began, in this life of the coordinator, with this many tasks held from before.
        case welcomed(epoch: String, holding: Int)
        /// There has been no session for so long; the connection is up or not.
        case unwelcomed(for: Duration, lineIsUp: Bool)
        /// The connection broke; handlers go on.
        case lineLost
        /// The coordinator has been silent too long; the line is made anew.
        case silent(for: Duration)
        /// The coordinator asked to register again.
        case registeringAgain
        /// The coordinator refused something other than the registration, or the registration for now.
        case refused(Refusal)
        /// A command that cannot be used, and why.
        case passedOver(CommandKind, String)
        /// A result came too late; it is kept for the case owner.
        case late(TaskAttempt)
        /// A contribution was refused; the task is parked.
        case contributionRefused(TaskAttempt, Refusal)
        /// The time limit of a task passed; its handler is cancelled.
        case timeLimit(TaskAttempt)
        /// The coordinator asked the worker to finish and leave.
        case askedToLeave
    }

    /// Why a worker ends.
    package enum End: Sendable, Hashable {
        /// It was asked to and everything is settled.
        case drained
        /// It was asked to; so many results or handlers were still open when its time was up.
        case drainedInPart(open: Int)
        /// The coordinator will not have it.
        case refused(Refusal)
    }

    /// Handlers to start.
    package var starts: [Assignment] = []
    /// Handlers whose orders have changed.
    package var orders: [(attempt: TaskAttempt, orders: Orders)] = []
    /// Handlers to cancel; each is still concluded when it has returned.
    package var cancels: [TaskAttempt] = []
    /// Commands to send, to be packed.
    package var sends: [Command] = []
    /// Whether to give the line up and make a new one.
    package var reconnects = false
    /// The final word on a result, the last one where several came.
    package var settlement: Settlement?
    /// For the log.
    package var notes: [Note] = []
    /// Whether, and why, it is over.
    package var end: End?

    package init() {}
}
