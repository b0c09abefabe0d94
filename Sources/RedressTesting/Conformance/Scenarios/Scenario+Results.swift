internal import RedressContract
internal import RedressDispatch
internal import RedressWire
internal import RedressWorker

/// What becomes of results.
extension WorkerConformance.Scenario {
    static let results = [
        Self("repeats-a-result", "Delivery", "says a result again in the same session while SETTLED does not come") {
            stage in
            try await stage.begin(heartbeat: .milliseconds(400))
            let attempt = try await stage.give(1)
            try await stage.hearAgain(try await stage.hear(.contribute, attempt))
            await stage.settle(attempt)
            try await stage.silence(about: attempt, for: .milliseconds(200))
        },
        Self(
            "keeps-what-is-finished", "What each says, and who answers what",
            "says a result again, until SETTLED, that was finished before it was cancelled"
        ) { stage in
            try await stage.begin(heartbeat: .milliseconds(400))
            let attempt = try await stage.give(1)
            let result = try await stage.hear(.contribute, attempt)
            await stage.say(.cancel, attempt)
            await stage.say(.orders, attempt, first: 1)
            try await stage.hearAgain(result)
            await stage.settle(attempt)
            try await stage.registerAgain()
        },
        Self(
            "forgets-what-is-settled", "What each says, and who answers what",
            "forgets a result whichever SETTLED comes: taken, late, moot or refused"
        ) { stage in
            try await stage.begin()
            for settlement in 1...4 as ClosedRange<UInt32> {
                let attempt = try await stage.give(UInt16(settlement))
                try await stage.hear(.contribute, attempt)
                let refusal = Refusal(.unknownIssue, "Issue 2 is not one of this task's issues (1).")
                await stage.say(
                    Command(
                        .settled, task: attempt.task, attempt: attempt.number, session: stage.session,
                        first: settlement, body: settlement == 4 ? Command(refusal: refusal).body : []))
                try await stage.silence(about: attempt, for: .milliseconds(100))
            }
            try await stage.registerAgain()
        },
        Self("keeps-attempts-apart", "Delivery", "does a task again when another attempt of it is offered") { stage in
            try await stage.begin()
            for number in [1, 2, 7] as [UInt32] {
                let attempt = stage.attempt(1, number)
                await stage.say(stage.offering(attempt, seconds: 0))
                try await stage.hear(.accept, attempt)
                try await stage.hear(.contribute, attempt)
                await stage.settle(attempt, number == 7 ? 1 : 2)
            }
        },
        Self("keeps-to-the-limits-of-WELCOME", "Limits", "does not send a contribution larger than WELCOME allows") {
            stage in
            try await stage.begin(contributionBytes: 8)
            let attempt = try await stage.give(1)
            let result = try await stage.await("FAIL: a contribution does not fit into 8 bytes") {
                $0.attempt == attempt && ConformanceStage.results.contains($0.command.kind)
            }
            guard result.command.kind == .fail else {
                throw stage.broken("FAIL: a contribution does not fit into 8 bytes", result.description)
            }
            await stage.settle(attempt)
        },
        Self("takes-a-large-brief", "Limits", "takes a brief of nearly 4 MiB") { stage in
            try await stage.begin()
            let words = String(repeating: "Charged twice, and nobody answers. ", count: (4 << 20) / 36)
            let attempt = try await stage.give(1, excerpt: words)
            try await stage.hear(.contribute, attempt)
            await stage.settle(attempt)
        },
    ]
}
