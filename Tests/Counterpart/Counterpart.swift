package import RedressContract
package import RedressWire
internal import ZeroMQ

/// The coordinator's end of RDP/1, spoken by hand: a ROUTER that keeps what it hears for the test to look at, and says what
/// the test wants said.
package actor Counterpart {
    /// A command that has come, and from whom.
    package struct Said: Sendable {
        package let peer: [UInt8]
        package let command: Command

        /// The body as JSON.
        package var json: JSON { get throws { try JSON(parsing: command.body) } }
    }

    private let thread: SocketThread
    private var context: Context?
    private var socket: Socket?
    private var heard: [Said] = []
    private var unsettled: [Said] = []
    private var settlesAll = false
    private var waiting: [(kind: CommandKind, test: CheckedContinuation<Said, Never>)] = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    package init() throws {
        thread = try SocketThread(name: "counterpart")
        context = try Context()
    }

    /// Binds to `endpoint`.
    ///
    /// - Returns: the endpoint to connect to.
    package func open(at endpoint: String = "tcp://127.0.0.1:*") throws -> String {
        guard let context else { return endpoint }
        var options = SocketOptions()
        options.linger = .zero
        options.maximumMessageBytes = Int64(Limits.frameBytesMaximum)
        var router = try Socket(.router, in: context, options: options)
        let bound = try router.bind(to: endpoint)
        thread.watch(router)
        socket = consume router
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.listen() } ?? nil }
        return bound
    }

    /// Goes away as a process does that dies; returns when the endpoint is free.
    package func close() {
        if let ended = socket.take() { thread.unwatch(ended) }
        context = nil
    }

    private func listen() -> Duration? {
        while case .message(let frames)? = try? socket?.receive() {
            for case .success(let command) in (try? Message.unpack(frames.dropFirst(), from: [.worker, .client])) ?? []
            {
                hear(Said(peer: frames[0], command: command))
            }
        }
        return nil
    }

    private func hear(_ said: Said) {
        if [.contribute, .fail, .release].contains(said.command.kind) {
            unsettled.append(said)
            if settlesAll { settleAll() }
        }
        if let index = waiting.firstIndex(where: { $0.kind == said.command.kind }) {
            waiting.remove(at: index).test.resume(returning: said)
        } else {
            heard.append(said)
        }
    }

    /// The next command of `kind`, in the order they came; waits for it.
    package func next(_ kind: CommandKind) async -> Said {
        if let index = heard.firstIndex(where: { $0.command.kind == kind }) { return heard.remove(at: index) }
        return await withCheckedContinuation { waiting.append((kind, $0)) }
    }

    /// Whether a command of `kind` has come that no test has looked at.
    package func hasHeard(_ kind: CommandKind) -> Bool { heard.contains { $0.command.kind == kind } }

    /// Answers every result, those that came and those to come, with SETTLED.
    package func settleAll() {
        settlesAll = true
        for said in unsettled {
            var settled = said.command
            settled.kind = .settled
            settled.first = 1
            settled.body = []
            try? say(settled, to: said.peer)
        }
        unsettled = []
    }

    /// Says `commands` in one message.
    package func say(_ commands: Command..., to peer: [UInt8]) throws {
        for message in Message.pack(commands) { _ = try socket?.send([peer] + message) }
    }

    /// Says anything at all.
    package func send(_ frames: [[UInt8]], to peer: [UInt8]) throws {
        _ = try socket?.send([peer] + frames)
    }

    /// Waits for READY or HELLO, `kind`, and answers it.
    @discardableResult
    package func welcome(
        _ kind: CommandKind, session: UInt64 = 7, epoch: String = "1-1", heartbeat: Int = 60_000, lease: Int = 60_000
    ) async throws -> Said {
        let opening = await next(kind)
        let body: JSON = [
            "epoch": .string(epoch), "heartbeatMilliseconds": .number(ExactNumber(heartbeat)),
            "leaseMilliseconds": .number(ExactNumber(lease)),
        ]
        try say(Command(.welcome, session: session, body: body.bytes[...]), to: opening.peer)
        return opening
    }
}

/// REFUSED as a coordinator words it.
package func refused(_ code: Refusal.Code, request: UInt32 = 0, session: UInt64 = 0) -> Command {
    let body: JSON = ["code": .number(ExactNumber(Int(code.rawValue))), "name": .string("\(code)"), "reason": "No."]
    return Command(.refused, session: session, first: request, second: UInt32(code.rawValue), body: body.bytes[...])
}
