internal import RedressWire
internal import RedressWorker

/// What becomes of a task that is offered, and of what the coordinator orders meanwhile.
extension WorkerConformance.Scenario {
    static let tasks = [
        Self(
            "works", "What each says, and who answers what",
            "accepts, renews and contributes a task, and forgets it when it is settled"
        ) { stage in
            try await stage.begin()
            let attempt = try await stage.give(1, seconds: 2, lease: .seconds(2))
            try await stage.hear(.renew, attempt, within: .seconds(2))
            try await stage.hear(.contribute, attempt)
            await stage.settle(attempt)
            try await stage.registerAgain()
        },
        Self("keeps-its-credit", "What each says, and who answers what", "takes as many tasks as it gave credit for") {
            stage in
            try await stage.begin()
            let attempts = await (1...UInt16(min(stage.room, 4))).map { stage.attempt($0) }
            for attempt in attempts { await stage.say(stage.offering(attempt, seconds: 60)) }
            for attempt in attempts { try await stage.hear(.accept, attempt) }
            for attempt in attempts { await stage.say(.cancel, attempt) }
            try await stage.work(9)
        },
        Self("does-two-at-once", "Liveness", "renews two tasks at once, if it gave credit for two") { stage in
            try await stage.begin()
            try await stage.needsRoom(for: 2)
            let first = try await stage.give(1, seconds: 60, lease: .seconds(2))
            let second = try await stage.give(2, seconds: 60, lease: .seconds(2))
            for attempt in [first, second, first, second] { try await stage.hear(.renew, attempt) }
        },
        Self(
            "knows-an-offer-again", "What each says, and who answers what",
            "takes an offer that comes twice once: ACCEPT again while it works, the same result when it has finished"
        ) { stage in
            try await stage.begin()
            let running = try await stage.give(1, seconds: 60)
            await stage.say(stage.offering(running, seconds: 60))
            try await stage.hear(.accept, running)
            await stage.say(.cancel, running)
            let finished = try await stage.give(2)
            let result = try await stage.hear(.contribute, finished)
            await stage.say(stage.offering(finished, seconds: 0))
            try await stage.hearAgain(result)
            try await stage.quiet(for: .milliseconds(50), "no ACCEPT of what is finished") {
                $0.attempt == finished && $0.command.kind == .accept
            }
            await stage.settle(finished)
            try await stage.silence(about: finished, for: .milliseconds(200))
            try await stage.registerAgain()
        },
        Self(
            "survives-a-brief-that-it-cannot-read", "What each says, and who answers what",
            "fails or releases a task whose brief is no JSON, and goes on"
        ) { stage in
            try await stage.begin()
            for (number, body) in [(1, "{"), (2, "[]"), (3, "{}"), (4, "\"\u{1}\"")] as [(UInt16, String)] {
                let attempt = stage.attempt(number)
                var offer = await stage.offering(attempt, seconds: 0)
                offer.body = Array(body.utf8)[...]
                await stage.say(offer)
                let result = try await stage.await("FAIL or RELEASE of \(attempt), whose brief is \(body)") {
                    $0.attempt == attempt && ConformanceStage.results.contains($0.command.kind)
                }
                // A handler that needs nothing of the brief may even answer it.
                await stage.settle(attempt, result.command.kind == .contribute ? 4 : 1)
            }
            try await stage.work(5)
            try await stage.registerAgain()
        },
        Self("stops-when-cancelled", "What each says, and who answers what", "stops at CANCEL, and settles nothing") {
            stage in
            try await stage.begin()
            let attempt = try await stage.give(1, seconds: 60, lease: .seconds(2))
            try await stage.hear(.renew, attempt)
            await stage.say(.cancel, attempt)
            try await stage.silence(about: attempt, for: .milliseconds(1500))
            try await stage.registerAgain()
        },
        Self(
            "stops-when-ordered", "What each says, and who answers what",
            "stops when the answer to its RENEW orders it to cancel"
        ) { stage in
            try await stage.begin()
            let attempt = try await stage.give(1, seconds: 60, lease: .seconds(2))
            await stage.answer(false)
            try await stage.hear(.renew, attempt)
            await stage.answer(true)
            await stage.say(.orders, attempt, first: 1)
            try await stage.silence(about: attempt, for: .milliseconds(1500))
            try await stage.registerAgain()
        },
        Self(
            "goes-through-a-pause", "What each says, and who answers what",
            "keeps its lease while ORDERS say pause, and contributes when they say go on, or before"
        ) { stage in
            try await stage.begin()
            let attempt = try await stage.give(1, seconds: 3, lease: .seconds(2))
            await stage.answer(false)
            for _ in 1...3 {
                await stage.say(.orders, attempt, first: 2)
                try await stage.hear(.renew, attempt, within: .seconds(2))
            }
            await stage.answer(true)
            await stage.say(.orders, attempt)
            try await stage.hear(.contribute, attempt)
            await stage.settle(attempt)
            try await stage.registerAgain()
        },
        Self(
            "keeps-the-time-limit", "Liveness",
            "ends a handler at the time limit of its offer: no RENEW any more, and FAIL a = 3 until SETTLED"
        ) { stage in
            try await stage.begin(heartbeat: .milliseconds(400))
            let attempt = try await stage.give(1, seconds: 60, lease: .seconds(2), limit: .seconds(1))
            try await stage.hearTimeLimit(of: attempt, after: .milliseconds(950))
        },
        Self(
            "takes-a-new-time-limit", "What each says, and who answers what",
            "ends a handler at the time limit that ORDERS brings, counted from ACCEPT however often it is said"
        ) { stage in
            try await stage.begin(heartbeat: .milliseconds(400))
            let attempt = try await stage.give(1, seconds: 60, lease: .milliseconds(1500))
            await stage.limit(attempt, to: .milliseconds(1500))
            try await stage.hearTimeLimit(of: attempt, after: .milliseconds(1450))
        },
        Self(
            "passes-over-what-it-does-not-hold", "States",
            "passes over what is said about tasks and attempts that it does not hold, or in another session"
        ) { stage in
            try await stage.begin(heartbeat: .milliseconds(400))
            let stranger = stage.attempt(1)
            await stage.say(.cancel, stranger)
            await stage.say(.orders, stranger)
            await stage.say(.orders, stranger, first: 1, second: 500)
            for settlement in 1...4 as ClosedRange<UInt32> { await stage.say(.settled, stranger, first: settlement) }
            var stale = await stage.offering(stranger, seconds: 0)
            stale.session -= 1
            await stage.say(stale)
            try await stage.work(2)
            try await stage.quiet(for: .milliseconds(200), "no answer to an offer of another session") {
                $0.attempt == stranger
            }
            let held = try await stage.give(3, 2, seconds: 1)
            let others = [
                (TaskAttempt(held.task, held.number - 1), await stage.session), (held, await stage.session - 1),
            ]
            for (attempt, session) in others {
                await stage.say(.cancel, attempt, session: session)
                await stage.say(.orders, attempt, first: 1, session: session)
            }
            let result = try await stage.hear(.contribute, held)
            for (attempt, session) in others { await stage.say(.settled, attempt, first: 1, session: session) }
            try await stage.hearAgain(result)
            await stage.settle(held)
            try await stage.registerAgain()
        },
        Self(
            "leaves-when-asked-to", "Opening and closing", "finishes what it holds at DRAIN, takes no more, and leaves"
        ) {
            stage in
            try await stage.begin()
            let attempt = try await stage.give(1, seconds: 1)
            await stage.say(Command(.drain, session: stage.session))
            _ = try await stage.await("DRAIN in answer", section: "What each says, and who answers what") {
                $0.command.kind == .drain
            }
            let late = stage.attempt(2)
            await stage.say(stage.offering(late, seconds: 0))
            try await stage.hear(.release, late)
            await stage.settle(late)
            try await stage.hear(.contribute, attempt)
            await stage.settle(attempt)
            try await stage.leaves("a worker that leaves when all it holds is settled")
        },
    ]
}

extension ConformanceStage {
    /// Ends the scenario where the worker takes fewer tasks at once.
    func needsRoom(for count: Int) throws(WorkerConformance.NotApplicable) {
        if room < count {
            throw WorkerConformance.NotApplicable("The worker gives credit for \(room) at once; this takes \(count).")
        }
    }

    /// The handler of `attempt` is ended by its time limit, `time` after its offer at the earliest. FAIL says so until
    /// SETTLED; no RENEW comes after it.
    fileprivate func hearTimeLimit(of attempt: TaskAttempt, after time: Duration) async throws {
        let failure = try await hear(.fail, attempt)
        guard failure.command.first == 3 else {
            throw broken(
                "FAIL with a = 3", failure.description, section: "What each says, and who answers what")
        }
        let taken = failure.at - (offered[attempt] ?? failure.at)
        guard taken >= time else { throw broken("FAIL at the time limit", "FAIL \(taken) after the offer") }
        try await hearAgain(failure, section: "Delivery")
        try await quiet(for: .milliseconds(50), "no RENEW after the time limit", section: "Liveness") {
            $0.attempt == attempt && $0.command.kind == .renew && $0.at > failure.at
        }
        settle(attempt)
        try await silence(about: attempt, for: .seconds(1))
    }
}
