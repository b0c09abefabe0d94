/// What a department finds on an issue.
public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// The complaint is right.
    case upheld
    /// The complaint is right in part.
    case partlyUpheld = "partly-upheld"
    /// The complaint is not right.
    case notUpheld = "not-upheld"
    /// The department cannot say: what it would need is missing.
    case cannotSay = "cannot-say"
}

/// How a task ended. Each reaches the reconciliation.
public enum TaskOutcome: String, Sendable, Hashable, CaseIterable {
    /// The department contributed.
    case contributed
    /// The department declined, with a reason.
    case declined
    /// The handler failed on every attempt that it had, its contribution was refused, or its brief is larger than an offer
    /// may be; the task is parked.
    case failed
    /// The case's deadline came while the department worked.
    case timedOut = "timed-out"
    /// A person or the plan ended the task.
    case cancelled
    /// The plan went on without it: what it depends on did not contribute, or had not ended by the case's deadline.
    case skipped
    /// The case's deadline came and no worker of the department had taken it.
    case noWorker = "no-worker"
}

/// One act of redress that a department proposes.
public enum RemedyKind: String, Sendable, Hashable, CaseIterable {
    /// Money paid comes back.
    case refund
    /// The same again, in order.
    case replacement
    /// What is broken is mended.
    case repair
    /// A lower price.
    case discount
    /// An amount in the customer's favour on the account.
    case credit
    /// What is under way is hastened.
    case expedite
    /// The customer goes ahead of others for a time.
    case priorityService = "priority-service"
    /// A thing given.
    case gift
    /// An amount without admission of a duty to pay it.
    case goodwill
    /// An amount for distress and inconvenience.
    case distressPayment = "distress-payment"
    /// Words that say sorry.
    case apology
}
