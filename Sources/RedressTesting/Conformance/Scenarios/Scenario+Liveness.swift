internal import RedressWire

/// Signs of life.
extension WorkerConformance.Scenario {
    static let liveness = [
        Self("sends-heartbeats", "Liveness", "says HEARTBEAT when it has said nothing for an interval") { stage in
            let interval = Duration.milliseconds(500)
            try await stage.begin(heartbeat: interval)
            for _ in 1...4 {
                _ = try await stage.await("HEARTBEAT", within: interval * 3) { $0.command.kind == .heartbeat }
            }
        },
        Self("renews-its-leases", "Liveness", "renews within the lease, whether it is answered or not") { stage in
            let lease = Duration.seconds(2)
            try await stage.begin()
            let attempt = try await stage.give(1, seconds: 60, lease: lease)
            let began = ContinuousClock.now
            for count in 1...6 {
                // Answers that are slow to come are no reason to wait.
                await stage.answer(count < 3)
                try await stage.hear(.renew, attempt, within: lease)
            }
            guard ContinuousClock.now - began > lease else {
                throw stage.broken(
                    "RENEW every third of the lease of \(lease)", "six in \(ContinuousClock.now - began)")
            }
        },
    ]
}
