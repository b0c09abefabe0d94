package import RedressContract
internal import RedressLine
package import RedressWire

/// All that a worker decides, without socket, clock or concurrency: what it holds, what it says, when it wakes.
///
/// Time is a duration since any fixed start, the same for all calls, and never runs backwards. Call what happened, then
/// ``takeStep(at:)`` once for the whole turn and do what it says; call ``tick(at:progress:)`` by ``nextWake``.
///
/// A held task is *running* until its handler is concluded, then *finished* until SETTLED, across any number of
/// sessions. A handler that was cancelled is *winding up*: its task is no longer held, its place is taken until it
/// returns.
package struct WorkerCore: Sendable {
    /// What a worker is.
    package struct Settings: Sendable, Hashable {
        /// A label for people; two workers may share it.
        package var name: String
        /// This process's own number: random, new at each start.
        package var incarnation: UInt64
        /// The departments it works for.
        package var departments: [DepartmentName]
        /// The task types it takes, with version, such as `billing/charge-review@1`; empty for all of its departments.
        package var contracts: [String]
        /// Tasks held at once, at least 1.
        package var concurrency: Int

        /// Settings; see the members.
        package init(
            name: String, incarnation: UInt64, departments: [DepartmentName], contracts: [String] = [], concurrency: Int
        ) {
            self.name = name
            self.incarnation = incarnation
            self.departments = departments
            self.contracts = contracts
            self.concurrency = concurrency
        }
    }

    /// A task that the worker answers for.
    struct Held: Sendable {
        enum State: Sendable {
            case running
            case finished(Conclusion)
        }
        var state = State.running
        let acceptedAt: Duration
        var limitAt: Duration?
        /// Whether a person wants nothing new to begin.
        var isPaused = false
        /// Whether it is a correction, for which there was no offer.
        var isCorrection = false
        /// Whether it was finished already when results were last said again.
        var isOverdue = false
    }

    /// How the worker stands with the coordinator.
    enum Phase: Sendable {
        /// No connection.
        case apart
        /// Refused for now; READY again at this time.
        case turnedAway(until: Duration)
        /// READY is said, since this time.
        case registering(since: Duration)
        /// A session.
        case atWork(Welcome)
    }

    /// Bytes of briefs that may be on offer or in work at once.
    static let byteCredit: UInt32 = 64 << 20
    /// Intervals without a word after which the coordinator is given up.
    static let silentIntervals = Line.silentIntervals
    /// Until a WELCOME says otherwise.
    static let heartbeatDefault = Line.heartbeatDefault
    /// What handlers that were cancelled and results that are out have, when a drain's time is up.
    static let closingTime = Duration.seconds(10)

    let settings: Settings
    var phase = Phase.apart
    /// Of the last WELCOME, whatever became of its session: the next line's.
    var heartbeat = Self.heartbeatDefault
    var held: [TaskAttempt: Held] = [:]
    var windingUp: Set<TaskAttempt> = []
    var runningCount = 0
    var step = WorkerStep()

    var heardAt: Duration
    var spokeAt: Duration
    var renewAt: Duration
    /// When results that are still without SETTLED are said again: the coordinator may drop what it cannot send at once.
    var repeatAt: Duration
    /// The shortest lease seen in this session.
    var lease = Duration.seconds(10)
    /// No time limit passes before this.
    var limitsAt: Duration?
    /// Since when there has been no session, and when to say so next.
    var unwelcomed: (since: Duration, remindAt: Duration)?
    /// Set once the worker is to end.
    var draining: Draining?

    struct Draining: Sendable {
        /// When handlers are cancelled; nil for never.
        var until: Duration?
        /// When the worker ends, whatever is open.
        var closeAt: Duration?
    }

    /// A worker that has no connection yet, at time `now`.
    package init(_ settings: Settings, at now: Duration) {
        self.settings = settings
        heardAt = now
        spokeAt = now
        renewAt = now
        repeatAt = now
        unwelcomed = (now, now + .seconds(5))
    }

    /// The largest contribution, in bytes, that the coordinator takes.
    package var contributionBytesMaximum: Int {
        if case .atWork(let welcome) = phase { welcome.contributionBytes } else { Limits.contributionBytesMaximum }
    }

    /// Whether there is a session.
    package var isWelcomed: Bool {
        if case .atWork = phase { true } else { false }
    }

    /// How many tasks are held: running, and finished without SETTLED.
    package var heldCount: Int { held.count }

    /// What is held, always in the same order, so that the same inputs give the same steps.
    var heldInOrder: [(attempt: TaskAttempt, task: Held)] {
        held.map { (attempt: $0.key, task: $0.value) }.sorted { $0.attempt < $1.attempt }
    }

    /// The connection is up, and nothing has been said on it.
    package mutating func lineUp(at now: Duration) {
        register(at: now)
    }

    /// The connection is gone. Handlers go on, and results are kept.
    package mutating func lineDown(at now: Duration) {
        if case .apart = phase { return }
        step.notes.append(.lineLost)
        part(at: now)
    }

    /// The handler of `attempt` has returned.
    package mutating func conclude(_ attempt: TaskAttempt, _ conclusion: Conclusion) {
        if windingUp.remove(attempt) != nil { return endIfDrained() }
        guard let task = held[attempt], case .running = task.state else { return }
        finish(attempt, conclusion)
    }

    /// Says `conclusion`, of a task that was not offered, once there is a session, and until it is settled: the department
    /// corrects itself. Where the attempt's number is too low, the coordinator's next one takes its place.
    package mutating func deliver(_ conclusion: Conclusion, of attempt: TaskAttempt, at now: Duration) {
        held[attempt] = Held(state: .finished(conclusion), acceptedAt: now, isCorrection: true)
        say(conclusion, of: attempt)
    }

    /// Takes no more offers and ends when all that is held is settled.
    ///
    /// - Parameter limit: after this long, handlers are cancelled and their tasks released; a little later the worker
    ///   ends, whatever is open. nil waits for ever. Of several limits the earliest holds.
    package mutating func drain(limit: Duration?, at now: Duration) {
        if draining == nil {
            draining = Draining()
            if case .atWork(let welcome) = phase { step.sends.append(Command(.drain, session: welcome.session)) }
        }
        if let limit {
            let earlier = draining?.until ?? now + limit
            draining?.until = min(earlier, now + limit)
        }
        endIfDrained()
    }

    /// What there is to do since the last step.
    package mutating func takeStep(at now: Duration) -> WorkerStep {
        if !step.sends.isEmpty { spokeAt = now }
        defer { step = WorkerStep() }
        return step
    }

    mutating func part(at now: Duration) {
        phase = .apart
        step.sends.removeAll()
        if unwelcomed == nil { unwelcomed = (now, now + .seconds(5)) }
    }

    mutating func register(at now: Duration) {
        phase = .registering(since: now)
        step.sends = [Command(.ready, body: readyBody[...])]
        if unwelcomed == nil { unwelcomed = (now, now + .seconds(5)) }
    }

    private var readyBody: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            let digits = String(settings.incarnation, radix: 16)
            writer.member("worker", settings.name)
            writer.member("incarnation", String(repeating: "0", count: 16 - digits.utf8.count) + digits)
            writer.member("departments", settings.departments.map(\.description))
            writer.member("contracts", settings.contracts)
            writer.name("holding")
            writer.array(heldInOrder.filter { !$0.task.isCorrection }) { writer, entry in
                writer.object { writer in
                    writer.member("task", entry.attempt.task.description)
                    writer.member("attempt", entry.attempt.number)
                    if case .running = entry.task.state {
                        writer.member("state", "running")
                    } else {
                        writer.member("state", "finished")
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Keeps `conclusion` and says it, if there is anybody to say it to.
    mutating func finish(_ attempt: TaskAttempt, _ conclusion: Conclusion) {
        held[attempt]?.state = .finished(conclusion)
        runningCount -= 1
        say(conclusion, of: attempt)
    }

    mutating func say(_ conclusion: Conclusion, of attempt: TaskAttempt) {
        guard case .atWork(let welcome) = phase else { return }
        step.sends.append(
            Command(
                conclusion.kind, task: attempt.task, attempt: attempt.number, session: welcome.session,
                first: conclusion.argument, body: conclusion.body[...]))
    }

    /// Cancels the handler of a running task and ends the task as `conclusion`, or without a word.
    mutating func cancel(_ attempt: TaskAttempt, concluding conclusion: Conclusion?) {
        step.cancels.append(attempt)
        windingUp.insert(attempt)
        if let conclusion {
            finish(attempt, conclusion)
        } else {
            held[attempt] = nil
            runningCount -= 1
        }
    }

    mutating func endIfDrained() {
        if draining != nil, held.isEmpty, windingUp.isEmpty { step.end = step.end ?? .drained }
    }
}
