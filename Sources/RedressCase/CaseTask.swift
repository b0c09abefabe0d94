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

    // Behind one reference, so that a copy costs one retain; and within, behind one reference each, what open tasks do not
    // have yet and what most never have; small fields together: tasks are looked at and kept by the hundred thousand.
    private struct Fields: Sendable, Hashable {
        var plan: Entry.PlannedTask
        var state: State = .blocked
        var outcome: TaskOutcome?
        var attempt: UInt32 = 0
        var blockedSince: Timestamp
        var findingsOf: [UInt16] = []
        var worker: String?
        var incarnation: UInt64 = 0
        var retryAt = Timestamp(milliseconds: 0)
        var result: Boxed<Counted>?
        var exceptions: Boxed<Exceptions>?
    }
    private var fields: Boxed<Fields>

    /// What was planned, and since then changed by a person; tasks that are added later may come before it.
    package internal(set) var plan: Entry.PlannedTask {
        _read { yield fields.value.plan }
        _modify { yield &fields.value.plan }
    }
    /// Since when it has waited for those before it.
    package internal(set) var blockedSince: Timestamp {
        get { fields.value.blockedSince }
        set { fields.value.blockedSince = newValue }
    }
    /// The tasks whose findings its brief tells: those that its join fired with.
    package internal(set) var findingsOf: [UInt16] {
        get { fields.value.findingsOf }
        set { fields.value.findingsOf = newValue }
    }
    /// Where the task stands.
    package var state: State {
        get { fields.value.state }
        set { fields.value.state = newValue }
    }
    /// The last attempt's number; attempt numbers are never used again.
    package var attempt: UInt32 {
        get { fields.value.attempt }
        set { fields.value.attempt = newValue }
    }
    /// The worker that holds it, or last held it.
    package var worker: String? {
        get { fields.value.worker }
        set { fields.value.worker = newValue }
    }
    /// The incarnation of that worker.
    package var incarnation: UInt64 {
        get { fields.value.incarnation }
        set { fields.value.incarnation = newValue }
    }
    /// Before this the task is not offered again.
    package var retryAt: Timestamp {
        get { fields.value.retryAt }
        set { fields.value.retryAt = newValue }
    }
    /// How it ended, once it has.
    package var outcome: TaskOutcome? {
        get { fields.value.outcome }
        set { fields.value.outcome = newValue }
    }

    /// The contribution that counts.
    private struct Counted: Sendable, Hashable {
        var attempt: UInt32
        var digest: Entry.ContributionDigest
        var contribution: Contribution?
    }
    private var result: Boxed<Counted>? {
        _read { yield fields.value.result }
        _modify { yield &fields.value.result }
    }

    /// The attempt that the contribution that counts is of.
    package var counted: UInt32? { result?.value.attempt }
    /// What of the contribution that counts is structure.
    package var digest: Entry.ContributionDigest? { result?.value.digest }
    /// The contribution that counts; nil as long as there is none, or once it has been erased.
    package var contribution: Contribution? { result?.value.contribution }

    private struct Exceptions: Sendable, Hashable {
        var askedBy: UInt16?
        var depth = 0
        var attemptReopened: UInt32 = 0
        var attemptEnded: UInt32?
        var attemptEnds: [Entry.AttemptEnd: Int] = [:]
        var reassignments: [Reassignment] = []
        var asked: Entry.Asked?
        var isOrdered = false
        var note: String?
        var hasNewTimeLimit = false
        var reason: String?
        var lastReason: String?
        var late: [LateContribution] = []
    }
    private var exceptions: Boxed<Exceptions>? {
        _read { yield fields.value.exceptions }
        _modify { yield &fields.value.exceptions }
    }

    /// Sets an exception; one that is nothing needs no place.
    private mutating func except(_ isNothing: Bool, _ set: (inout Exceptions) -> Void) {
        if isNothing, exceptions == nil { return }
        if exceptions == nil { exceptions = Boxed(Exceptions()) }
        set(&exceptions!.value)
    }

    /// The task that asked for it; nil where the playbook or the owner did.
    package internal(set) var askedBy: UInt16? {
        get { exceptions?.value.askedBy }
        set { except(newValue == nil) { $0.askedBy = newValue } }
    }
    /// Whether a person ordered it since it last began anew: what a person orders is done, whatever else has failed.
    package internal(set) var isOrdered: Bool {
        get { exceptions?.value.isOrdered ?? false }
        set { except(!newValue) { $0.isOrdered = newValue } }
    }
    /// How far it is from the plan: 1 where a planned task asked for it.
    package internal(set) var depth: Int {
        get { exceptions?.value.depth ?? 0 }
        set { except(newValue == 0) { $0.depth = newValue } }
    }
    /// The last attempt that can have been told what was found before its branch was opened again.
    package internal(set) var attemptReopened: UInt32 {
        get { exceptions?.value.attemptReopened ?? 0 }
        set { except(newValue == 0) { $0.attemptReopened = newValue } }
    }
    /// The last attempt that ended without a contribution. It counts once, however often its worker takes it up again.
    package var attemptEnded: UInt32? {
        get { exceptions?.value.attemptEnded }
        set { except(newValue == nil) { $0.attemptEnded = newValue } }
    }
    /// How often an attempt ended, by cause, since the task last began anew; the journal has those before.
    package var attemptEnds: [Entry.AttemptEnd: Int] {
        get { exceptions?.value.attemptEnds ?? [:] }
        set { except(newValue.isEmpty) { $0.attemptEnds = newValue } }
    }
    /// How often the task was reassigned, and from whom.
    package internal(set) var reassignments: [Reassignment] {
        get { exceptions?.value.reassignments ?? [] }
        set { except(newValue.isEmpty) { $0.reassignments = newValue } }
    }
    /// The worker that is asked first, where a person wished that.
    package var asked: Entry.Asked? {
        get { exceptions?.value.asked }
        set { except(newValue == nil) { $0.asked = newValue } }
    }
    /// What a person tells the department beside the brief; nil where nobody does or it was erased.
    package var note: String? {
        get { exceptions?.value.note }
        set { except(newValue == nil) { $0.note = newValue } }
    }
    /// Whether a person changed the time limit: its holder may have been offered the one before, and is told the new one.
    package var hasNewTimeLimit: Bool {
        get { exceptions?.value.hasNewTimeLimit ?? false }
        set { except(!newValue) { $0.hasNewTimeLimit = newValue } }
    }
    /// Why it ended without a contribution, for people.
    package var reason: String? {
        get { exceptions?.value.reason }
        set { except(newValue == nil) { $0.reason = newValue } }
    }
    /// What the last handler said when it failed; nil where it said nothing or that was erased.
    package var lastReason: String? {
        get { exceptions?.value.lastReason }
        set { except(newValue == nil) { $0.lastReason = newValue } }
    }
    /// Contributions that came late, or that another has taken the place of. They are kept for the owner, who can adopt one.
    package internal(set) var late: [LateContribution] {
        get { exceptions?.value.late ?? [] }
        set { except(newValue.isEmpty) { $0.late = newValue } }
    }

    /// That a person took the task from a department, or made it one of another kind.
    package struct Reassignment: Sendable, Hashable {
        /// What it was until then.
        package var type: TaskType
        /// Its last attempt: no later one was for that department.
        package var attemptLast: UInt32
    }

    /// A contribution that came late, or that another has taken the place of.
    package struct LateContribution: Sendable, Hashable {
        /// What it is of.
        package var attempt: UInt32
        /// Who sent it.
        package var worker: String
        /// What it says; nil once it has been erased.
        package var body: [UInt8]?

        /// Whether it says what `other` says.
        package func says(_ other: [UInt8]) -> Bool {
            guard let body, body != other else { return body != nil }
            guard let contribution = try? Contribution(parsing: body) else { return false }
            return (try? Contribution(parsing: other)) == contribution
        }
    }

    /// The task as planned at a time.
    package init(_ plan: Entry.PlannedTask, at time: Timestamp) {
        fields = Boxed(Fields(plan: plan, blockedSince: time))
    }

    /// The task's number within the case.
    package var number: UInt16 { plan.number }
    /// The type and version of what is to be done.
    package var contract: Contract { Contract(plan.type, version: plan.version) }
    /// The department that does it.
    package var department: DepartmentName { plan.type.department }
    /// Attempts up to this one no longer count: they were for whoever had the task before it was reassigned, or were told
    /// what is no longer so.
    package var attemptFenced: UInt32 { max(attemptReopened, reassignments.last?.attemptLast ?? 0) }
    /// The department that an attempt is, or was, for.
    package func department(of attempt: UInt32) -> DepartmentName {
        reassignments.first { attempt <= $0.attemptLast }?.type.department ?? department
    }
    /// What it was planned, added or asked for as, however it has been reassigned since.
    package var typeFirst: TaskType { reassignments.first?.type ?? plan.type }
    /// Whether what counts is this contribution, of this attempt and worker. Where one of the two has been erased, their
    /// attempt and worker tell.
    package func counts(_ attempt: UInt32, by worker: String, _ body: [UInt8]?) -> Bool {
        counts(attempt, by: worker) { counted in
            guard let body else { return true }
            return (try? Contribution(parsing: body)) == counted
        }
    }
    private func counts(_ attempt: UInt32, by worker: String, _ isSame: (Contribution) -> Bool) -> Bool {
        counted == attempt && self.worker == worker && (contribution.map(isSame) ?? true)
    }
    /// What of an attempt came late from `worker`, or from anybody where that is nil; the last that does not count now
    /// where several did.
    package func late(of attempt: UInt32, by worker: String? = nil) -> LateContribution? {
        let those = late.filter { $0.attempt == attempt && (worker == nil || $0.worker == worker) }
        return those.last { !counts($0.attempt, by: $0.worker, $0.body) } ?? those.last
    }
    /// Whether this of an attempt of `worker` is kept among what came late. What has been erased may have said anything.
    package func isKept(_ attempt: UInt32, by worker: String, _ body: [UInt8]?) -> Bool {
        late.contains { kept in
            guard kept.attempt == attempt, kept.worker == worker else { return false }
            guard kept.body != nil, let body else { return true }
            return kept.says(body)
        }
    }
    /// Whether a person at the owner's desk does it: such a task is not dispatched and holds up no record.
    package var isOwners: Bool { plan.type.department == .owner }
    /// When its join goes on with what there is; nil: with the case's deadline.
    package var joinDue: Timestamp? {
        plan.join.withinMilliseconds.map { within in
            let (due, overflows) = blockedSince.milliseconds.addingReportingOverflow(within)
            return Timestamp(milliseconds: overflows ? .max : due)
        }
    }

    /// Whether it has ended for the record, and waits for a person: it is out of attempts, in breach of a rule, or was not
    /// done by the case's deadline.
    package var isParked: Bool { outcome == .failed || outcome == .timedOut || outcome == .noWorker }
    /// Why it ended without a contribution, with what was last said of it: that was before where its time ran out, or where
    /// a later attempt breached a rule.
    package var reasons: String {
        guard let reason, let lastReason else { return reason ?? lastReason ?? "" }
        let isBefore =
            outcome == .timedOut || outcome == .noWorker || outcome == .failed && attemptEnded != attempt
        return reason + (isBefore ? "; an attempt before that said: " : ": ") + lastReason
    }
    /// Attempts used up.
    package var attemptsBurnt: Int { attemptEnds.reduce(0) { $0 + ($1.key.burnsAttempt ? $1.value : 0) } }

    /// Why the task is to be parked when an attempt ends as `end`, which is counted already; nil where it may be tried
    /// again.
    package func parking(after end: Entry.AttemptEnd) -> String? {
        if end.burnsAttempt, attemptsBurnt >= plan.attemptsMaximum {
            return
                "parked after \(attemptsBurnt) of \(plan.attemptsMaximum, of: "attempt"), the last one \(end.rawValue)"
        }
        let count = attemptEnds[end, default: 0]
        guard let limit = plan.limit(of: end), count >= limit else { return nil }
        return
            "parked after \(count, of: "attempt") that ended \(end.rawValue), of which \(limit, of: "is", "are") allowed"
    }

    /// Ends the task with the contribution of an attempt.
    mutating func count(
        _ attempt: UInt32, by worker: String, _ digest: Entry.ContributionDigest, _ contribution: Contribution?
    ) {
        if !counts(attempt, by: worker, { contribution == nil || $0 == contribution }) { keepReplaced() }
        state = .ended
        outcome = digest.declined ? .declined : .contributed
        reason = nil
        self.attempt = max(self.attempt, attempt)
        self.worker = worker
        result = Boxed(Counted(attempt: attempt, digest: digest, contribution: contribution))
    }

    /// Keeps what came late. Of what has been erased one of an attempt and worker is left.
    mutating func keepLate(_ one: LateContribution) {
        if one.body != nil || !isKept(one.attempt, by: one.worker, nil) { late.append(one) }
    }

    /// Keeps the contribution that counts beside those that came late: another takes its place.
    private mutating func keepReplaced() {
        guard let result, let worker else { return }
        let replaced = LateContribution(
            attempt: result.value.attempt, worker: worker, body: contribution?.jsonBytes)
        guard !isKept(replaced.attempt, by: worker, replaced.body) else { return }
        // It came before whatever came late of the same attempt.
        let next = late.firstIndex { $0.attempt == replaced.attempt && $0.worker == worker }
        late.insert(replaced, at: next ?? late.endIndex)
    }

    /// Makes the task wait for those before it again. Attempts up to `attempt` no longer count.
    mutating func reopen(after attempt: UInt32, at time: Timestamp) {
        state = .blocked
        blockedSince = time
        self.attempt = max(self.attempt, attempt)
        attemptEnds = [:]
        retryAt = Timestamp(milliseconds: 0)
        findingsOf = []
        result = nil
        outcome = nil
        reason = nil
        lastReason = nil
        asked = nil
        isOrdered = false
    }

    /// Lets go of all that is personal, as if it had been erased before it was read.
    mutating func erase() {
        note = nil
        lastReason = nil
        let all = late
        late = []
        for one in all { keepLate(LateContribution(attempt: one.attempt, worker: one.worker, body: nil)) }
        if exceptions?.value == Exceptions() { exceptions = nil }
        if contribution != nil { result?.value.contribution = nil }
    }

    /// The contribution that counts; with its outcomes only where the rest was erased; nil where there is none.
    package var contributionKept: Contribution? {
        guard let (digest, contribution) = result.map({ ($0.value.digest, $0.value.contribution) }) else { return nil }
        if let contribution { return contribution }
        return Contribution(
            answers: digest.outcomes.map { Contribution.Answer(issue: $0.issue, $0.outcome) },
            findings: digest.facts.compactMap { FactKey($0) }.map { Finding($0, .erased) })
    }
}
