internal import RedressContract
internal import RedressDispatch
internal import RedressWire

/// How a session begins, and how it does not.
extension WorkerConformance.Scenario {
    static let opening = [
        Self("registers", "Opening and closing", "says READY, and nothing else before WELCOME") { stage in
            try await stage.ready()
            try await stage.quiet(for: .milliseconds(300), "nothing but READY before WELCOME", section: "States") {
                $0.command.kind != .ready
            }
            await stage.welcome()
            try await stage.credit()
        },
        Self(
            "draws-a-new-incarnation", "What each says, and who answers what",
            "has another incarnation, of 64 random bits in hexadecimal, after each start"
        ) { stage in
            guard stage.isStartedHere else { throw WorkerConformance.NotApplicable("The worker is not started here.") }
            var drawn: [String] = []
            for _ in 1...2 {
                let ready = try await stage.ready()
                drawn.append(try JSONFields(JSON(parsing: ready.command.body)).string("incarnation"))
                await stage.restart()
            }
            try await stage.ready()
            guard drawn.allSatisfy({ $0.utf8.count == 16 }), drawn[0] != drawn[1] else {
                throw stage.broken("16 hexadecimal digits, others after another start", "\(drawn)")
            }
        },
        Self("leaves-when-refused", "Opening and closing", "does not try again after unknownDepartment") { stage in
            try await stage.ready()
            await stage.say(Command(refusal: Refusal(.unknownDepartment, "There is no such department here.")))
            try await stage.staysAway("no READY after unknownDepartment")
        },
        Self(
            "waits-when-refused-for-now", "Refusals", "tries again after retryAfterMilliseconds, and not before"
        ) { stage in
            let first = try await stage.ready()
            let refusal = Refusal(.busy, "Too much is under way.", retryAfterMilliseconds: 1500)
            await stage.say(Command(refusal: refusal))
            let second = try await stage.ready()
            guard second.at - first.at >= .milliseconds(1450) else {
                throw stage.broken("READY again after 1.5 s", "READY after \(second.at - first.at)")
            }
            await stage.welcome()
            try await stage.credit()
            try await stage.work(1)
        },
        Self(
            "leaves-when-its-key-is-refused", "Security", "says nothing more with a key that is refused in a session"
        ) { stage in
            guard stage.isKeyed else { throw WorkerConformance.NotApplicable("Without keys none can be refused.") }
            try await stage.begin(heartbeat: .milliseconds(300))
            await stage.say(Command(refusal: Refusal(.keyRefused, "The key was revoked.")))
            try await stage.quiet(for: .seconds(1), "nothing more with a refused key", mayEnd: true) { _ in true }
        },
        Self(
            "leaves-a-foreign-version", "Versioning",
            "does not try again where the coordinator speaks another version only"
        ) { stage in
            try await stage.ready()
            await stage.send(foreignRefusal)
            try await stage.staysAway("no READY after unsupportedVersion")
        },
    ]

    /// The frozen answer of a coordinator that speaks other versions only.
    static let foreignRefusal: [[UInt8]] = [
        Array("RDP/9".utf8),
        Command(refusal: Refusal(.unsupportedVersion, "Unsupported version; I speak RDP/8 to RDP/9.")).frame,
    ]
}
