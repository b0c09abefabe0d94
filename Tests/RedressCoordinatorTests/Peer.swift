import RedressContract
import RedressKeys
import RedressWire
import ZeroMQ

/// A worker or client that speaks RDP/1 by hand, right or wrong: a DEALER that keeps what it hears for the test to look at.
/// In a session it says HEARTBEAT from time to time, however long the test takes, and keeps the answers to that to itself.
actor Peer {
    private let thread: SocketThread
    private let context: Context
    private var socket: Socket?
    private var heard: [Command] = []
    private var waiting: [(kinds: [CommandKind], test: CheckedContinuation<Command, Never>)] = []
    /// The session of the last WELCOME.
    private(set) var session: UInt64 = 0
    private var nextHeartbeat = ContinuousClock.now
    private var unansweredHeartbeats = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init() throws {
        thread = try SocketThread(name: "peer")
        context = try Context()
    }

    /// A peer that speaks to `endpoint` with `key`, or in plain text.
    static func connected(to endpoint: String, key: PeerKey? = nil) async throws -> Peer {
        let peer = try Peer()
        try await peer.open(endpoint, key)
        return peer
    }

    private func open(_ endpoint: String, _ key: PeerKey?) throws {
        var options = SocketOptions()
        if let key { options.security = key.security }
        options.immediate = false
        options.linger = .zero
        options.maximumMessageBytes = Int64(Limits.frameBytesMaximum)
        var dealer = try Socket(.dealer, in: context, options: options)
        try dealer.connect(to: endpoint)
        thread.watch(dealer)
        socket = consume dealer
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.listen() } ?? nil }
    }

    private func listen() -> Duration? {
        while case .message(let frames)? = try? socket?.receive() {
            for case .success(let command) in (try? Message.unpack(frames, from: .coordinator)) ?? [] { hear(command) }
        }
        guard session != 0, socket != nil else { return nil }
        if nextHeartbeat <= .now {
            nextHeartbeat = .now + .seconds(2)
            unansweredHeartbeats += 1
            try? say(Command(.heartbeat))
        }
        return nextHeartbeat - .now
    }

    private func hear(_ command: Command) {
        if command.kind == .welcome {
            session = command.session
            nextHeartbeat = .now + .seconds(2)
            unansweredHeartbeats = 0
        }
        if unansweredHeartbeats > 0, command.kind == .heartbeat || command.kind == .register {
            unansweredHeartbeats -= 1
            return
        }
        if let index = waiting.firstIndex(where: { $0.kinds.contains(command.kind) }) {
            waiting.remove(at: index).test.resume(returning: command)
        } else {
            heard.append(command)
        }
    }

    /// The next command of one of `kinds`, in the order they came; waits for it.
    func next(_ kinds: CommandKind...) async -> Command {
        if let index = heard.firstIndex(where: { kinds.contains($0.kind) }) { return heard.remove(at: index) }
        return await withCheckedContinuation { waiting.append((kinds, $0)) }
    }

    /// How many commands of `kind` have come that no test has looked at.
    func count(of kind: CommandKind) -> Int { heard.count { $0.kind == kind } }

    /// Says `commands` in one message, in the peer's session where they name none.
    func say(_ commands: Command...) throws { try say(commands) }

    /// Says them together, in as few messages as they fit into.
    func say(_ commands: [Command]) throws {
        let commands = commands.map { command in
            var command = command
            if command.session == 0, command.kind.needsSession { command.session = session }
            return command
        }
        for message in Message.pack(commands) { try send(message) }
    }

    /// Goes away; what the system has not taken is lost.
    func close() { socket = nil }

    /// Sends anything at all.
    func send(_ frames: [[UInt8]]) throws { _ = try socket?.send(frames) }

    /// Waits until the coordinator has taken all that was sent: it answers a HEARTBEAT.
    func settle() async throws {
        try say(Command(.heartbeat))
        _ = await next(.heartbeat)
    }

    /// Says HELLO and waits for WELCOME.
    @discardableResult
    func greet(as name: String = "shop") async throws -> Command {
        try say(Command(.hello, body: ["client": .string(name)]))
        return await next(.welcome)
    }

    /// Says READY for `departments`, with credit for eight tasks, and waits for WELCOME.
    @discardableResult
    func enter(_ departments: String..., name: String = "worker", incarnation: String = "a") async throws -> Command {
        try say(.ready(departments, name: name, incarnation: incarnation))
        let welcome = await next(.welcome)
        try say(Command(.credit, first: 8, second: 1 << 20))
        return welcome
    }

    /// Waits for an OFFER and accepts it.
    func accept() async throws -> Command {
        let offer = await next(.offer)
        if let task = offer.task { try say(Command(.accept, task: task, attempt: offer.attempt)) }
        return offer
    }

    /// Sends `body` as the contribution to an offer, and waits for the answer.
    func contribute(_ body: JSON, to offer: Command) async throws -> Command {
        try await answer(offer, .contribute, body)
    }

    /// Sends a result of an offer, and waits for SETTLED.
    func answer(_ offer: Command, _ kind: CommandKind, first: UInt32 = 0, _ body: JSON) async throws -> Command {
        guard let task = offer.task else { return offer }
        try say(Command(kind, task: task, attempt: offer.attempt, first: first, body: body.bytes[...]))
        return await next(.settled)
    }
}

extension Command {
    init(_ kind: CommandKind, session: UInt64 = 0, first: UInt32 = 0, body: JSON) {
        self.init(kind, session: session, first: first, body: body.bytes[...])
    }

    /// SUBMIT of `text` under `key`.
    static func submit(_ number: UInt32, _ text: String, key: String, scope: UInt32 = 0) -> Command {
        let body: JSON = ["text": .string(text)]
        return submit(number, body: body.bytes, key: Array(key.utf8), scope: scope)
    }

    /// SUBMIT of any body under any key.
    static func submit(_ number: UInt32, body: [UInt8], key: [UInt8]?, scope: UInt32 = 0) -> Command {
        Command(
            .submit, first: number, second: scope,
            properties: key.map { [Property(tag: Property.submissionKey, value: $0)] } ?? [], body: body[...])
    }

    /// READY for `departments`.
    static func ready(_ departments: [String], name: String = "worker", incarnation: String = "a") -> Command {
        Command(
            .ready,
            body: [
                "worker": .string(name), "incarnation": .string(incarnation), "contracts": [], "holding": [],
                "departments": .array(departments.map { .string($0) }),
            ])
    }

    /// The body as JSON.
    var json: JSON { get throws { try JSON(parsing: body) } }

    /// What REFUSED refuses for; nil for any other command.
    var refusal: Refusal.Code? {
        kind == .refused ? UInt16(exactly: second).flatMap { Refusal.Code(rawValue: $0) } : nil
    }
}

extension JSON {
    /// The value at a path such as `tasks.0.outcome`; null where there is none.
    func at(_ path: String) -> JSON {
        path.split(separator: ".").reduce(self) { value, step in
            if case .array(let elements) = value, let index = Int(step) {
                return elements.indices.contains(index) ? elements[index] : .null
            }
            return value[String(step)] ?? .null
        }
    }

    /// The elements of an array; none of anything else.
    var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }

    /// The string; empty for anything else.
    var text: String { if case .string(let text) = self { text } else { "" } }
}

/// A contribution that upholds issue `number` and states `facts`.
func upholding(_ number: Int, _ facts: [String: JSON] = [:]) -> JSON {
    [
        "issues": [["number": .number(ExactNumber(number)), "outcome": "upheld"]],
        "findings": .array(facts.map { ["key": .string($0.key), "value": $0.value] }),
    ]
}
