internal import RedressContract
internal import RedressLine
package import RedressWire

/// What the coordinator says (specification, "Commands to a worker").
extension WorkerCore {
    /// A command of the coordinator has come. One of another session than the present is passed over.
    package mutating func receive(_ command: Command, at now: Duration) {
        switch command.kind {
        case .welcome: return welcome(command, at: now)
        case .refused: return refused(Refusal(in: command), at: now)
        case .register: return registerAgain(at: now)
        default: break
        }
        guard case .atWork(let welcome) = phase, command.session == welcome.session else { return }
        heardAt = now
        switch (command.kind, command.task.map { TaskAttempt($0, command.attempt) }) {
        case (.offer, let attempt?): offer(attempt, command, session: welcome.session, at: now)
        case (.orders, let attempt?): orders(attempt, command)
        case (.cancel, let attempt?): cancelled(attempt)
        case (.settled, let attempt?): settled(attempt, command)
        case (.heartbeat, _): break
        case (.drain, _):
            step.notes.append(.askedToLeave)
            drain(limit: nil, at: now)
        default: step.notes.append(.passedOver(command.kind, "it is not for a worker"))
        }
    }

    private mutating func welcome(_ command: Command, at now: Duration) {
        guard let welcome = try? Welcome(command) else {
            return step.notes.append(.passedOver(.welcome, "its body cannot be read"))
        }
        heardAt = now
        phase = .atWork(welcome)
        heartbeat = welcome.heartbeat
        unwelcomed = nil
        lease = welcome.lease
        renewAt = now + lease / 3
        repeatAt = now + welcome.heartbeat * Self.silentIntervals
        step.notes.append(.welcomed(epoch: welcome.epoch, holding: held.count))
        step.sends.removeAll()
        if draining == nil {
            // What is held takes room already; its SETTLED gives the credit for it.
            let room = UInt32(max(0, settings.concurrency - held.count))
            step.sends.append(Command(.credit, session: welcome.session, first: room, second: Self.byteCredit))
        } else {
            step.sends.append(Command(.drain, session: welcome.session))
        }
        for (attempt, task) in heldInOrder {
            if case .finished(let conclusion) = task.state { say(conclusion, of: attempt) }
        }
    }

    private mutating func refused(_ refusal: Refusal, at now: Duration) {
        switch (phase, refusal.code) {
        case (.apart, _), (.turnedAway, _): break
        case (.registering, .unknownSession): break  // of a command of the session before; the answer to READY follows
        case (.registering, .busy), (.registering, .draining), (.registering, .diskLow), (.registering, .failed):
            step.notes.append(.refused(refusal))
            phase = .turnedAway(until: now + .milliseconds(refusal.retryAfterMilliseconds ?? 5000))
        case (.registering, _), (_, .keyRefused): step.end = .refused(refusal)
        case (.atWork, .unknownSession): registerAgain(at: now)
        case (.atWork, _):
            heardAt = now
            step.notes.append(.refused(refusal))
        }
    }

    private mutating func registerAgain(at now: Duration) {
        guard isWelcomed else { return }
        step.notes.append(.registeringAgain)
        register(at: now)
    }

    private mutating func offer(_ attempt: TaskAttempt, _ command: Command, session: UInt64, at now: Duration) {
        func answer(_ kind: CommandKind) -> Command {
            Command(kind, task: attempt.task, attempt: attempt.number, session: session)
        }
        switch held[attempt]?.state {
        case .running: return step.sends.append(answer(.accept))
        case .finished(let conclusion): return say(conclusion, of: attempt)
        case nil: break
        }
        if draining != nil { return say(.released(after: .zero, "The worker is closing."), of: attempt) }
        guard held.count + windingUp.count < settings.concurrency, !windingUp.contains(attempt) else {
            return say(.released(after: .seconds(1), "The worker has no room."), of: attempt)
        }
        let limit: Duration? = command.second == 0 ? nil : .milliseconds(command.second)
        held[attempt] = Held(acceptedAt: now, limitAt: limit.map { now + $0 })
        runningCount += 1
        watchLimit(held[attempt]?.limitAt)
        lease = min(lease, max(.milliseconds(command.first), .milliseconds(30)))
        renewAt = min(renewAt, now + lease / 3)
        step.sends.append(answer(.accept))
        step.starts.append(WorkerStep.Assignment(attempt: attempt, timeLimit: limit, brief: command.body))
    }

    private mutating func orders(_ attempt: TaskAttempt, _ command: Command) {
        if command.first == 1 { return cancelled(attempt) }
        guard var task = held[attempt], case .running = task.state else { return }
        let before = task
        task.isPaused = command.first == 2
        if command.second > 0 { task.limitAt = task.acceptedAt + .milliseconds(command.second) }
        guard task.isPaused != before.isPaused || task.limitAt != before.limitAt else { return }
        held[attempt] = task
        watchLimit(task.limitAt)
        let timeLimit = task.limitAt.map { $0 - task.acceptedAt }
        step.orders.append((attempt, WorkerStep.Orders(timeLimit: timeLimit, isPaused: task.isPaused)))
    }

    private mutating func watchLimit(_ limitAt: Duration?) {
        if let limitAt { limitsAt = min(limitsAt ?? limitAt, limitAt) }
    }

    /// A finished task waits for its SETTLED, which comes all the same.
    private mutating func cancelled(_ attempt: TaskAttempt) {
        guard let task = held[attempt], case .running = task.state else { return }
        cancel(attempt, concluding: nil)
    }

    private mutating func settled(_ attempt: TaskAttempt, _ command: Command) {
        guard let task = held[attempt], case .finished(let conclusion) = task.state else { return }
        held[attempt] = nil
        if task.isCorrection, let next = command.attemptNext, next > attempt.number {
            return deliver(conclusion, of: TaskAttempt(attempt.task, next), at: task.acceptedAt)
        }
        switch command.first {
        case 2:
            step.settlement = .late
            step.notes.append(.late(attempt))
        case 3: step.settlement = .moot
        case 4:
            let refusal = Refusal(in: command)
            step.settlement = .refused(refusal)
            // A correction that is refused changes nothing, and who corrects is told.
            if !task.isCorrection { step.notes.append(.contributionRefused(attempt, refusal)) }
        default: step.settlement = .taken
        }
        endIfDrained()
    }
}

extension Command {
    /// The number that a correction is to have, of a SETTLED that refuses one for its number.
    fileprivate var attemptNext: UInt32? {
        guard first == 4, let fields = try? JSONFields(JSON(parsing: body)) else { return nil }
        return try? fields.integerIfPresent("attempt", as: UInt32.self)
    }
}
