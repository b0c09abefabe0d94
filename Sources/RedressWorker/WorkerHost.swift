internal import Logging
internal import RedressContract
internal import RedressKeys
internal import RedressLine
internal import RedressWire
internal import Synchronization
internal import ZeroMQ

/// Runs a ``WorkerCore`` on a thread of its own: reads the line, does what each step says, runs the handlers elsewhere.
actor WorkerHost {
    private let settings: WorkerCore.Settings
    private let endpoint: String
    private var key: PeerKey?
    private let context: Context
    private let logger: Logger
    private let handler: Worker.Handler
    private let thread: SocketThread
    private let start = ContinuousClock.now

    private var core: WorkerCore
    private var line: Line?
    private var running: [TaskAttempt: (work: Task<Void, Never>, standing: TaskContext.Standing)] = [:]
    private var ending: CheckedContinuation<Void, any Error>?
    /// What became of what was delivered last.
    private(set) var settlement: Settlement?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(
        _ settings: WorkerCore.Settings, endpoint: String, key: PeerKey?, context: Context?, logger: Logger,
        handler: @escaping Worker.Handler
    ) throws(WorkerError) {
        self.settings = settings
        self.endpoint = endpoint
        self.key = key
        var logger = logger
        logger[metadataKey: "worker"] = "\(settings.name)"
        self.logger = logger
        self.handler = handler
        core = WorkerCore(settings, at: .zero)
        do throws(ZeroMQError) {
            self.context = if let context { context } else { try Context() }
            thread = try SocketThread(name: "worker")
        } catch {
            throw WorkerError(error, endpoint: endpoint)
        }
    }

    private var now: Duration { ContinuousClock.now - start }

    /// Works until the core says that it is over.
    func run() async throws {
        defer { stop() }
        do {
            line = try newLine()
        } catch {
            throw WorkerError(error, endpoint: endpoint)
        }
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.turn() } ?? nil }
        try await withCheckedThrowingContinuation { ending = $0 }
    }

    /// See ``WorkerCore/drain(limit:at:)``.
    func drain(limit: Duration) {
        core.drain(limit: limit, at: now)
    }

    /// See ``WorkerCore/deliver(_:of:at:)``.
    func deliver(_ conclusion: Conclusion, of attempt: TaskAttempt) {
        core.deliver(conclusion, of: attempt, at: now)
    }

    private func stop() {
        for handler in running.values { handler.work.cancel() }
        thread.stop()
        line = nil
    }

    private func end(_ failure: WorkerError?) {
        guard let ending else { return }
        self.ending = nil
        if let failure { ending.resume(throwing: failure) } else { ending.resume() }
    }

    private func turn() -> Duration? {
        guard ending != nil else { return nil }
        do throws(ZeroMQError) {
            try listen()
            core.tick(at: now) { running[$0]?.standing.state.withLock(\.progress) ?? Progress() }
            let allSent = try perform(core.takeStep(at: now))
            let wait = core.nextWake.map { max($0 - now, .zero) }
            return allSent ? wait : min(wait ?? Line.retryInterval, Line.retryInterval)
        } catch {
            end(WorkerError(error, endpoint: endpoint))
            return nil
        }
    }

    private func listen() throws(ZeroMQError) {
        while let arrival = try line?.receive() {
            switch arrival {
            case .up: core.lineUp(at: now)
            case .down: core.lineDown(at: now)
            case .turnedAway(.otherProtocol(let number)):
                logger.error("\(TurnedAway.otherProtocol(number).sentence(at: endpoint, with: key))")
            case .turnedAway(let reason):
                if try takeNewKey() { return }
                end(WorkerError(.turnedAway, reason.sentence(at: endpoint, with: key)))
            case .foreign(let refusal):
                logger.warning("A message was dropped.", metadata: ["reason": "\(refusal)"])
            case .commands(let commands):
                let now = now
                for command in commands {
                    switch command {
                    case .success(let command):
                        if command.refusesKey, try takeNewKey() { return }
                        core.receive(command, at: now)
                    case .failure(let refusal):
                        logger.warning("A frame was dropped.", metadata: ["reason": "\(refusal)"])
                    }
                }
            }
        }
    }

    private func newLine() throws(ZeroMQError) -> Line {
        try Line(to: endpoint, key: key, in: context, on: thread, heartbeat: core.heartbeat)
    }

    /// Goes on with the key that is in its file by now.
    ///
    /// - Returns: whether there is a new one.
    private func takeNewKey() throws(ZeroMQError) -> Bool {
        guard let renewed = key?.renewed() else { return false }
        logger.notice("The key was rotated; connecting with the new one.", metadata: ["file": "\(renewed.file)"])
        key = renewed
        core.lineDown(at: now)
        line = nil
        line = try newLine()
        return true
    }

    /// - Returns: whether all that was to be sent has gone.
    private func perform(_ step: WorkerStep) throws(ZeroMQError) -> Bool {
        for assignment in step.starts { begin(assignment) }
        for (attempt, orders) in step.orders { running[attempt]?.standing.state.withLock { $0.orders = orders } }
        for attempt in step.cancels { running[attempt]?.work.cancel() }
        for note in step.notes { record(note) }
        settlement = step.settlement ?? settlement
        if step.reconnects {
            line = nil
            line = try newLine()
        }
        let allSent = try line?.send(step.sends) ?? true
        switch step.end {
        case .drained: end(nil)
        case .drainedInPart(let open):
            logger.warning("The worker left with tasks open.", metadata: ["open": "\(open)"])
            end(nil)
        case .refused(let refusal):
            end(
                WorkerError(.refused, "The coordinator at \(endpoint) refused the worker: \(refusal)", refusal: refusal)
            )
        case nil: break
        }
        return allSent
    }

    private func record(_ note: WorkerStep.Note) {
        if case .unwelcomed(let wait, lineIsUp: false) = note, line?.handshakeIsFailing == true {
            let hint = TurnedAway.handshakeHint(at: endpoint, with: key)
            logger.warning("\(hint) The worker goes on trying.", metadata: ["for": "\(wait)"])
        } else {
            logger.record(note, endpoint: endpoint)
        }
    }

    private func begin(_ assignment: WorkerStep.Assignment) {
        let context = TaskContext(assignment.attempt, timeLimit: assignment.timeLimit)
        let bytesMaximum = core.contributionBytesMaximum
        let work = Task { @concurrent [handler] in
            let conclusion = await Conclusion(
                of: handler, brief: assignment.brief, context: context, bytesMaximum: bytesMaximum)
            await self.conclude(assignment.attempt, conclusion)
        }
        running[assignment.attempt] = (work, context.standing)
    }

    private func conclude(_ attempt: TaskAttempt, _ conclusion: Conclusion) {
        running[attempt] = nil
        core.conclude(attempt, conclusion)
    }
}
