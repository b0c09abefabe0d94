internal import RedressContract
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
        return (times + [deadlinesAt, postponedUntil]).compactMap(\.self).min()
    }

    /// It is `now`. Call it after everything that has arrived by now.
    package mutating func tick(at now: Duration) {
        if let deadlinesAt, deadlinesAt <= now { endOverdue(at: now) }
        if let postponedUntil, postponedUntil <= now { sayPostponed(at: now) }
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

    /// Unless the coordinator asks for longer.
    private static let postponementMaximum = Duration.seconds(5)

    /// Puts a request off that the coordinator would take later: when it says, and each time twice as long after, so that
    /// many requests come to the pace that it keeps. Other refusals are for whoever asks.
    ///
    /// - Returns: false where that does not help, or not in time.
    mutating func postpone(_ number: UInt32, _ refusal: Refusal, at now: Duration) -> Bool {
        guard [.busy, .limit, .draining].contains(refusal.code), let wait = refusal.retryAfterMilliseconds,
            let request = requests[number]
        else { return false }
        let doubled = Duration.milliseconds(max(10, wait)) * (1 << min(request.postponements, 8))
        // Spread by their numbers, so that those refused together do not come back together.
        let spread = 1 + Double(number % 16) / 32
        let again = now + min(doubled, max(Self.postponementMaximum, .milliseconds(wait))) * spread
        if let deadline = request.deadline, again >= deadline { return false }
        if request.postponements == 0 { step.postponed.append((refusal, request.deadline.map { $0 - now })) }
        requests[number]?.againAt = again
        requests[number]?.postponements += 1
        postponedUntil = min(postponedUntil ?? again, again)
        return true
    }

    private mutating func sayPostponed(at now: Duration) {
        postponedUntil = nil
        guard case .welcomed(let welcome) = phase else { return }
        for (number, request) in requests.sorted(by: { $0.key < $1.key }) {
            guard let again = request.againAt else { continue }
            if again <= now {
                requests[number]?.againAt = nil
                say(request.again, number, welcome)
            } else {
                postponedUntil = min(postponedUntil ?? again, again)
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
