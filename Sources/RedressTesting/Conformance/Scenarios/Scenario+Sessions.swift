internal import RedressContract
internal import RedressDispatch
internal import RedressWire
internal import RedressWorker

/// Sessions end and begin; what a worker holds outlives them.
extension WorkerConformance.Scenario {
    static let sessions = [
        Self(
            "registers-again", "Opening and closing",
            "answers REGISTER with one READY that lists what it holds, and says results again in the new session"
        ) { stage in
            try await stage.begin()
            let held = try await stage.hold()
            // As often as a coordinator has heard commands of the session that it does not know.
            let register = Command(.register)
            try await stage.loseSession(held, saying: register, register, register)
            try await stage.quiet(for: .milliseconds(200), "one READY for several REGISTERs") { _ in true }
            try await stage.claim(held)
        },
        Self(
            "registers-again-after-unknownSession", "States",
            "answers the refusal unknownSession as it answers REGISTER"
        ) { stage in
            try await stage.begin()
            let held = try await stage.hold()
            try await stage.loseSession(held, saying: Command(refusal: Refusal(.unknownSession, "Say READY first.")))
            try await stage.claim(held)
        },
        Self(
            "keeps-results-until-WELCOME", "Opening and closing",
            "goes on without a session; what finishes meanwhile waits for WELCOME"
        ) { stage in
            try await stage.begin()
            let attempt = try await stage.give(1, seconds: 1)
            await stage.endSession()
            await stage.say(Command(.register))
            try await stage.ready(holding: [(attempt, false)])
            try await stage.quiet(for: .seconds(2), "results to wait for WELCOME") { $0.command.kind != .ready }
            await stage.welcome(epoch: "2-2")
            try await stage.hear(.contribute, attempt)
            await stage.settle(attempt)
            try await stage.registerAgain()
        },
        Self(
            "outlives-the-coordinator", "Delivery",
            "claims what it holds from a coordinator that was away, and delivers its results again until SETTLED"
        ) { stage in
            try await stage.begin(heartbeat: .seconds(1))
            let held = try await stage.hold()
            try await stage.breakLine()
            try await stage.ready(holding: held.list)
            try await stage.claim(held)
        },
        Self(
            "gives-up-a-silent-coordinator", "Liveness",
            "opens a new connection after three silent intervals, and registers there with what it holds"
        ) { stage in
            try await stage.begin(heartbeat: .milliseconds(400))
            let held = try await stage.hold()
            let before = await stage.peer
            let silentSince = ContinuousClock.now
            await stage.say(Command(.heartbeat, session: stage.session))
            await stage.answer(false)
            let ready = try await stage.ready(holding: held.list)
            guard ready.peer != before else {
                throw stage.broken("READY on a new connection", "READY on the silent one")
            }
            guard ready.at - silentSince >= .milliseconds(1000) else {
                throw stage.broken(
                    "three intervals of patience, 1.2 s", "READY \(ready.at - silentSince) after the last answer")
            }
            await stage.answer(true)
            try await stage.claim(held)
        },
    ]
}

extension ConformanceStage {
    /// What a worker holds while its session ends.
    struct Holding: Sendable {
        /// A task whose handler is at work; nil for a worker that takes one task at a time.
        var running: TaskAttempt?
        var finished: TaskAttempt
        /// The contribution of the finished one.
        var result: Said

        var list: [(attempt: TaskAttempt, isFinished: Bool)] {
            (running.map { [($0, false)] } ?? []) + [(finished, true)]
        }
    }

    /// Makes the worker hold a task in work and one that is finished and not settled, neither in its first attempt.
    fileprivate func hold() async throws -> Holding {
        let running = room > 1 ? try await give(1, 2, seconds: 60, lease: .seconds(2)) : nil
        let finished = try await give(2, 3)
        return Holding(running: running, finished: finished, result: try await hear(.contribute, finished))
    }

    /// The coordinator has lost the session, and says so with `commands` and not otherwise.
    fileprivate func loseSession(_ held: Holding, saying commands: Command...) async throws {
        let before = peer
        endSession()
        answer(false)
        for command in commands { say(command) }
        let ready = try await ready(holding: held.list)
        guard ready.peer == before else { throw broken("READY on the same connection", "READY on a new one") }
        answer(true)
    }

    /// A new session, in which the worker delivers what it has finished and goes on with what it works on.
    fileprivate func claim(_ held: Holding) async throws {
        pass { _ in true }
        welcome(epoch: "2-2")
        try await creditAnew(holding: held.list.count)
        try await hearAgain(held.result, section: "Delivery")
        if let running = held.running {
            say(.orders, running)
            try await hear(.renew, running)
            say(.cancel, running)
        }
        settle(held.finished)
        try await silence(about: held.finished, for: .milliseconds(100))
        try await registerAgain()
    }
}
