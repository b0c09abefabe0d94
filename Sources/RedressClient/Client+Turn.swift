internal import RedressKeys
internal import RedressLine
internal import RedressWire
internal import ZeroMQ

/// What a client does on its thread, turn by turn: hears, keeps time, says.
extension Client {
    /// Who hears of a request.
    enum Listener: Sendable {
        /// One answer.
        case answer(CheckedContinuation<Command, any Error>)
        /// The answer and, with the same number, the events after it.
        case answerThenEvents(
            CheckedContinuation<Command, any Error>, AsyncThrowingStream<Command, any Error>.Continuation)
        /// Events alone.
        case events(AsyncThrowingStream<Command, any Error>.Continuation)
        /// Every reply, on the client's thread; events count as consumed at once.
        case replies(@Sendable (Reply) -> Void)

        /// Tells what the request has come to.
        ///
        /// - Returns: who hears of what comes after that.
        func hear(_ reply: Reply) -> Listener {
            switch (self, reply) {
            case (.replies(let replies), _): replies(reply)
            case (.answer(let answer), .accepted(let command)), (.answer(let answer), .answer(let command)):
                answer.resume(returning: command)
            case (.answer(let answer), .failed(let error)): answer.resume(throwing: error)
            case (.answerThenEvents(let answer, let events), .accepted(let command)):
                answer.resume(returning: command)
                return .events(events)
            case (.answerThenEvents(let answer, let events), .failed(let error)):
                answer.resume(throwing: error)
                events.finish(throwing: error)
            case (.events(let events), .event(let command)):
                events.yield(command)
                if command.second == 1 { events.finish() }
            case (.events(let events), .failed(let error)): events.finish(throwing: error)
            case (.answer, .event), (.answerThenEvents, _), (.events, _): break
            }
            return self
        }

        /// Ends the waiting for an answer; false where nobody waits for one.
        func cancel() -> Bool {
            switch self {
            case .answer(let answer): answer.resume(throwing: CancellationError())
            case .answerThenEvents(let answer, let events):
                answer.resume(throwing: CancellationError())
                events.finish()
            case .events, .replies: return false
            }
            return true
        }
    }

    func turn() -> Duration? {
        if isClosed { return nil }
        do throws(ZeroMQError) {
            try listen()
            if isClosed { return nil }
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
            core.tick(at: now)
            let step = core.takeStep(at: now)
            deliver(step.replies)
            for (refusal, patience) in step.postponed { postponed?(refusal, patience) }
            if step.isWelcomed { arrive(.success(())) }
            if let error = step.end {
                end(error)
                return nil
            }
            if step.reconnects {
                line = nil
                line = try Line(to: endpoint, key: key, in: context, on: thread, heartbeat: core.heartbeat)
            }
            let allSent = try line?.send(step.sends) ?? true
            let wait = [core.nextWake, arrival?.until].compactMap(\.self).min().map { max($0 - now, .zero) }
            return allSent ? wait : min(wait ?? Line.retryInterval, Line.retryInterval)
        } catch {
            end(ClientError(error, endpoint: endpoint))
            return nil
        }
    }

    private func listen() throws(ZeroMQError) {
        while let arrival = try line?.receive() {
            switch arrival {
            case .up: core.lineUp(at: now)
            case .down: core.lineDown()
            case .turnedAway(let reason):
                if try takeNewKey() { return }
                end(ClientError(.turnedAway, reason.sentence(at: endpoint, with: key)))
            case .foreign: break
            case .commands(let commands):
                for case .success(let command) in commands {
                    if command.refusesKey, try takeNewKey() { return }
                    core.receive(command, at: now)
                }
            }
        }
    }

    /// Goes on with the key that is in its file by now; false where there is no new one.
    private func takeNewKey() throws(ZeroMQError) -> Bool {
        guard let renewed = key?.renewed() else { return false }
        key = renewed
        core.lineDown()
        line = nil
        line = try Line(to: endpoint, key: key, in: context, on: thread, heartbeat: core.heartbeat)
        return true
    }

    func deliver(_ replies: [(request: UInt32, reply: Reply, isLast: Bool)]) {
        for (number, reply, isLast) in replies {
            let listener = listeners[number]?.hear(reply)
            listeners[number] = isLast ? nil : listener
        }
    }
}
