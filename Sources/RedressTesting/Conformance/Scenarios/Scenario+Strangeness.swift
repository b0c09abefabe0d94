internal import RedressContract
internal import RedressDispatch
internal import RedressWire
internal import RedressWorker

/// What a worker must be able to bear.
extension WorkerConformance.Scenario {
    static let strangeness = [
        Self(
            "passes-over-unknown-commands", "Delivery",
            "passes over a frame that it does not understand, and takes those after it"
        ) { stage in
            try await stage.begin()
            let attempt = stage.attempt(1)
            var unknown = Command(.heartbeat, session: await stage.session).frame
            unknown[0] = 99
            let event = Command(.event, reference: stage.reference, session: await stage.session).frame
            let offer = await stage.offering(attempt, seconds: 0).frame
            await stage.send([Message.version, unknown, event, offer])
            try await stage.hear(.accept, attempt)
            try await stage.hear(.contribute, attempt)
            await stage.settle(attempt)
        },
        Self(
            "passes-over-unknown-members", "Grammar",
            "passes over properties and members that it does not know, and takes null for absent"
        ) { stage in
            let properties: [Command.Property] = [
                .init(tag: 200, value: Array(repeating: 0xFF, count: 300)), .init(tag: 3, value: []),
                .init(tag: 2, value: Array("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".utf8)),
            ]
            try await stage.ready()
            await stage.welcome(
                properties: properties,
                more: [.init("later", ["deep": [1, .null, "\u{e9}\n"]]), .init("drain", .null)])
            try await stage.credit()
            let attempt = stage.attempt(1)
            var offer = await stage.offering(attempt, seconds: 0)
            offer.properties = properties
            let more = #","findings":null,"later":[{"a":[1.5e3,-0.25,9007199254740993]},"\u00e9\ud83d\ude00",true]}"#
            offer.body = offer.body.dropLast() + Array(more.utf8)
            await stage.say(offer)
            try await stage.hear(.accept, attempt)
            try await stage.hear(.contribute, attempt)
            await stage.settle(attempt)
        },
        Self("takes-many-commands-at-once", "Grammar", "takes a message of 64 commands, in their order") { stage in
            try await stage.begin()
            let first = stage.attempt(1)
            var frames = [Message.version]
            let heartbeat = Command(.heartbeat, session: await stage.session).frame
            frames += Array(repeating: heartbeat, count: Limits.commandsMaximum - 3)
            frames.append(await stage.offering(first, seconds: 60).frame)
            frames.append(
                Command(.cancel, task: first.task, attempt: first.number, session: await stage.session).frame)
            frames.append(heartbeat)
            await stage.send(frames)
            try await stage.hear(.accept, first)
            try await stage.silence(about: first, for: .milliseconds(200))
            try await stage.registerAgain()
        },
        Self("survives-garbage", "Grammar", "passes over messages that are none, and goes on with its work") { stage in
            try await stage.begin()
            let running = try await stage.give(1, seconds: 60)
            // Who reads less strictly may take some of it for an offer.
            _ = await stage.offering(stage.attempt(2), seconds: 0)
            for (what, frames) in await stage.garbage {
                await stage.send(frames)
                await stage.say(.settled, stage.attempt(2), first: 3)
                await stage.say(stage.offering(running, seconds: 60))
                do {
                    try await stage.hear(.accept, running)
                } catch var breach as WorkerConformance.Breach {
                    breach.expected += " after \(what)"
                    throw breach
                }
            }
        },
    ]
}

extension ConformanceStage {
    /// Messages that are wrong in one way each, and what is wrong with them.
    fileprivate var garbage: [(what: String, frames: [[UInt8]])] {
        let version = Message.version
        let attempt = attempt(2)
        let offer = Command(.offer, task: attempt.task, attempt: 1, session: session, body: Array("{}".utf8)[...])
        var lengths = offer.frame
        lengths[39] = 200
        var reserved = offer.frame
        reserved[1] = 1
        var nameless = offer
        nameless.taskNumber = 0
        var property = offer
        property.properties = [.init(tag: 1, value: [1, 2, 3])]
        var cut = property.frame
        cut[42] = 250
        var excess = offer
        excess.body = Array(repeating: 0x20, count: (4 << 20) + 1)[...]
        let settled = Command(
            .settled, task: attempt.task, attempt: 1, session: session, first: 4, body: [0xFF, 0xFE, 0x00][...])
        let orders = Command(.orders, task: attempt.task, attempt: 1, session: session, first: 77)
        let refused = Command(.refused, session: session, second: 999, body: Array("[\"no\"]".utf8)[...])
        let noise = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ 7) }
        return [
            ("an empty frame", [[]]), ("noise", [noise]), ("another protocol", [Array("GET / HTTP/1.1\r\n".utf8)]),
            ("a message without a command", [version]), ("a command of no octets", [version, []]),
            ("a command of 39 octets", [version, Array(offer.frame.prefix(39))]),
            ("noise for a command", [version, noise]),
            ("a length that the frame does not have", [version, lengths]), ("a reserved octet", [version, reserved]),
            ("an offer of no task", [version, nameless.frame]), ("a property cut short", [version, cut]),
            ("a brief beyond the limit", [version, excess.frame]),
            ("65 commands", [version] + Array(repeating: orders.frame, count: 65)),
            ("a SETTLED whose body is no JSON, of a task that was not offered", [version, settled.frame]),
            ("ORDERS that mean nothing", [version, orders.frame]),
            ("a REFUSED with a code that nobody knows", [version, refused.frame]),
            ("another version", WorkerConformance.Scenario.foreignRefusal),
        ]
    }
}
