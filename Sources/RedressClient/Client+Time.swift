internal import RedressContract
internal import RedressLine
internal import RedressWire
internal import ZeroMQ

/// What time does: heartbeats, limits, the return of credit.
extension Client {
    var nextWake: Duration? {
        let times: [Duration?] =
            switch phase {
            case .apart, .closed: []
            case .turnedAway(let until): [until]
            case .greeting(let since): [since + Self.heartbeatDefault * Self.silentIntervals]
            case .welcomed(let welcome):
                [spokeAt + welcome.heartbeat, heardAt + welcome.heartbeat * Self.silentIntervals]
            }
        return (times + [deadlinesAt, arrival?.until, postponedUntil]).compactMap(\.self).min()
    }

    func keepTime() throws(ZeroMQError) {
        let now = now
        if let arrival, arrival.until <= now {
            arrive(
                .failure(
                    ClientError(
                        .unreachable, "No coordinator answers at \(endpoint). Check that it runs and listens there.")))
        }
        if let deadlinesAt, deadlinesAt <= now { endOverdue(at: now) }
        if let postponedUntil, postponedUntil <= now { sayPostponed(at: now) }
        switch phase {
        case .apart, .closed: break
        case .turnedAway(let until): if until <= now { greet() }
        case .greeting(let since):
            if since + Self.heartbeatDefault * Self.silentIntervals <= now { try connectAnew() }
        case .welcomed(let welcome):
            if heardAt + welcome.heartbeat * Self.silentIntervals <= now {
                try connectAnew()
            } else if spokeAt + welcome.heartbeat <= now, outgoing.isEmpty {
                outgoing.append(Command(.heartbeat, session: welcome.session))
            }
        }
    }

    private func connectAnew() throws(ZeroMQError) {
        phase = .apart
        outgoing = []
        line = nil
        line = try Line(to: endpoint, in: context, on: thread)
    }

    private func endOverdue(at now: Duration) {
        deadlinesAt = nil
        for (number, request) in requests {
            guard let deadline = request.deadline else { continue }
            if deadline <= now {
                take(number)?.failed(
                    ClientError(.timedOut, "No answer came within \(requestTimeout)."))
            } else {
                deadlinesAt = min(deadlinesAt ?? deadline, deadline)
            }
        }
    }

    /// Puts a submission off that the coordinator would take later: when it says, and each time twice as long after, so that
    /// many clients come to the pace that it keeps. Other refusals are for whoever submits.
    ///
    /// - Returns: false where that does not help, or not in time.
    func postpone(_ number: UInt32, _ refusal: Refusal) -> Bool {
        guard refusal.code == .busy || refusal.code == .limit, let wait = refusal.retryAfterMilliseconds,
            let request = requests[number], request.command.kind == .submit, let deadline = request.deadline
        else { return false }
        let least = Duration.milliseconds(max(10, wait)) * (1 << min(request.postponements, 8))
        let again = now + min(least, max(Self.postponementMaximum, .milliseconds(wait))) * Double.random(in: 1...1.5)
        guard again < deadline else { return false }
        requests[number]?.againAt = again
        requests[number]?.postponements += 1
        postponedUntil = min(postponedUntil ?? again, again)
        return true
    }

    /// Unless the coordinator asks for longer.
    private static let postponementMaximum = Duration.seconds(5)

    private func sayPostponed(at now: Duration) {
        postponedUntil = nil
        guard case .welcomed(let welcome) = phase else { return }
        for (number, request) in requests.sorted(by: { $0.key < $1.key }) {
            guard let again = request.againAt else { continue }
            if again <= now {
                requests[number]?.againAt = nil
                say(request.command, number, welcome)
            } else {
                postponedUntil = min(postponedUntil ?? again, again)
            }
        }
    }

    /// In portions, so that a stream of small events does not cost a command each.
    func returnCredit() {
        guard case .welcomed(let welcome) = phase,
            owed.messages * 4 >= Self.eventCredit.messages || owed.bytes * 8 >= Self.eventCredit.bytes
        else { return }
        outgoing.append(
            Command(
                .credit, session: welcome.session, first: UInt32(clamping: owed.messages),
                second: UInt32(clamping: owed.bytes)))
        owed = Credit()
    }
}
