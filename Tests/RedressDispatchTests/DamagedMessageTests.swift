import Fuzzing
import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// A worker that says anything at all, at any time, harms nobody but itself.
@Suite struct DamagedMessageTests {
    @Test func whateverAWorkerSaysTheOtherOneContributes() throws {
        try FuzzRound.play(150, in: "DamagedMessageTests") { round in
            var bench = try Bench(Bench.policy(attempts: 1_000_000, deadline: 100_000_000))
            try bench.submit()
            let mad = try bench.join("mad", incarnation: 7).worker
            for _ in 0..<40 {
                var command = Self.commands(bench.id(1)).randomElement(using: &round.random) ?? Command(.heartbeat)
                round.damage(&command)
                // Whoever gives a task back says how long it is to wait: a department's own affair.
                if command.kind == .release { command.first = min(command.first, 1000) }
                guard let message = try? WorkerMessage(command) else { continue }
                bench.broker.handle(message, from: mad.peer, session: mad.session, now: bench.now)
                _ = bench.finish()
                if Int.random(in: 0..<8, using: &round.random) == 0 { try bench.pass(.seconds(1)) }
            }
            guard try bench.task(1).outcome == nil else { return }
            // It falls silent; its lease and its retries pass.
            try bench.pass(.seconds(120))
            guard try bench.task(1).outcome == nil else { return }
            let (honest, step) = try bench.join("honest", incarnation: 8)
            let offer = try #require(step.first(.offer), Comment(rawValue: round.replay))
            _ = bench.accept(honest, 1, offer.attempt)
            #expect(bench.contribute(honest, 1, offer.attempt).settlement == 1, Comment(rawValue: round.replay))
        }
    }

    private static func commands(_ task: TaskID) -> [Command] {
        let ready: JSON = [
            "worker": "mad", "incarnation": "7", "departments": ["b"], "contracts": ["b/review@1"],
            "holding": [["task": .string("\(task)"), "attempt": 1, "state": "running"]],
        ]
        let contribution: JSON = [
            "issues": [["number": 1, "outcome": "upheld", "reasons": ["Why."]]],
            "findings": [["key": "charge", "value": ["amount": 49, "currency": "EUR"], "source": "ledger"]],
        ]
        let reason: JSON = ["reason": "ouch"]
        return [
            Command(.ready, body: ready.bytes[...]), Command(.credit, first: 4, second: 1 << 20),
            Command(.accept, task: task, attempt: 1), Command(.renew, task: task, attempt: 1, first: 50),
            Command(.contribute, task: task, attempt: 1, body: contribution.bytes[...]),
            Command(.fail, task: task, attempt: 1, first: 1, body: reason.bytes[...]),
            Command(.release, task: task, attempt: 1, first: 100, body: reason.bytes[...]), Command(.heartbeat),
            Command(.drain),
        ]
    }
}
