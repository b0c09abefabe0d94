internal import RedressContract
internal import RedressDispatch
internal import RedressWire
internal import RedressWorker

/// The steps that scripts are made of: each says something, or waits for something and names it.
extension ConformanceStage {
    /// What a worker says that ends an attempt.
    static let results: Set<CommandKind> = [.contribute, .fail, .release]
    /// The particular of a brief that says how long the handler is to take, in seconds.
    static let secondsParticular = "conformance-seconds"

    /// What was expected did not come.
    nonisolated func broken(
        _ expected: String, _ came: String, section: String? = nil
    ) -> WorkerConformance.Breach {
        WorkerConformance.Breach(section: section ?? self.section, expected: expected, came: came)
    }

    /// Waits for a command.
    func await(
        _ expected: String, within patience: Duration? = nil, section: String? = nil,
        _ takes: @escaping (Said) -> Bool
    ) async throws -> Said {
        switch await arrival(within: patience ?? self.patience, of: takes) {
        case .said(let said): return said
        case .broken(let breach): throw breach
        case .ended(let how): throw broken(expected, how, section: section)
        case .nothing:
            try Task.checkCancellation()
            throw broken(
                patience.map { "\(expected) within \($0)" } ?? expected, unheeded, section: section)
        }
    }

    /// Waits for as long as nothing may come that `takes`.
    ///
    /// - Returns: whether the worker is still there.
    @discardableResult
    func quiet(
        for time: Duration, _ expected: String, section: String? = nil, mayEnd: Bool = false,
        _ takes: @escaping (Said) -> Bool
    ) async throws -> Bool {
        switch await arrival(within: time, of: takes) {
        case .nothing:
            try Task.checkCancellation()
            return true
        case .said(let said): throw broken(expected, said.description, section: section)
        case .broken(let breach): throw breach
        case .ended(let how):
            if mayEnd { return false }
            throw broken(expected, how, section: section)
        }
    }

    // MARK: Opening

    /// READY, with `holding` in its list.
    @discardableResult
    func ready(
        holding: [(attempt: TaskAttempt, isFinished: Bool)] = [], within patience: Duration? = nil
    ) async throws -> Said {
        // Who is started by hand takes the time of a hand.
        let patience = patience ?? (isStartedHere ? nil : .seconds(3600))
        let ready = try await self.await("READY", within: patience, section: "Opening and closing") {
            $0.command.kind == .ready
        }
        guard let registration else { return ready }
        guard registration.departments.contains(department) else {
            throw broken(
                "the department \(department)", "\(registration.departments.map(\.description))",
                section: "What each says, and who answers what")
        }
        // What a worker that was not started for this scenario still holds is taken back after WELCOME.
        for held in registration.holding where held.task.reference != reference && !isStartedHere {
            offered[TaskAttempt(held.task, held.attempt)] = .now
        }
        let held = registration.holding.filter { $0.task.reference == reference || isStartedHere }
        let expected = holding.map { "\($0.attempt), \($0.isFinished ? "finished" : "running")" }.sorted()
        let came = held.map { "\(TaskAttempt($0.task, $0.attempt)), \($0.isFinished ? "finished" : "running")" }
            .sorted()
        guard expected == came else {
            throw broken(
                "READY to list \(expected.isEmpty ? "nothing" : expected.joined(separator: "; "))",
                came.isEmpty ? "an empty list" : came.joined(separator: "; "), section: "Opening and closing")
        }
        return ready
    }

    /// READY, WELCOME, CREDIT.
    func begin(
        heartbeat: Duration = .seconds(2), lease: Duration = .seconds(6), contributionBytes: Int = 1 << 20
    ) async throws {
        try await ready()
        if !offered.isEmpty {
            // A worker that was not started for this scenario begins it with empty hands.
            welcome()
            takeBack()
            offered = [:]
            endSession()
            say(Command(.register))
            try await ready()
        }
        welcome(heartbeat: heartbeat, lease: lease, contributionBytes: contributionBytes)
        try await credit()
    }

    /// The first CREDIT of a session.
    func credit() async throws {
        let credit = try await self.await("CREDIT after WELCOME", section: "Opening and closing") {
            $0.command.kind == .credit
        }
        room = Int(credit.command.first)
        guard credit.command.first > 0, credit.command.second > 0 else {
            throw broken("credit for a message and a byte at least", credit.description)
        }
    }

    /// Forgets the worker's session, asks it to register again and opens another session for it.
    func registerAgain(holding: [(attempt: TaskAttempt, isFinished: Bool)] = []) async throws {
        endSession()
        say(Command(.register))
        try await ready(holding: holding)
        welcome(epoch: "2-2")
        try await creditAnew(holding: holding.count)
    }

    /// CREDIT, said anew with what is left of the worker's room.
    func creditAnew(holding count: Int) async throws {
        guard count < room else { return pass { $0.command.kind == .credit && $0.command.first == 0 } }
        let credit = try await self.await("CREDIT after WELCOME") { $0.command.kind == .credit }
        guard (1...room - count).contains(Int(credit.command.first)) else {
            throw broken(
                "credit for 1 to \(room - count): \(room) less what is held", credit.description,
                section: "What each says, and who answers what")
        }
    }

    // MARK: Tasks

    /// An attempt of task `number`.
    nonisolated func attempt(_ number: UInt16, _ attempt: UInt32 = 1) -> TaskAttempt {
        TaskAttempt(TaskID(reference, number), attempt)
    }

    /// OFFER of an attempt whose handler is to take `seconds`.
    func offering(
        _ attempt: TaskAttempt, seconds: Int, lease: Duration = .seconds(6), limit: Duration = .seconds(120),
        excerpt: String = "I was charged twice."
    ) -> Command {
        offered[attempt] = .now
        let brief: JSON = [
            "task": .string("\(attempt.task)"), "attempt": .number(ExactNumber(Int(attempt.number))),
            "type": .string(type),
            "issues": [["number": 1, "excerpt": .string(excerpt)]],
            "particulars": [["name": .string(Self.secondsParticular), "value": .string("\(seconds)")]],
        ]
        return Command(
            .offer, task: attempt.task, attempt: attempt.number, session: session,
            first: UInt32(lease.milliseconds), second: UInt32(limit.milliseconds),
            body: brief.bytes[...])
    }

    /// Offers attempt `first` of task `number` and waits for ACCEPT. A worker that has no room yet is asked again with
    /// the next attempt.
    @discardableResult
    func give(
        _ number: UInt16, _ first: UInt32 = 1, seconds: Int = 0, lease: Duration = .seconds(6),
        limit: Duration = .seconds(120), excerpt: String = "I was charged twice."
    ) async throws -> TaskAttempt {
        let until = ContinuousClock.now + patience
        var attempt = attempt(number, first)
        while true {
            say(offering(attempt, seconds: seconds, lease: lease, limit: limit, excerpt: excerpt))
            let answer = try await self.await("ACCEPT of \(attempt)", section: "What each says, and who answers what") {
                [attempt] in
                $0.attempt == attempt && ($0.command.kind == .accept || Self.results.contains($0.command.kind))
            }
            if answer.command.kind == .accept { return attempt }
            guard answer.command.kind == .release, answer.at < until else {
                throw broken(
                    "ACCEPT of \(attempt)", answer.description, section: "What each says, and who answers what")
            }
            settle(attempt)
            try await quiet(for: .milliseconds(50), "the worker to stay") { _ in false }
            attempt = TaskAttempt(attempt.task, attempt.number + 1)
        }
    }

    /// Waits for `kind` about `attempt`.
    @discardableResult
    func hear(_ kind: CommandKind, _ attempt: TaskAttempt, within patience: Duration? = nil, section: String? = nil)
        async throws -> Said
    {
        let expected = "\("\(kind)".uppercased()) of \(attempt)"
        let ends = Self.results.contains(kind)
        let said = try await self.await(expected, within: patience, section: section) {
            $0.attempt == attempt && ($0.command.kind == kind || Self.results.contains($0.command.kind))
        }
        guard said.command.kind != kind else { return said }
        guard ends || kind != .renew else {
            throw broken(
                "a handler that takes as long as the brief's \(Self.secondsParticular) says",
                "\(said) after \(said.at - (offered[attempt] ?? said.at))", section: "Checking a worker")
        }
        throw broken(expected, said.description, section: section)
    }

    /// Waits until `result` comes once more, the same.
    func hearAgain(_ result: Said, section: String? = nil) async throws {
        guard let attempt = result.attempt else { return }
        let again = try await hear(result.command.kind, attempt, section: section)
        guard again.command.first == result.command.first, again.command.body == result.command.body else {
            throw broken("\(result), the same again", again.description, section: section)
        }
    }

    /// SETTLED of `attempt`: taken, unless said otherwise.
    func settle(_ attempt: TaskAttempt, _ first: UInt32 = 1) { say(.settled, attempt, first: first) }

    /// Gives a task that takes no time, and takes its contribution.
    func work(_ number: UInt16) async throws {
        let attempt = try await give(number)
        try await hear(.contribute, attempt)
        settle(attempt)
    }

    /// Nothing is said any more about `attempt`, whatever was under way when it was given up.
    ///
    /// - Parameter time: how long to listen.
    func silence(about attempt: TaskAttempt, for time: Duration) async throws {
        // Commands are taken in order: what comes after the answer to an offer was said after the order to stop.
        try await work(attempt.task.number + 1000)
        pass { $0.attempt == attempt }
        try await quiet(for: time, "nothing more about \(attempt)") { $0.attempt == attempt }
    }

    /// The worker does not say READY again; it may leave, and another may come in its place.
    func staysAway(_ expected: String) async throws {
        let incarnation = registration?.incarnation
        try await quiet(for: .seconds(1), expected, mayEnd: true) {
            (try? Registration(parsing: $0.command.body))?.incarnation == incarnation
        }
    }

    /// The worker leaves.
    func leaves(_ expected: String) async throws {
        if isStartedHere {
            switch await arrival(within: patience, of: { _ in false }) {
            case .ended: break
            case .broken(let breach): throw breach
            case .nothing, .said: throw broken(expected, "a worker that stays")
            }
        } else {
            try await staysAway(expected)
        }
    }
}
