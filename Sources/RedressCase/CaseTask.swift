package import RedressContract

/// Work given to one department for one or more issues of a case, as the journal tells it.
package struct CaseTask: Sendable, Hashable {
    /// Where a task stands.
    package enum State: String, Sendable, Hashable {
        /// It waits for tasks before it.
        case blocked
        /// It may be offered, once `retryAt` has come.
        case ready
        /// A worker holds it.
        case accepted
        /// It has ended, with an outcome.
        case ended
    }

    /// What was planned, and since then changed by a person; tasks that are added later may come before it.
    package internal(set) var plan: Entry.PlannedTask {
        get { planned.value }
        set { planned.value = newValue }
    }
    private var planned: Boxed<Entry.PlannedTask>
    /// Since when it has waited for those before it.
    package internal(set) var blockedSince: Timestamp
    /// The task that asked for it; nil where the playbook or the owner did.
    package internal(set) var askedBy: UInt16?
    /// How far it is from the plan: 1 where a planned task asked for it.
    package internal(set) var depth = 0
    /// The tasks whose findings its brief tells: those that its join fired with.
    package internal(set) var findingsOf: [UInt16] = []
    /// Where the task stands.
    package var state: State = .blocked
    /// The last attempt's number; attempt numbers are never used again.
    package var attempt: UInt32 = 0
    /// The worker that holds it, or last held it.
    package var worker: String?
    /// The incarnation of that worker.
    package var incarnation: UInt64 = 0
    /// The last attempt that ended without a contribution. It counts once, however often its worker takes it up again.
    package var attemptEnded: UInt32?
    /// How often an attempt ended, by cause, since the task last began anew; the journal has those before.
    package var attemptEnds: [Entry.AttemptEnd: Int] = [:]
    /// Attempts up to this one were for another department, before the task was reassigned.
    package var attemptReassigned: UInt32 = 0
    /// The worker that is asked first, where a person wished that.
    package var asked: Entry.Asked?
    /// What a person tells the department beside the brief; nil where nobody does or it was erased.
    package var note: String?
    /// Whether the time limit was changed since the attempt was accepted.
    package var hasNewTimeLimit = false
    /// Before this the task is not offered again.
    package var retryAt = Timestamp(milliseconds: 0)
    /// How it ended, once it has.
    package var outcome: TaskOutcome?
    /// Why it ended without a contribution, for people.
    package var reason: String?
    /// What the last handler said when it failed; nil where it said nothing or that was erased.
    package var lastReason: String?
    /// Contributions that came late, by their attempt. They are kept for the owner, who can adopt one.
    package internal(set) var late: [UInt32: LateContribution] = [:]
    /// The attempt that the contribution that counts is of.
    package internal(set) var counted: UInt32?
    /// What of the contribution that counts is structure.
    package var digest: Entry.ContributionDigest?
    /// The contribution that counts; nil as long as there is none, or once it has been erased.
    package var contribution: Contribution? {
        get { body?.value }
        set { body = newValue.map { Boxed($0) } }
    }
    private var body: Boxed<Contribution>?

    /// A contribution that came late.
    package struct LateContribution: Sendable, Hashable {
        /// Who sent it.
        package var worker: String
        /// As it came; nil once it has been erased.
        package var body: [UInt8]?
    }

    /// The task as planned at a time.
    package init(_ plan: Entry.PlannedTask, at time: Timestamp) {
        planned = Boxed(plan)
        blockedSince = time
    }

    /// The task's number within the case.
    package var number: UInt16 { planned.value.number }
    /// The type and version of what is to be done.
    package var contract: Contract { Contract(planned.value.type, version: planned.value.version) }
    /// The department that does it.
    package var department: DepartmentName { planned.value.type.department }
    /// Whether a person at the owner's desk does it: such a task is not dispatched and holds up no record.
    package var isOwners: Bool { planned.value.type.department == .owner }
    /// When its join goes on with what there is; nil: with the case's deadline.
    package var joinDue: Timestamp? {
        planned.value.join.withinMilliseconds.map { within in
            let (due, overflows) = blockedSince.milliseconds.addingReportingOverflow(within)
            return Timestamp(milliseconds: overflows ? .max : due)
        }
    }

    /// Whether it is out of attempts, or in breach of a rule: it has ended for the record, and waits for a person.
    package var isParked: Bool { state == .ended && outcome == .failed }
    /// Attempts used up.
    package var attemptsBurnt: Int { attemptEnds.reduce(0) { $0 + ($1.key.burnsAttempt ? $1.value : 0) } }

    /// Why the task is to be parked when an attempt ends as `end`, which is counted already; nil where it may be tried
    /// again.
    package func parking(after end: Entry.AttemptEnd) -> String? {
        if end.burnsAttempt, attemptsBurnt >= plan.attemptsMaximum {
            return "parked after \(attemptsBurnt) of \(plan.attemptsMaximum) attempts, the last one \(end.rawValue)"
        }
        let count = attemptEnds[end, default: 0]
        guard let limit = plan.limit(of: end), count >= limit else { return nil }
        return "parked after \(count) attempts that ended \(end.rawValue), of which \(limit) are allowed"
    }

    /// Ends the task with the contribution of an attempt.
    mutating func count(
        _ attempt: UInt32, by worker: String, _ digest: Entry.ContributionDigest, _ contribution: Contribution?
    ) {
        state = .ended
        outcome = digest.declined ? .declined : .contributed
        reason = nil
        self.attempt = max(self.attempt, attempt)
        counted = attempt
        self.worker = worker
        self.digest = digest
        self.contribution = contribution
    }

    /// Makes the task wait for those before it again. Attempts up to `attempt` no longer count.
    mutating func reopen(after attempt: UInt32, at time: Timestamp) {
        state = .blocked
        blockedSince = time
        self.attempt = max(self.attempt, attempt)
        attemptEnds = [:]
        retryAt = Timestamp(milliseconds: 0)
        findingsOf = []
        counted = nil
        digest = nil
        contribution = nil
        outcome = nil
        reason = nil
        lastReason = nil
        asked = nil
    }

    /// Lets go of all that is personal, as if it had been erased before it was read.
    mutating func erase() {
        note = nil
        lastReason = nil
        contribution = nil
        for attempt in late.keys { late[attempt]?.body = nil }
    }

    /// The contribution that counts; with its outcomes only where the rest was erased; nil where there is none.
    package var contributionKept: Contribution? {
        guard let digest else { return nil }
        if let contribution { return contribution }
        return Contribution(
            answers: digest.outcomes.sorted { $0.key < $1.key }.map { Contribution.Answer(issue: $0.key, $0.value) },
            findings: digest.facts.compactMap { FactKey($0) }.map { Finding($0, .erased) })
    }
}
