import Fuzzing
import RedressContract
import RedressWire
import Testing

@testable import RedressWorker

/// A coordinator that says anything at all does not stop a worker; a right WELCOME puts all in order.
@Suite struct DamagedCommandTests {
    @Test func whateverTheCoordinatorSaysTheWorkerGoesOn() throws {
        let department = try #require(DepartmentName("billing"))
        let welcome: JSON = [
            "epoch": "1-1", "heartbeatMilliseconds": 1000, "leaseMilliseconds": 3000,
            "limits": ["contributionBytes": 1000],
        ]
        let refusal: JSON = ["code": 9, "name": "busy", "reason": "No.", "retryAfterMilliseconds": 100]
        let commands = [
            Command(.welcome, session: 7, body: welcome.bytes[...]), offer(1), offer(2), offer(3),
            about(1, .orders, first: 1000, second: 1000), about(1, .cancel), about(1, .settled, first: 1),
            Command(.refused, session: 7, second: 9, body: refusal.bytes[...]), Command(.register),
            Command(.heartbeat, session: 7), Command(.drain, session: 7),
        ]
        FuzzRound.play(200, in: "DamagedCommandTests") { round in
            var now = Duration.zero
            var core = WorkerCore(
                WorkerCore.Settings(name: "b", incarnation: 0xAB, departments: [department], concurrency: 2), at: now)
            core.lineUp(at: now)
            core.receive(commands[0], at: now)
            for _ in 0..<50 {
                guard var command = commands.randomElement(using: &round.random) else { return }
                round.damage(&command)
                core.receive(command, at: now)
                now += .milliseconds(Int.random(in: 0...5000, using: &round.random))
                core.tick(at: now)
                let step = core.takeStep(at: now)
                // What a worker says of itself can be written and read.
                for sent in step.sends {
                    #expect((try? Command(frame: sent.frame, from: .worker)) == sent, Comment(rawValue: round.replay))
                }
                if step.end != nil { return }
            }
        }
    }
}
