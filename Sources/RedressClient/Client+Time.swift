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
        return (times + [deadlinesAt, arrival?.until]).compactMap(\.self).min()
    }

    func keepTime() throws(ZeroMQError) {
        let now = now
        if let arrival, arrival.until <= now {
            arrive(
                .failure(
                    ClientError(
                        .unreachable,
                        line?.handshakeIsFailing == true
                            ? TurnedAway.handshakeHint(at: endpoint, with: key)
                            : "No coordinator answers at \(endpoint). Check that it runs and listens there.")))
        }
        if let deadlinesAt, deadlinesAt <= now { endOverdue(at: now) }
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

    func connectAnew() throws(ZeroMQError) {
        phase = .apart
        outgoing = []
        line = nil
        line = try Line(to: endpoint, key: key, in: context, on: thread)
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
