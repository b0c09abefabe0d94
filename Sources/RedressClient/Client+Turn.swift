internal import RedressContract
internal import RedressLine
internal import RedressWire
internal import ZeroMQ

/// What a client does on its thread, turn by turn: hears, keeps time, says.
extension Client {
    func turn() -> Duration? {
        if case .closed = phase { return nil }
        do throws(ZeroMQError) {
            try listen()
            try keepTime()
            returnCredit()
            if !outgoing.isEmpty { spokeAt = now }
            let allSent = try line?.send(outgoing) ?? true
            outgoing.removeAll(keepingCapacity: true)
            let wait = nextWake.map { max($0 - now, .zero) }
            return allSent ? wait : min(wait ?? Line.retryInterval, Line.retryInterval)
        } catch {
            end(ClientError(error, endpoint: endpoint))
            return nil
        }
    }

    private func listen() throws(ZeroMQError) {
        while let arrival = try line?.receive() {
            switch arrival {
            case .up: greet()
            case .down: phase = .apart
            case .turnedAway(let reason):
                end(ClientError(.unreachable, "\(endpoint) turned this client away: \(reason)."))
            case .foreign: break
            case .commands(let commands):
                for case .success(let command) in commands { receive(command) }
            }
        }
    }

    func greet() {
        phase = .greeting(since: now)
        var writer = JSONWriter()
        writer.object { $0.member("client", name) }
        outgoing = [Command(.hello, body: writer.bytes[...])]
    }

    private func receive(_ command: Command) {
        switch (command.kind, phase) {
        case (.welcome, _): welcome(command)
        case (.refused, _): refused(command)
        case (.register, .welcomed): greet()
        case (_, .welcomed(let welcome)) where command.session == welcome.session:
            heardAt = now
            switch command.kind {
            case .accepted: accepted(command)
            case .answer: answered(command)
            case .event: happened(command)
            default: break
            }
        default: break
        }
    }

    private func welcome(_ command: Command) {
        guard let welcome = try? Welcome(command) else { return }
        heardAt = now
        phase = .welcomed(welcome)
        owed = Credit()
        outgoing = [
            Command(
                .credit, session: welcome.session,
                first: UInt32(max(0, Self.eventCredit.messages - unconsumed.messages)),
                second: UInt32(max(0, Self.eventCredit.bytes - unconsumed.bytes)))
        ]
        for (number, request) in requests.sorted(by: { $0.key < $1.key }) {
            requests[number]?.againAt = nil
            say(request.again, number, welcome)
        }
        arrive(.success(()))
    }

    private func refused(_ command: Command) {
        let refusal = Refusal(in: command)
        if refusal.code == .unknownSession {
            if case .welcomed = phase { greet() }
        } else if command.first != 0 {
            if postpone(command.first, refusal) { return }
            take(command.first)?.failed(ClientError(refusal))
        } else if case .greeting = phase {
            switch refusal.code {
            case .busy, .draining, .diskLow, .failed:
                phase = .turnedAway(until: now + .milliseconds(refusal.retryAfterMilliseconds ?? 5000))
            default: end(ClientError(refusal))
            }
        }
    }

    private func accepted(_ command: Command) {
        guard let request = requests[command.first], request.command.kind == .submit else { return }
        if request.follows, let reference = command.reference {
            requests[command.first]?.deadline = nil
            requests[command.first]?.command = Command(.follow, reference: reference, second: request.command.second)
        } else {
            _ = take(command.first)
        }
        switch request.listener {
        case .answer(let answer): answer.resume(returning: command)
        case .answerThenEvents(let answer, let events):
            requests[command.first]?.listener = .events(events)
            answer.resume(returning: command)
        case .replies(let reply): reply(.accepted(command))
        case .events, .nobody: break
        }
    }

    private func answered(_ command: Command) {
        switch take(command.first)?.listener {
        case .answer(let answer): answer.resume(returning: command)
        case .replies(let reply): reply(.answer(command))
        default: break
        }
    }

    private func happened(_ command: Command) {
        let size = Credit(messages: 1, bytes: command.body.count)
        unconsumed += size
        let isLast = command.second == 1
        switch requests[command.first]?.listener {
        case .events(let events):
            events.yield(command)
            requests[command.first]?.unconsumed += size
            requests[command.first]?.lastEvent = command.body
            if isLast { events.finish() }
        case .replies(let reply):
            reply(.event(command))
            requests[command.first]?.lastEvent = command.body
            giveBack(size)
        default: giveBack(size)
        }
        if isLast { _ = take(command.first) }
    }
}
