internal import RedressContract
internal import RedressDispatch
internal import RedressWire
internal import RedressWorker
internal import ZeroMQ

/// The coordinator's end of one scenario: a ROUTER that starts the worker, keeps what it says for the script to look at,
/// answers by itself what any coordinator answers, and holds every command against the rules that always apply.
actor ConformanceStage {
    /// A command that has come.
    struct Said: Sendable {
        let peer: [UInt8]
        let command: Command
        let at: ContinuousClock.Instant

        /// The attempt that it is about, where it names one.
        var attempt: TaskAttempt? { command.task.map { TaskAttempt($0, command.attempt) } }
    }

    /// Someone waits for a command.
    private struct Waiting {
        let takes: (Said) -> Bool
        let until: ContinuousClock.Instant
        let told: CheckedContinuation<Arrival, Never>
    }

    /// What a wait comes to.
    enum Arrival {
        case said(Said)
        case nothing
        case ended(String)
        case broken(WorkerConformance.Breach)
    }

    /// How long a worker has to leave by itself when its scenario is over.
    private static let farewellPatience = Duration.seconds(3)

    nonisolated let department: DepartmentName
    nonisolated let section: String
    nonisolated let patience: Duration
    nonisolated let isStartedHere: Bool
    /// The case that the scenario's tasks belong to.
    nonisolated let reference: CaseReference
    /// Nil in plain text.
    private let keys: ConformanceKeys?
    nonisolated var isKeyed: Bool { keys != nil }
    private let launch: WorkerConformance.Launch?
    private let thread: SocketThread
    private var authenticator: Authenticator?
    private var endpoint: String
    private var context: Context?
    private var socket: Socket?
    private var worker: Task<Void, Never>?
    private var ending: String?
    private var isClosing = false

    /// The worker's newest connection.
    private(set) var peer: [UInt8]?
    /// The worker's session; 0 while it has none.
    private(set) var session: UInt64 = 0
    private var sessionsGiven: Set<UInt64> = []
    /// READY has come and WELCOME has not gone.
    private var awaitsWelcome = false
    private(set) var registration: Registration?
    /// A type of task that the worker takes.
    private(set) var type: String
    var offered: [TaskAttempt: ContinuousClock.Instant] = [:]
    /// How many tasks the worker takes at once: its first CREDIT.
    var room = 0
    /// Whether RENEW and HEARTBEAT are answered.
    private var answers = true
    /// The new time limits: each is said again with every ORDERS of its attempt.
    private var limits: [TaskAttempt: UInt32] = [:]
    /// Whether anything at all has come.
    private(set) var hasHeard = false

    private var heard: [Said] = []
    private var breach: WorkerConformance.Breach?
    private var waiting: Waiting?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(
        _ department: DepartmentName, endpoint: String, section: String, patience: Duration,
        keys: ConformanceKeys?, launch: WorkerConformance.Launch?
    ) throws {
        self.department = department
        type = "\(department)/conformance"
        self.endpoint = endpoint
        self.section = section
        self.patience = patience
        self.keys = keys
        self.launch = launch
        isStartedHere = launch != nil
        var generator = SystemRandomNumberGenerator()
        reference = .random(using: &generator)
        thread = try SocketThread(name: "conformance")
    }

    // MARK: The worker and the line

    /// Listens, and starts the worker.
    func open() async throws {
        try await listen()
        start()
    }

    private func listen() async throws {
        let context = try Context()
        var options = SocketOptions()
        if let keys {
            authenticator = try await keys.authenticator(in: context)
            options.security = keys.security
        }
        options.linger = .zero
        options.maximumMessageBytes = Int64(Limits.frameBytesMaximum)
        var router = try Socket(.router, in: context, options: options)
        endpoint = try router.bind(to: endpoint)
        thread.watch(router)
        self.context = context
        socket = consume router
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.turn() } ?? nil }
    }

    private func start() {
        guard let launch else { return }
        ending = nil
        worker = Task { [endpoint] in
            do {
                try await launch(endpoint)
                self.ended("the worker left")
            } catch {
                self.ended("the worker ended: \(error)")
            }
        }
    }

    private func ended(_ how: String) { ending = how }

    /// Ends the worker and starts another.
    func restart() async {
        await sendOff()
        (peer, session, awaitsWelcome, isClosing) = (nil, 0, false, false)
        heard = []
        start()
    }

    /// The line breaks, and a coordinator that knows of no session listens again at the same endpoint.
    func breakLine() async throws {
        hangUp()
        (session, awaitsWelcome) = (0, false)
        heard = []
        try await listen()
    }

    /// The endpoint is free when it returns.
    private func hangUp() {
        if let ended = socket.take() { thread.unwatch(ended) }
        authenticator = nil
        context = nil
    }

    /// Takes back what the worker holds, ends the worker if it was started here, and stops listening.
    func dismiss() async {
        await sendOff()
        hangUp()
        thread.stop()
    }

    private func sendOff() async {
        breach = nil
        isClosing = true
        guard let worker else { return takeBack() }
        if session != 0 {
            takeBack()
            _ = await arrival(within: Self.farewellPatience) { _ in false }
        }
        worker.cancel()
        await worker.value
        self.worker = nil
    }

    /// Cancels and settles whatever the worker may hold, and asks it to leave if there is another where it came from.
    func takeBack() {
        for attempt in offered.keys.sorted() {
            say(.cancel, attempt)
            say(.settled, attempt, first: 3)
        }
        if isStartedHere { say(Command(.drain, session: session)) }
    }

    // MARK: Hearing

    private func turn() -> Duration? {
        while let received = try? socket?.receive(maximumFrames: Limits.commandsMaximum + 2) {
            switch received {
            case .message(let frames): hear(frames)
            case .overlong(_, let frames):
                fault("Limits", "at most \(Limits.commandsMaximum) commands in a message", "\(frames - 2)")
            }
        }
        guard let waiting else { return nil }
        let now = ContinuousClock.now
        if let arrival = arrival(for: waiting.takes) ?? (waiting.until <= now ? .nothing : nil) {
            self.waiting = nil
            waiting.told.resume(returning: arrival)
            return nil
        }
        return waiting.until - now
    }

    private func hear(_ frames: [[UInt8]]) {
        hasHeard = true
        let now = ContinuousClock.now
        do throws(Refusal) {
            for result in try Message.unpack(frames.dropFirst(), from: .worker) {
                let command = try result.get()
                take(Said(peer: frames[0], command: command, at: now), try WorkerMessage(command))
            }
        } catch {
            let section =
                switch error.code {
                case .notAllowed: "Roles and sockets"
                case .unknownCommand: "Commands"
                case .tooLarge: "Limits"
                case .malformedBody: "What each says, and who answers what"
                case .unknownSession: "Opening and closing"
                default: "Grammar"
                }
            fault(section, "what a coordinator can take", error.sentence)
        }
    }

    private func take(_ said: Said, _ message: WorkerMessage) {
        let command = said.command
        if case .ready(let registration) = message { return register(registration, said) }
        if peer == nil, sessionsGiven.isEmpty, isStartedHere {
            return fault("Opening and closing", "READY before anything else", said.description)
        }
        guard said.peer == peer, session != 0 || awaitsWelcome else {
            // From a connection or a session before: a coordinator that does not know it asks to register again.
            return answer(Command(.register), said.peer)
        }
        if awaitsWelcome { return fault("States", "nothing but READY before WELCOME", said.description) }
        guard command.session == session else {
            return fault("Opening and closing", "the session of the newest WELCOME in every command", said.description)
        }
        if let attempt = said.attempt, offered[attempt] == nil {
            return fault("Commands", "nothing about a task that was not offered", said.description)
        }
        hear(said, message)
    }

    private func register(_ registration: Registration, _ said: Said) {
        (peer, session, awaitsWelcome) = (said.peer, 0, true)
        self.registration = registration
        if let keys, !keys.allow(registration.worker) {
            fault(
                "Security", "the name of the worker's key, \(ConformanceKeys.name), or that, a hyphen and more",
                registration.worker)
        }
        let contracts = try? JSONFields(JSON(parsing: said.command.body)).strings("contracts")
        let types = (contracts ?? []).compactMap { TaskType($0.prefix { $0 != "@" }) }
        if let known = types.first(where: { $0.department == department }) { type = known.description }
        if isClosing {
            welcome()
            takeBack()
        } else {
            heard.append(said)
        }
    }

    private func hear(_ said: Said, _ message: WorkerMessage) {
        if isClosing, let attempt = said.attempt { return say(.settled, attempt, first: 3) }
        heard.append(said)
        switch message {
        case .heartbeat: answer(Command(.heartbeat, session: session), said.peer)
        case .renew:
            if said.command.first > 100 {
                fault("What each says, and who answers what", "a progress of at most 100 percent", said.description)
            }
            if answers, let attempt = said.attempt { say(.orders, attempt, second: limits[attempt] ?? 0) }
        case .contribute(_, _, _, .failure(let error)):
            fault("What each says, and who answers what", "a contribution of the right shape", "\(error)")
        case .contribute(_, _, _, .success(let contribution)):
            if let stray = contribution.answers.first(where: { $0.issue != 1 }) {
                fault(
                    "What each says, and who answers what", "answers to the issues of the brief",
                    "an answer to issue \(stray.issue)")
            }
        case .fail:
            if !(1...3).contains(said.command.first) {
                fault("What each says, and who answers what", "FAIL with a = 1, 2 or 3", said.description)
            }
        case .ready, .credit, .accept, .release, .drain: break
        }
    }

    /// Notes the first rule that is broken; whoever waits, or waits next, hears of it.
    private func fault(_ section: String, _ expected: String, _ came: String) {
        guard breach == nil, !isClosing else { return }
        breach = WorkerConformance.Breach(section: section, expected: expected, came: came)
    }

    // MARK: Waiting

    private func arrival(for takes: (Said) -> Bool) -> Arrival? {
        if let breach { return .broken(breach) }
        if let index = heard.firstIndex(where: takes) { return .said(heard.remove(at: index)) }
        return ending.map { .ended($0) }
    }

    /// The first command that `takes` and no one has looked at, as soon as it comes.
    func arrival(within patience: Duration, of takes: @escaping (Said) -> Bool) async -> Arrival {
        if let arrival = arrival(for: takes) { return arrival }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { told in
                let until = Task.isCancelled ? .now : ContinuousClock.now + patience
                waiting = Waiting(takes: takes, until: until, told: told)
            }
        } onCancel: {
            Task { await self.giveUp() }
        }
    }

    private func giveUp() {
        waiting?.told.resume(returning: .nothing)
        waiting = nil
    }

    /// What has come, but nobody has looked at.
    var unheeded: String {
        let worthTelling = heard.filter { $0.command.kind != .heartbeat }
        return worthTelling.isEmpty ? "nothing" : worthTelling.suffix(4).map(\.description).joined(separator: ", ")
    }

    /// Forgets what has come of the commands that `forgets` and nobody has looked at.
    func pass(over forgets: (Said) -> Bool) { heard.removeAll(where: forgets) }

    /// Whether a rule was broken that no step of the script has met.
    func verdict() throws(WorkerConformance.Breach) -> WorkerConformance.Verdict {
        if let breach { throw breach }
        return .passed
    }

    // MARK: Saying

    /// Says `commands` in one message, or in as few as they fit into.
    func say(_ commands: Command...) {
        for message in Message.pack(commands) { send(message) }
    }

    /// Says `kind` about `attempt`, in the worker's session unless said otherwise.
    func say(
        _ kind: CommandKind, _ attempt: TaskAttempt, first: UInt32 = 0, second: UInt32 = 0, session: UInt64? = nil
    ) {
        say(
            Command(
                kind, task: attempt.task, attempt: attempt.number, session: session ?? self.session, first: first,
                second: second))
    }

    /// Says that `attempt` has a new time limit, now and with every answer to its RENEW.
    func limit(_ attempt: TaskAttempt, to limit: Duration) {
        limits[attempt] = UInt32(limit.milliseconds)
        say(.orders, attempt, second: UInt32(limit.milliseconds))
    }

    /// Sends anything at all. What cannot be sent, the worker will be missed for.
    func send(_ frames: [[UInt8]]) {
        if let peer { _ = try? socket?.send([peer] + frames) }
    }

    private func answer(_ command: Command, _ peer: [UInt8]) {
        guard answers else { return }
        for message in Message.pack([command]) { _ = try? socket?.send([peer] + message) }
    }

    /// Whether RENEW and HEARTBEAT are answered from now on.
    func answer(_ answers: Bool) { self.answers = answers }

    /// Opens a session for who has said READY.
    func welcome(
        heartbeat: Duration = .seconds(2), lease: Duration = .seconds(6), contributionBytes: Int = 1 << 20,
        epoch: String = "1-1", properties: [Command.Property] = [], more: [JSON.Member] = []
    ) {
        // Above what a signed number holds.
        session = UInt64.random(in: 1 << 63 ... .max)
        sessionsGiven.insert(session)
        awaitsWelcome = false
        let body = JSON.object(
            [
                .init("epoch", .string(epoch)),
                .init("heartbeatMilliseconds", .number(ExactNumber(Int(heartbeat.milliseconds)))),
                .init("leaseMilliseconds", .number(ExactNumber(Int(lease.milliseconds)))), .init("policy", "b94d27b9"),
                .init(
                    "limits",
                    ["complaintBytes": 1_048_576, "contributionBytes": .number(ExactNumber(contributionBytes))]),
            ] + more)
        say(Command(.welcome, session: session, properties: properties, body: body.bytes[...]))
    }

    /// Forgets the session; the worker is not told.
    func endSession() {
        session = 0
        heard = []
    }
}

extension ConformanceStage.Said: CustomStringConvertible {
    /// The command in the notation of the specification's worked exchange, with the beginning of its body.
    var description: String {
        var parts: [String] = []
        if let attempt { parts.append("\(attempt)") }
        if command.first != 0 || command.second != 0 { parts.append("a=\(command.first) b=\(command.second)") }
        if !command.body.isEmpty { parts.append(String(decoding: command.body.prefix(200), as: UTF8.self)) }
        let name = "\(command.kind)".uppercased()
        return parts.isEmpty ? name : "\(name)(\(parts.joined(separator: ", ")))"
    }
}
