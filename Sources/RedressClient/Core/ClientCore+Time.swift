internal import RedressLine
internal import RedressWire

/// What time does: heartbeats, limits.
extension ClientCore {
    /// When ``tick(at:)`` is wanted next, if nothing else happens; nil: never.
    package var nextWake: Duration? {
        let times: [Duration?] =
            switch phase {
            case .apart: []
            case .turnedAway(let until): [until]
            case .greeting(let since): [since + Self.heartbeatDefault * Self.silentIntervals]
            case .welcomed(let welcome):
                [spokeAt + welcome.heartbeat, heardAt + welcome.heartbeat * Self.silentIntervals]
            }
        return (times + [deadlinesAt]).compactMap(\.self).min()
    }

    /// It is `now`. Call it after everything that has arrived by now.
    package mutating func tick(at now: Duration) {
        if let deadlinesAt, deadlinesAt <= now { endOverdue(at: now) }
        switch phase {
        case .apart: break
        case .turnedAway(let until): if until <= now { greet(at: now) }
        case .greeting(let since):
            if since + Self.heartbeatDefault * Self.silentIntervals <= now { giveUpLine() }
        case .welcomed(let welcome):
            if heardAt + welcome.heartbeat * Self.silentIntervals <= now {
                giveUpLine()
            } else if spokeAt + welcome.heartbeat <= now, step.sends.isEmpty {
                step.sends.append(Command(.heartbeat, session: welcome.session))
            }
        }
    }

    private mutating func giveUpLine() {
        lineDown()
        step.reconnects = true
    }

    private mutating func endOverdue(at now: Duration) {
        deadlinesAt = nil
        for (number, request) in requests.sorted(by: { $0.key < $1.key }) {
            guard let deadline = request.deadline else { continue }
            if deadline <= now {
                fail(number, ClientError(.timedOut, "No answer came within \(requestTimeout)."))
            } else {
                deadlinesAt = min(deadlinesAt ?? deadline, deadline)
            }
        }
    }
}
