internal import RedressContract
internal import RedressLine
package import RedressWire

/// What the coordinator says (specification, "Commands").
extension ClientCore {
    mutating func greet(at now: Duration) {
        phase = .greeting(since: now)
        var writer = JSONWriter()
        writer.object { $0.member("client", name) }
        step.sends = [Command(.hello, body: writer.bytes[...])]
    }

    /// A command of the coordinator has come. One of another session than the present is passed over.
    package mutating func receive(_ command: Command, at now: Duration) {
        switch (command.kind, phase) {
        case (.welcome, _): welcome(command, at: now)
        case (.refused, _): refused(command, at: now)
        case (.register, .welcomed): greet(at: now)
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

    private mutating func welcome(_ command: Command, at now: Duration) {
        guard let welcome = try? Welcome(command) else { return }
        heardAt = now
        phase = .welcomed(welcome)
        heartbeat = welcome.heartbeat
        owed = Credit()
        step.sends = [
            Command(
                .credit, session: welcome.session,
                first: UInt32(max(0, eventCredit.messages - unconsumed.messages)),
                second: UInt32(max(0, eventCredit.bytes - unconsumed.bytes)))
        ]
        for (number, request) in requests.sorted(by: { $0.key < $1.key }) {
            requests[number]?.againAt = nil
            say(request.again, number, welcome)
        }
        step.isWelcomed = true
    }

    private mutating func refused(_ command: Command, at now: Duration) {
        let refusal = Refusal(in: command)
        if refusal.code == .keyRefused {
            step.end = ClientError(refusal)
        } else if refusal.code == .unknownSession {
            if case .welcomed = phase { greet(at: now) }
        } else if command.first != 0 {
            if !postpone(command.first, refusal, at: now) { fail(command.first, ClientError(refusal)) }
        } else if case .greeting = phase {
            switch refusal.code {
            case .busy, .draining, .diskLow, .failed:
                phase = .turnedAway(until: now + .milliseconds(refusal.retryAfterMilliseconds ?? 5000))
            default: step.end = ClientError(refusal)
            }
        }
    }

    private mutating func accepted(_ command: Command) {
        guard let request = requests[command.first], request.command.kind == .submit else { return }
        let follows = request.follows
        if follows, let reference = command.reference {
            requests[command.first]?.deadline = nil
            requests[command.first]?.command = Command(.follow, reference: reference, second: request.command.second)
        } else {
            _ = take(command.first)
        }
        step.replies.append((command.first, .accepted(command), !follows))
    }

    /// A submission waits for ACCEPTED: whatever else comes under its number is passed over.
    private mutating func answered(_ command: Command) {
        guard let kind = requests[command.first]?.command.kind, [.query, .command].contains(kind) else { return }
        _ = take(command.first)
        step.replies.append((command.first, .answer(command), true))
    }

    private mutating func happened(_ command: Command) {
        let size = Credit(messages: 1, bytes: command.body.count)
        unconsumed += size
        guard let request = requests[command.first], request.command.kind == .follow else { return giveBack(size) }
        if request.consumesAtOnce { giveBack(size) } else { requests[command.first]?.unconsumed += size }
        let isLast = command.second == 1
        step.replies.append((command.first, .event(command), isLast))
        requests[command.first]?.lastEvent = command.body
        if isLast { _ = take(command.first) }
    }
}
