internal import RedressContract
internal import RedressLine
package import RedressWire

/// What time does: renewals, heartbeats, limits, patience.
extension WorkerCore {
    /// When ``tick(at:progress:)`` is wanted next, if nothing else happens; nil: never.
    package var nextWake: Duration? {
        var wake = unwelcomed?.remindAt
        func by(_ time: Duration?) {
            if let time { wake = min(wake ?? time, time) }
        }
        by(limitsAt)
        by(draining?.closeAt ?? draining?.until)
        switch phase {
        case .apart: break
        case .turnedAway(let until): by(until)
        case .registering(let since): by(since + Self.heartbeatDefault * Self.silentIntervals)
        case .atWork(let welcome):
            by(spokeAt + welcome.heartbeat)
            by(heardAt + welcome.heartbeat * Self.silentIntervals)
            if runningCount > 0 { by(renewAt) }
            if runningCount < held.count { by(repeatAt) }
        }
        return wake
    }

    /// It is `now`. Call it after everything that has arrived by now, so that a process that was stopped for a while
    /// hears first and judges after.
    ///
    /// - Parameter progress: how far a handler says it is, for its renewal.
    package mutating func tick(at now: Duration, progress: (TaskAttempt) -> Progress = { _ in Progress() }) {
        if let limit = limitsAt, limit <= now { endOverdue(at: now) }
        switch phase {
        case .apart: break
        case .turnedAway(let until): if until <= now { register(at: now) }
        case .registering(let since):
            if since + Self.heartbeatDefault * Self.silentIntervals <= now { giveUpLine(after: now - since, at: now) }
        case .atWork(let welcome):
            if heardAt + welcome.heartbeat * Self.silentIntervals <= now {
                giveUpLine(after: now - heardAt, at: now)
            } else {
                renew(session: welcome.session, at: now, progress: progress)
                sayAgain(welcome, at: now)
                if spokeAt + welcome.heartbeat <= now, step.sends.isEmpty {
                    step.sends.append(Command(.heartbeat, session: welcome.session))
                }
            }
        }
        if let waiting = unwelcomed, waiting.remindAt <= now {
            var lineIsUp = true
            if case .apart = phase { lineIsUp = false }
            step.notes.append(.unwelcomed(for: now - waiting.since, lineIsUp: lineIsUp))
            unwelcomed?.remindAt = now + .seconds(30)
        }
        closeIfDue(at: now)
    }

    private mutating func giveUpLine(after silence: Duration, at now: Duration) {
        step.notes.append(.silent(for: silence))
        part(at: now)
        step.reconnects = true
    }

    private mutating func renew(session: UInt64, at now: Duration, progress: (TaskAttempt) -> Progress) {
        guard renewAt <= now else { return }
        renewAt = now + lease / 3
        guard runningCount > 0 else { return }
        for (attempt, task) in heldInOrder {
            guard case .running = task.state else { continue }
            let progress = progress(attempt)
            var writer = JSONWriter(reserving: 0)
            if !progress.note.isEmpty { writer.object { $0.member("note", progress.note) } }
            step.sends.append(
                Command(
                    .renew, task: attempt.task, attempt: attempt.number, session: session,
                    first: min(progress.percent, 100), body: writer.bytes[...]))
        }
    }

    /// Says a result again that has waited for its SETTLED for an interval or two.
    private mutating func sayAgain(_ welcome: Welcome, at now: Duration) {
        guard repeatAt <= now else { return }
        repeatAt = now + welcome.heartbeat * Self.silentIntervals
        guard runningCount < held.count else { return }
        for (attempt, task) in heldInOrder {
            guard case .finished(let conclusion) = task.state else { continue }
            if task.isOverdue { say(conclusion, of: attempt) }
            held[attempt]?.isOverdue = true
        }
    }

    private mutating func endOverdue(at now: Duration) {
        limitsAt = nil
        for (attempt, task) in heldInOrder {
            guard case .running = task.state, let limitAt = task.limitAt else { continue }
            if limitAt <= now {
                step.notes.append(.timeLimit(attempt))
                cancel(
                    attempt,
                    concluding: .failed(.timeLimit, "The task's time limit of \(limitAt - task.acceptedAt) has passed.")
                )
            } else {
                limitsAt = min(limitsAt ?? limitAt, limitAt)
            }
        }
    }

    private mutating func closeIfDue(at now: Duration) {
        guard let draining else { return }
        if let closeAt = draining.closeAt {
            if closeAt <= now { step.end = step.end ?? .drainedInPart(open: held.count + windingUp.count) }
        } else if let until = draining.until, until <= now {
            self.draining?.closeAt = now + Self.closingTime
            for (attempt, task) in heldInOrder {
                guard case .running = task.state else { continue }
                cancel(attempt, concluding: .released(after: .zero, "The worker is closing."))
            }
        }
    }
}
