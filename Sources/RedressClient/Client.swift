internal import RedressContract
internal import RedressLine
internal import RedressWire
public import ZeroMQ

/// Who submits complaints, follows cases, asks and commands.
///
/// ```swift
/// let client = try await Client.connect(to: "tcp://127.0.0.1:7700", name: "web-shop")
/// let receipt = try await client.submit(Complaint(text: words), key: "form-4711", following: .everyEntry)
/// if let events = receipt.events {
///     for try await event in events { print(event.at, event.type) }
/// }
/// ```
///
/// A lost connection is made anew, and what is unanswered is said again: a submission carries its key, so that it opens
/// one case however often it is said. One client takes thousands of requests at a time; those of one turn of its thread
/// share messages.
public actor Client {
    /// Events that may be on the way to this client, and not yet consumed.
    static let eventCredit = Credit(messages: 1024, bytes: 64 << 20)
    /// Until a WELCOME says otherwise.
    static let heartbeatDefault = Duration.milliseconds(2500)
    /// Intervals without a word after which the coordinator is given up.
    static let silentIntervals = 3

    /// How the client stands with the coordinator.
    enum Phase {
        case apart
        /// Refused for now; HELLO again at this time.
        case turnedAway(until: Duration)
        case greeting(since: Duration)
        case welcomed(Welcome)
        case closed
    }

    let endpoint: String
    let name: String
    let requestTimeout: Duration
    let context: Context
    let thread: SocketThread
    let start = ContinuousClock.now

    var line: Line?
    var phase = Phase.apart
    var requests: [UInt32: Request] = [:]
    private var lastNumber: UInt32 = 0
    var outgoing: [Command] = []
    var owed = Credit()
    var unconsumed = Credit()
    var heardAt = Duration.zero
    var spokeAt = Duration.zero
    /// No request's time is up before this.
    var deadlinesAt: Duration?
    /// No postponed request is said again before this.
    var postponedUntil: Duration?
    var arrival: (waiting: CheckedContinuation<Void, any Error>, until: Duration)?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(
        endpoint: String, name: String, requestTimeout: Duration, context: Context?
    ) throws(ClientError) {
        self.endpoint = endpoint
        self.name = name
        self.requestTimeout = requestTimeout
        do throws(ZeroMQError) {
            self.context = if let context { context } else { try Context() }
            thread = try SocketThread(name: "client")
        } catch {
            throw ClientError(error, endpoint: endpoint)
        }
    }

    /// A client that the coordinator has welcomed.
    ///
    /// - Parameters:
    ///   - endpoint: where the coordinator listens, such as `tcp://127.0.0.1:7700`.
    ///   - name: the client's name; submission keys are its own.
    ///   - timeout: how long to wait for the coordinator's WELCOME.
    ///   - requestTimeout: how long each request waits for its answer, lost connections included.
    ///   - context: the I/O threads to share with other sockets of the process; its own if nil.
    /// - Throws: ``ClientError``: nobody answered in time, the endpoint is none, the coordinator refused, or the task was
    ///   cancelled (``ClientError/Code/closed``).
    public static func connect(
        to endpoint: String, name: String, timeout: Duration = .seconds(10), requestTimeout: Duration = .seconds(30),
        context: Context? = nil
    ) async throws -> Client {
        let client = try Client(endpoint: endpoint, name: name, requestTimeout: requestTimeout, context: context)
        do {
            try await client.open(timeout: timeout)
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    private func open(timeout: Duration) async throws {
        do {
            line = try Line(to: endpoint, in: context, on: thread)
        } catch {
            throw ClientError(error, endpoint: endpoint)
        }
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.turn() } ?? nil }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { arrival = ($0, now + timeout) }
        } onCancel: {
            Task { await close() }
        }
    }

    /// Ends the client: what is unanswered fails as ``ClientError/Code/closed``.
    public func close() {
        end(ClientError(.closed, "The client was closed."))
    }

    func end(_ error: ClientError) {
        phase = .closed
        arrive(.failure(error))
        for number in requests.keys { take(number)?.failed(error) }
        thread.stop()
        line = nil
    }

    func arrive(_ outcome: Result<Void, ClientError>) {
        guard let arrival else { return }
        self.arrival = nil
        arrival.waiting.resume(with: outcome.mapError { $0 as any Error })
    }

    var now: Duration { ContinuousClock.now - start }

    /// Takes a request; its replies go to `listener`.
    ///
    /// - Returns: its number; nil when the client is closed, which the listener has heard.
    @discardableResult
    func post(_ command: Command, to listener: Request.Listener) -> UInt32? {
        var request = Request(command: command, listener: listener)
        if case .closed = phase {
            request.failed(ClientError(.closed, "The client was closed."))
            return nil
        }
        repeat { lastNumber &+= 1 } while lastNumber == 0 || requests[lastNumber] != nil
        if command.kind != .follow {
            let deadline = now + requestTimeout
            request.deadline = deadline
            deadlinesAt = min(deadlinesAt ?? deadline, deadline)
        }
        requests[lastNumber] = request
        if case .welcomed(let welcome) = phase { say(command, lastNumber, welcome) }
        return lastNumber
    }

    func say(_ command: Command, _ number: UInt32, _ welcome: Welcome) {
        var command = command
        command.session = welcome.session
        command.first = number
        outgoing.append(command)
    }

    /// A listener has consumed an event of `bytes` bytes.
    func consumed(_ bytes: Int, of number: UInt32) {
        guard requests[number] != nil else { return }
        let event = Credit(messages: 1, bytes: bytes)
        requests[number]?.unconsumed -= event
        giveBack(event)
    }

    /// Nobody listens to request `number` any more; its events are consumed as they come.
    func abandon(_ number: UInt32) {
        guard let request = requests[number] else { return }
        requests[number]?.listener = .nobody
        requests[number]?.unconsumed = Credit()
        giveBack(request.unconsumed)
    }

    /// Ends a request. What its listener has yet to consume is here already and no longer counts.
    func take(_ number: UInt32) -> Request? {
        guard let request = requests.removeValue(forKey: number) else { return nil }
        giveBack(request.unconsumed)
        return request
    }

    func giveBack(_ credit: Credit) {
        unconsumed -= credit
        owed += credit
    }
}
