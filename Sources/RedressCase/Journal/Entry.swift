package import RedressContract

/// One thing that happened in a case: the only way its durable state changes.
///
/// The structure is a JSON object with `type`, `at`, `actor` and what the event holds; texts, names and values of facts
/// are personal parts beside it.
package struct Entry: Sendable, Hashable {
    /// When; never before the entry before it.
    package var at: Timestamp
    /// Who caused it: `coordinator`, or a role and a name such as `client:desk` or `worker:billing-1`.
    package var actor: String
    /// What happened.
    package var event: Event

    package init(at: Timestamp, actor: String, event: Event) {
        self.at = at
        self.actor = actor
        self.event = event
    }

    /// What can happen in a case. Indirect, so that handing one on costs one retain, whatever it holds.
    package indirect enum Event: Sendable, Hashable {
        /// The complaint is taken; `body` is the submission as it came.
        case received(policy: String, deadline: Timestamp, body: [UInt8]?, precedence: Precedence = Precedence())
        /// Triage made issues of the words.
        case assessed(Split)
        /// The tasks that the playbooks give, by number.
        case planned([PlannedTask])
        /// Tasks that nothing holds back any more, and what their briefs disclose.
        case ready([Disclosure])
        /// A worker took the task; the lease begins.
        case accepted(task: UInt16, attempt: UInt32, worker: String, incarnation: UInt64)
        /// The department's contribution counts.
        case contributed(
            task: UInt16, attempt: UInt32, worker: String, digest: ContributionDigest, body: ContributionBody?)
        /// A contribution that came after another attempt was accepted, or after the task had ended: kept for the owner.
        case late(task: UInt16, attempt: UInt32, worker: String, body: [UInt8]?)
        /// An attempt ended without a contribution; the task may be offered again at `retryAt`.
        case attemptEnded(task: UInt16, attempt: UInt32, cause: AttemptEnd, reason: [UInt8]?, retryAt: Timestamp)
        /// A task ended without a contribution that counts. `kept` is what the department sent, where it was refused, or
        /// what the person said who cancelled it.
        case ended(task: UInt16, outcome: TaskOutcome, reason: String, kept: [UInt8]?)
        /// All tasks have ended: the record stands, in the place of any before it.
        case reconciled(
            outcome: CaseOutcome, missing: Int, conflicts: [RecordedConflict], openPoints: Int, record: RecordBody?)
        /// A task joined the plan: a department asked for it, or the owner. `reason` says why.
        case added(Addition, reason: [UInt8]?)
        /// The owner made a late contribution the one that counts, that of `worker` or, in older entries, the first of the
        /// attempt; `reopens` are the tasks behind it that begin anew.
        case adopted(
            task: UInt16, attempt: UInt32, worker: String?, digest: ContributionDigest, reopens: [Reopening],
            reason: [UInt8]?)
        /// The department put a contribution in the place of its earlier one; `reopens` are the tasks behind it that
        /// begin anew.
        case corrected(
            task: UInt16, attempt: UInt32, worker: String, digest: ContributionDigest, reopens: [Reopening],
            body: ContributionBody?)
        /// The record no longer stands: departments work on the case again, until `deadline`.
        case reopened(deadline: Timestamp)
        /// A person lets a task begin anew, with all its attempts; `reopens` are the tasks behind it that begin anew too.
        case retried(task: UInt16, attempt: UInt32, reopens: [Reopening], asked: Asked?, reason: [UInt8]?)
        /// A person changed what a task may take, or told its department something more; nil leaves a value as it is.
        case edited(task: UInt16, change: TaskChange, reason: [UInt8]?)
        /// A person gave the task to another department, or made it one of another kind. `attempt` is the last that was
        /// offered: it and those before it no longer count.
        case reassigned(PlannedTask, attempt: UInt32, reason: [UInt8]?)
        /// A person settled a conflict on a fact, named without its subject, that holds up `issues`.
        case conflictSettled(fact: String, issues: [Int], ConflictSettlement?)
        /// A person wants nothing more of the case to be offered, until `resumed`; what runs goes on, the deadline waits.
        case paused(reason: [UInt8]?)
        /// The case goes on.
        case resumed(reason: [UInt8]?)
        /// What the entries before it say of `person` is erased; the reason stays for good, and says nothing of a person.
        case erased(person: String, reason: String)
    }

    /// A task that joins the plan.
    package struct Addition: Sendable, Hashable {
        /// Its number is the next one of the case.
        package var plan: PlannedTask
        /// The tasks that come after it from now on.
        package var before: [UInt16]
        /// The task that asks for it; nil for the owner.
        package var askedBy: UInt16?

        package init(plan: PlannedTask, before: [UInt16] = [], askedBy: UInt16? = nil) {
            self.plan = plan
            self.before = before
            self.askedBy = askedBy
        }
    }

    /// A task that begins anew because what it was told has changed.
    package struct Reopening: Sendable, Hashable {
        package var task: UInt16
        /// Results of attempts up to this one no longer count.
        package var attempt: UInt32

        package init(task: UInt16, attempt: UInt32) {
            self.task = task
            self.attempt = attempt
        }
    }

    /// What a person may change of a task.
    package struct TaskChange: Sendable, Hashable {
        /// How long a handler may take from acceptance.
        package var timeLimitMilliseconds: Int64?
        /// How many attempts may fail.
        package var attemptsMaximum: Int?
        /// What the department is told beside the brief.
        package var note: String?

        package init(timeLimitMilliseconds: Int64? = nil, attemptsMaximum: Int? = nil, note: String? = nil) {
            self.timeLimitMilliseconds = timeLimitMilliseconds
            self.attemptsMaximum = attemptsMaximum
            self.note = note
        }
    }

    /// Which cases go first: what a submission says of it.
    package struct Precedence: Sendable, Hashable {
        /// Where the submission says nothing and the policy neither.
        package static let priorityDefault = 5
        /// The priorities there are; the higher goes first.
        package static let priorities = 0...9

        /// From 0 to 9.
        package var priority: Int
        /// 64 bits of a digest of the customer's name with the client; nil: customers are told apart by the client alone.
        package var customer: UInt64?

        package init(priority: Int = Self.priorityDefault, customer: UInt64? = nil) {
            self.priority = priority
            self.customer = customer
        }
    }

    /// A worker that is asked before the others.
    package struct Asked: Sendable, Hashable {
        /// The worker's name.
        package var worker: String
        /// From when on the task is offered to others too.
        package var othersFrom: Timestamp

        package init(worker: String, othersFrom: Timestamp) {
            self.worker = worker
            self.othersFrom = othersFrom
        }
    }

    /// A task as it is planned.
    package struct PlannedTask: Sendable, Hashable {
        // Small fields stand together: there is one of these for each task of all open cases.

        package var number: UInt16
        /// The version of the type's contract; the case keeps it.
        package var version: UInt16
        package var required: Bool
        package var type: TaskType
        package var issues: [Int]
        package var after: [UInt16]
        package var timeLimitMilliseconds: Int64
        package var attemptsMaximum: Int
        package var particulars: [String]
        /// How many attempts may end in one way before the task is parked, where the policy says so.
        package var endsMaximum: [AttemptEnd: Int]
        /// How the task goes on after those before it.
        package var join: Join

        package init(
            number: UInt16, type: TaskType, issues: [Int], after: [UInt16], required: Bool,
            timeLimitMilliseconds: Int64,
            attemptsMaximum: Int, particulars: [String], version: UInt16 = 1, join: Join? = nil,
            endsMaximum: [AttemptEnd: Int] = [:]
        ) {
            self.number = number
            self.type = type
            self.issues = issues
            self.after = after
            self.required = required
            self.timeLimitMilliseconds = timeLimitMilliseconds
            self.attemptsMaximum = attemptsMaximum
            self.particulars = particulars
            self.version = version
            self.join = join ?? .unwritten(required: required)
            self.endsMaximum = endsMaximum
        }

        /// How many attempts may end as `end` before the task is parked; nil: any number.
        ///
        /// What the policy says; otherwise half of all attempts, rounded up, may crash their worker, because the next one
        /// may be the last of a department; a task is given back a hundred times before somebody has to look why; and
        /// the coordinator's own absence is nobody's fault.
        package func limit(of end: AttemptEnd) -> Int? {
            if let limit = endsMaximum[end] { return limit }
            return switch end {
            case .failed, .leaseExpired, .timeLimit: attemptsMaximum
            case .crashed: max(1, attemptsMaximum / 2 + attemptsMaximum % 2)
            case .released: 100
            case .interrupted: nil
            }
        }
    }

    /// What the brief of a task tells its department: what its join fired with.
    package struct Disclosure: Sendable, Hashable {
        package var task: UInt16
        /// The issues whose words are told.
        package var issues: [Int]
        /// The names of the particulars that are told.
        package var particulars: [String]
        /// The tasks whose findings are told.
        package var findingsOf: [UInt16]
        /// The tasks before it that it goes on without.
        package var without: [UInt16]

        package init(
            task: UInt16, issues: [Int], particulars: [String], findingsOf: [UInt16], without: [UInt16] = []
        ) {
            self.task = task
            self.issues = issues
            self.particulars = particulars
            self.findingsOf = findingsOf
            self.without = without
        }
    }

    /// What of a contribution is structure: it stays when the rest is erased.
    package struct ContributionDigest: Sendable, Hashable {
        /// An issue's outcome.
        package struct Answer: Sendable, Hashable {
            package let issue: Int
            package let outcome: Outcome

            package init(_ issue: Int, _ outcome: Outcome) {
                self.issue = issue
                self.outcome = outcome
            }
        }

        /// The outcome of each issue answered, in the order of the issues.
        package let outcomes: [Answer]
        /// The keys of the facts stated, without their subjects.
        package var facts: [String]
        /// Whether the department declined the task.
        package var declined: Bool

        package init(outcomes: [Answer], facts: [String], declined: Bool) {
            // Nearly all tasks have one issue. Of several answers to one issue the last counts.
            self.outcomes =
                outcomes.count < 2
                ? outcomes
                : Dictionary(outcomes.map { ($0.issue, $0) }, uniquingKeysWith: { $1 }).values.sorted {
                    $0.issue < $1.issue
                }
            self.facts = facts
            self.declined = declined
        }

        /// The digest of `contribution`.
        package init(_ contribution: Contribution) {
            self.init(
                outcomes: contribution.answers.map { Answer($0.issue, $0.outcome) },
                facts: contribution.findings.map { String($0.key.base) }, declined: contribution.declined != nil)
        }
    }

    /// A contribution as it came, and read: it is read once, when it comes or when its entry is replayed.
    package struct ContributionBody: Sendable, Hashable {
        package let bytes: [UInt8]
        package let contribution: Contribution

        /// The contribution that was read from `bytes`.
        package init(_ contribution: Contribution, from bytes: [UInt8]) {
            self.bytes = bytes
            self.contribution = contribution
        }

        /// Reads a contribution; nil where `bytes` are none.
        package init?(parsing bytes: [UInt8]) {
            guard let contribution = try? Contribution(parsing: bytes) else { return nil }
            self.init(contribution, from: bytes)
        }
    }

    /// Why an attempt ended without a contribution. Each has its own counter.
    package enum AttemptEnd: String, Sendable, Hashable, CaseIterable {
        /// The handler said that it failed.
        case failed
        /// The worker went, or its program was killed, while it held the task.
        case crashed
        /// The holder did not renew the lease in time.
        case leaseExpired = "lease-expired"
        /// The handler took longer than the task's time limit.
        case timeLimit = "time-limit"
        /// The worker gave the task back.
        case released
        /// The coordinator's own absence ended it.
        case interrupted

        /// Whether it uses up one of the task's attempts: a deploy must not.
        package var burnsAttempt: Bool { self != .released && self != .interrupted }
    }

    /// A conflict in the record, without its values.
    package struct RecordedConflict: Sendable, Hashable {
        /// The fact's key without its subject.
        package var fact: String
        /// The issues that wait for it.
        package var issues: [Int]

        package init(fact: String, issues: [Int]) {
            self.fact = fact
            self.issues = issues
        }
    }
}

/// The outcome of a case: all issues upheld, none, or something between; undecided where no issue has an outcome.
package enum CaseOutcome: String, Sendable, Hashable, CaseIterable {
    case upheld
    case partlyUpheld = "partly-upheld"
    case notUpheld = "not-upheld"
    case undecided
}
