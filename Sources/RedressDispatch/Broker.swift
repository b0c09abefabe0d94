import DequeModule
import HeapModule
package import RedressCase
package import RedressContract

/// The core of the coordinator: who is here, what is offered to whom, who holds what, and what follows from it.
///
/// A value without input or output: messages and times go in, a ``Step`` comes out. What is durable are the cases, and
/// they change by folding entries only; sessions, offers, credit and leases are volatile and can be derived again.
/// A decision is folded as it is made, so that the next input of the same turn sees it; if the turn cannot be written,
/// the shell drops the whole core and recovers it from the journal.
package struct Broker: ~Copyable {
    /// What the protocol lets peers rely on.
    package struct Settings: Sendable {
        /// Workers and clients say something at least this often.
        package var heartbeat: Duration = .milliseconds(2500)
        /// Silence of so many intervals ends a session.
        package var heartbeatsMissedMaximum = 3
        /// In which order and how fast tasks are offered and complaints are taken.
        package var scheduling = Scheduling()

        package init() {}
    }

    /// An offer that no one has accepted yet.
    struct Offer: Sendable, OfDepartment {
        var session: UInt64
        var attempt: UInt32
        let department: DepartmentName
    }

    /// What is known of the holder of an accepted task.
    struct Lease: Sendable, OfDepartment {
        let department: DepartmentName
        /// Since when it is held, as far as this coordinator knows, in attended time.
        let since: Duration
        /// Until when its holder is trusted, in attended time.
        var until: Duration
        /// Whether its holder has not been heard of since the start.
        var isInherited: Bool
        /// What the holder last said of its work.
        var progress = Progress()
    }

    /// How far a handler says it is.
    package struct Progress: Sendable, Hashable {
        /// From 0 to 100.
        package var percent: UInt32 = 0
        /// What it does, in its own words; empty where it does not say.
        package var note = ""

        package init(percent: UInt32 = 0, note: String = "") {
            self.percent = percent
            self.note = note
        }
    }

    /// What waits in a department for workers that serve one contract, so that it holds up no others.
    struct Lane: Sendable {
        let contract: Contract
        var queue: OfferQueue
    }

    /// What times out, in attended time.
    enum Alarm: Sendable {
        case lease(TaskID)
        case offer(TaskID, attempt: UInt32)
        case session(UInt64)
        case offerRate(DepartmentName)
    }

    /// What falls due on the wall clock.
    enum Due: Sendable {
        case deadline(CaseReference)
        case join(CaseReference)
        case retry(TaskID)
    }

    /// What peers rely on.
    package let settings: Settings
    /// The policy for new cases, by its hash.
    package private(set) var policyHash: String
    package private(set) var policies: [String: Policy]
    /// The one of ``policyHash``; nearly every case is of it.
    private let policy: Policy?
    var generator: any RandomNumberGenerator & Sendable

    /// The cases in memory: all that are unfinished, and others while a message about them is judged.
    package internal(set) var cases = Cases()
    /// Cases whose entries cannot be folded, with the reason; they are shown and otherwise left alone.
    package private(set) var setAside: [CaseReference: String] = [:]

    package internal(set) var workers: [UInt64: WorkerSession] = [:]
    var sessionsByPeer: [Peer: UInt64] = [:]
    var sessionsByIncarnation: [UInt64: UInt64] = [:]
    /// The sessions of each department, in the order of their arrival; offers go round.
    var sessionsByDepartment: [DepartmentName: Deque<UInt64>] = [:]
    /// What waits for each department's workers, each contract in a lane of its own.
    var lanes: [DepartmentName: [Lane]] = [:]
    /// What waits for one worker, by its name, because a person asked for that.
    var asked: [String: Deque<TaskID>] = [:]
    /// Since when tasks have been ready, in attended time, whatever became of their offers and attempts since.
    var readySince: [TaskID: Duration] = [:]
    /// Departments that may have something to offer since the last step: a task, or a worker's credit, came.
    var offering: Set<DepartmentName> = []
    var offers = Tally<Offer>()
    /// The last attempt offered of a task that was not accepted yet: its number is not used again.
    var lastOffered: [TaskID: UInt32] = [:]
    /// When tasks are offered again whose offer was turned down; once that time has come it says nothing.
    var turnedDown: [TaskID: Timestamp] = [:]
    /// The accepted tasks.
    var leases = Tally<Lease>()
    /// What people paused, beside cases.
    package internal(set) var pauses: [HouseEntry.Subject: Pause] = [:]
    /// Unfinished cases, by who submitted them.
    var openCases: [String: Int] = [:]
    var offerRates: [DepartmentName: TokenBucket] = [:]
    var offerRateAlarms: Set<DepartmentName> = []
    var requestRates: [String: TokenBucket] = [:]
    var heldByIncarnation: [UInt64: Set<TaskID>] = [:]

    var alarms = Heap<Timed<Duration, Alarm>>()
    var dues = Heap<Timed<Timestamp, Due>>()
    /// From so many due times on it is worth looking which of them still matter.
    private var duesMaximum = 4096
    /// Time that the loop was there to notice: a stopped process or a slow disk counts for one heartbeat at the most,
    /// so that nobody's lease ends because the coordinator was away.
    var attended: Duration = .zero
    private var attendedLast: Duration?
    /// Nothing is offered before this, so that workers can claim what they hold first.
    var offersFrom: Duration = .zero
    var step = Step()

    /// A core with no cases; `policy` is the hash of the one for new cases, among `policies`.
    package init(
        policy: String, policies: [String: Policy], settings: Settings = Settings(),
        generator: any RandomNumberGenerator & Sendable
    ) {
        policyHash = policy
        self.policies = policies
        self.policy = policies[policy]
        self.settings = settings
        self.generator = generator
    }

    /// The policy of a case.
    func policy(of case: Case) -> Policy? {
        `case`.policy == policyHash ? policy : policies[`case`.policy]
    }

    /// Gives out what has been decided since the last call.
    package mutating func takeStep() -> Step {
        makeOffers()
        defer { step = Step() }
        return step
    }

    // MARK: Remembering

    /// Makes `event` an entry of its case: folds it and puts it into the step. The one way from decision to state.
    mutating func record(_ event: Entry.Event, _ reference: CaseReference, by actor: String = "coordinator", now: Now) {
        do throws(FoldError) {
            guard let folded = try cases.fold(event, into: reference, by: actor, at: now.wall) else { return }
            if folded.isUnfinished != folded.wasUnfinished { count(of: reference, folded.isUnfinished ? 1 : -1) }
            step.entries.append((reference, folded.entry, folded.number))
        } catch {
            setAside(reference, error.description)
        }
    }

    /// Leaves a case alone because its entries do not make one.
    package mutating func setAside(_ reference: CaseReference, _ reason: String) {
        setAside[reference] = reason
        if cases[reference]?.isUnfinished == true { count(of: reference, -1) }
        cases[reference] = nil
    }

    /// Takes up a case from the journal at the start, or because a message is about it.
    package mutating func restore(_ restored: Case, now: Now) {
        let reference = restored.reference
        guard policy(of: restored) != nil || !restored.isUnfinished else {
            return setAside(
                reference, "The case is planned by the policy \(restored.policy), which the journal does not hold.")
        }
        cases[reference] = restored
        guard restored.isUnfinished else { return }
        count(of: reference, 1)
        dues.insert(Timed(restored.deadline, .deadline(reference)))
        if restored.state == .received { step.triage.append(reference) }
        for task in restored.tasks where !task.isOwners {
            let id = TaskID(reference, task.number)
            switch task.state {
            case .ready: enqueue(id, now: now)
            case .accepted: hold(id, task, isInherited: true)
            case .blocked, .ended: break
            }
        }
        scheduleJoins(of: reference)
        // What the entries led to but a crash cut off: plan, readiness, the record.
        if restored.state == .assessed { plan(reference, now: now) } else { advance(reference, now: now) }
    }

    /// Begins or resumes service: where there are unfinished cases, workers may claim what they hold of them for one
    /// heartbeat interval before anything is offered.
    package mutating func begin(now: Now) {
        tick(now: now)
        offersFrom = cases.isEmpty ? attended : attended + settings.heartbeat
    }

    /// Lets go of a case that is not unfinished.
    package mutating func release(_ reference: CaseReference) {
        guard let released = cases[reference], !released.isUnfinished else { return }
        for number in 0..<released.tasks.count {
            let id = TaskID(reference, UInt16(number + 1))
            lastOffered[id] = nil
            readySince[id] = nil
            turnedDown[id] = nil
        }
        cases[reference] = nil
    }

    // MARK: Intake, triage, plan

    /// Takes a complaint: its first entry.
    package mutating func submit(
        _ reference: CaseReference, client: String, body: [UInt8], priority: Int? = nil, customer: UInt64? = nil,
        now: Now
    ) {
        attend(now)
        let precedence = Entry.Precedence(
            priority: priority ?? policies[policyHash]?.priority ?? Entry.Precedence.priorityDefault, customer: customer
        )
        let deadline = Timestamp(
            milliseconds: now.wall.milliseconds + (policies[policyHash]?.caseDeadlineMilliseconds ?? 0))
        let entry = Entry(
            at: now.wall, actor: "client:\(client)",
            event: .received(policy: policyHash, deadline: deadline, body: body, precedence: precedence))
        do throws(FoldError) {
            cases[reference] = try Case(reference, entry)
            count(of: reference, 1)
            step.entries.append((reference, entry, 0))
            step.triage.append(reference)
            dues.insert(Timed(deadline, .deadline(reference)))
        } catch {
            setAside(reference, error.description)
        }
    }

    /// Takes triage's answer, and plans. An answer for a case that has one already is passed over.
    package mutating func assess(_ reference: CaseReference, _ split: Split, now: Now) {
        attend(now)
        guard cases[reference]?.state == .received else { return }
        record(.assessed(split), reference, now: now)
        plan(reference, now: now)
    }

    private mutating func plan(_ reference: CaseReference, now: Now) {
        guard let planned = planned(reference) else { return }
        record(planned, reference, now: now)
        scheduleJoins(of: reference)
        advance(reference, now: now)
    }

    // What follows from a case is told by functions of their own: whoever holds the case when it is folded has it copied.

    private func planned(_ reference: CaseReference) -> Entry.Event? {
        guard let assessed = cases[reference], let split = assessed.split, let policy = policy(of: assessed) else {
            return nil
        }
        return .planned(Planning.tasks(for: split, by: policy))
    }

    private func reconciled(_ reference: CaseReference, now: Now) -> Entry.Event? {
        guard let complete = cases[reference], complete.canReconcile, let policy = policy(of: complete),
            !complete.isHeldUp(by: policy, at: now.wall)
        else { return nil }
        return Reconciliation(complete, by: policy).record().event
    }

    /// Does what follows from tasks that have ended: makes others ready, skips, cancels, reconciles. A join fires here,
    /// once.
    ///
    /// - Parameter parked: the task that has just been parked.
    mutating func advance(_ reference: CaseReference, parked: UInt16? = nil, now: Now) {
        while let next = cases[reference]?.consequences(at: now.wall), !next.isEmpty {
            for number in next.cancelled {
                let reason =
                    next.overdue.isEmpty
                    ? "what comes after it cannot be done" : "what comes after it cannot be done, or waits no longer"
                cancel(number, of: reference, reason, now: now)
            }
            for number in next.skipped {
                let reason =
                    next.overdue[number].map { "what it depends on had not contributed by \($0), when its wait ended" }
                    ?? "what it depends on did not contribute"
                record(.ended(task: number, outcome: .skipped, reason: reason, kept: nil), reference, now: now)
            }
            guard !next.ready.isEmpty else { continue }
            record(.ready(next.ready), reference, now: now)
            for disclosure in next.ready { enqueue(TaskID(reference, disclosure.task), now: now) }
        }
        if let parked, let policy = cases[reference].flatMap({ policy(of: $0) }) {
            for number in cases[reference]?.cancelledRest(after: parked, by: policy) ?? [] {
                cancel(number, of: reference, "a required task is parked", now: now)
            }
        }
        guard let reconciled = reconciled(reference, now: now) else { return }
        record(reconciled, reference, now: now)
        step.reconciled.append(reference)
    }

    /// Ends a task because the plan does without it.
    private mutating func cancel(_ number: UInt16, of reference: CaseReference, _ reason: String, now: Now) {
        cancel(TaskID(reference, number), now: now)
        record(.ended(task: number, outcome: .cancelled, reason: reason, kept: nil), reference, now: now)
    }

    // MARK: Time

    /// Lets time pass: what has timed out or fallen due by `now`. To be called once a turn, after its messages.
    package mutating func tick(now: Now) {
        attend(now)
        while let alarm = alarms.min, alarm.at <= attended {
            alarms.removeMin()
            switch alarm.what {
            case .lease(let task): leaseAlarm(task, now: now)
            case .offer(let task, let attempt): offerAlarm(task, attempt, now: now)
            case .session(let session): sessionAlarm(session, now: now)
            case .offerRate(let department): offerRateAlarms.remove(department)
            }
        }
        pruneDues()
        while let due = dues.min, due.at <= now.wall {
            dues.removeMin()
            switch due.what {
            case .deadline(let reference): deadline(reference, now: now)
            case .join(let reference): advance(reference, now: now)
            case .retry(let task): enqueue(task, now: now)
            }
        }
        offering.formUnion(lanes.keys)
    }

    /// Counts the time since the last input. What it makes time out waits for ``tick(now:)``, which comes after all
    /// messages that have arrived.
    mutating func attend(_ now: Now) {
        if let attendedLast { attended += min(now.steady - attendedLast, settings.heartbeat) }
        attendedLast = now.steady
    }

    /// Lets go of the due times of what has ended: deadlines are far off, and finished cases would pile up there.
    private mutating func pruneDues() {
        guard dues.count >= duesMaximum else { return }
        dues = Heap(
            dues.unordered.filter { due in
                switch due.what {
                case .deadline(let reference), .join(let reference): cases.contains(reference)
                case .retry(let task): cases.task(task)?.state == .ready
                }
            })
        duesMaximum = max(4096, 2 * dues.count)
    }

    /// How long the loop may sleep: until the next thing times out, and never longer than half a heartbeat.
    package func wait(now: Now) -> Duration {
        var wait = settings.heartbeat / 2
        if let alarm = alarms.min { wait = min(wait, alarm.at - attended) }
        if let due = dues.min { wait = min(wait, .milliseconds(due.at.milliseconds - now.wall.milliseconds)) }
        return max(wait, .milliseconds(1))
    }

    /// The case's deadline: what has not ended ends now, and the record says what is missing.
    private mutating func deadline(_ reference: CaseReference, now: Now) {
        // A pause stops this clock, and a case that was re-opened has a later one of its own.
        guard let late = cases[reference], late.isUnfinished, late.pause == nil else { return }
        guard late.deadline <= now.wall else { return dues.insert(Timed(late.deadline, .deadline(reference))) }
        guard late.state == .investigating else {
            dues.insert(Timed(Timestamp(milliseconds: now.wall.milliseconds + 1000), .deadline(reference)))
            return
        }
        for task in late.tasks where !task.isOwners && task.state != .ended {
            let id = TaskID(reference, task.number)
            cancel(id, now: now)
            let (outcome, reason): (TaskOutcome, String) =
                if task.state == .blocked {
                    (.skipped, "what it waits for had not ended by the case's deadline")
                } else if task.attempt > task.attemptFenced {
                    (.timedOut, "no contribution by the case's deadline")
                } else {
                    (.noWorker, "no worker took it by the case's deadline")
                }
            record(.ended(task: task.number, outcome: outcome, reason: reason, kept: nil), reference, now: now)
        }
        advance(reference, now: now)
    }
}

/// Something with its time, ordered by it.
struct Timed<Time: Comparable & Sendable, What: Sendable>: Comparable, Sendable {
    let at: Time
    let what: What

    init(_ at: Time, _ what: What) {
        self.at = at
        self.what = what
    }

    static func < (a: Self, b: Self) -> Bool { a.at < b.at }
    static func == (a: Self, b: Self) -> Bool { a.at == b.at }
}
