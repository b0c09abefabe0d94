public import RedressContract
internal import RedressKeys
internal import RedressLine
internal import RedressWire
public import ZeroMQ

/// Who submits complaints, follows cases, asks and commands.
///
/// ```swift
/// let client = try await Client.connect(to: "tcp://10.0.0.7:7700", name: "web-shop", key: "web-shop.key")
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
    /// Where the coordinator listens.
    public nonisolated let endpoint: String
    var key: PeerKey?
    let context: Context
    let thread: SocketThread
    let start = ContinuousClock.now

    var line: Line?
    var core: ClientCore
    var listeners: [UInt32: Listener] = [:]
    var isClosed = false
    var postponed: (@Sendable (Refusal, Duration?) -> Void)?
    var arrival: (waiting: CheckedContinuation<Void, any Error>, until: Duration)?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(
        endpoint: String, name: String, key file: String?, requestTimeout: Duration, context: Context?
    ) throws(ClientError) {
        do throws(KeyError) {
            key = try .key(for: endpoint, in: file)
        } catch {
            throw ClientError(.misconfigured, "\(error)")
        }
        self.endpoint = endpoint
        core = ClientCore(name: name, requestTimeout: requestTimeout, at: .zero)
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
    ///   - name: the client's name, where it has no key; submission keys are its own. With a key, the key's name counts.
    ///   - file: the client's key, as `redress keys make` wrote it, readable by this user alone. Where it is replaced while
    ///     the client lives, and the old key is refused, the client goes on with the new one. Without a key the client
    ///     speaks plain text, to loopback and `ipc` endpoints only.
    ///   - timeout: how long to wait for the coordinator's WELCOME.
    ///   - requestTimeout: how long each request waits for its answer, lost connections included.
    ///   - context: the I/O threads to share with other sockets of the process; its own if nil.
    /// - Throws: ``ClientError``: nobody answered in time, the endpoint is none, the coordinator refused, or the task was
    ///   cancelled (``ClientError/Code/closed``).
    public static func connect(
        to endpoint: String, name: String, key file: String? = nil, timeout: Duration = .seconds(10),
        requestTimeout: Duration = .seconds(30), context: Context? = nil
    ) async throws -> Client {
        let client = try Client(
            endpoint: endpoint, name: name, key: file, requestTimeout: requestTimeout, context: context)
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
            line = try Line(to: endpoint, key: key, in: context, on: thread, heartbeat: core.heartbeat)
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

    /// Hears of each request that the coordinator refuses for now, when it is put off for the first time: why, and for how
    /// long it is tried; nil: for ever. It is called on the client's thread.
    public func onPostponed(_ body: @escaping @Sendable (Refusal, Duration?) -> Void) { postponed = body }

    /// Whether the coordinator answers: it has welcomed the client, and has not gone silent since.
    public var isWelcomed: Bool { core.isWelcomed }

    /// Ends the client: what is unanswered fails as ``ClientError/Code/closed``.
    public func close() {
        end(ClientError(.closed, "The client was closed."))
    }

    func end(_ error: ClientError) {
        isClosed = true
        arrive(.failure(error))
        core.failAll(error)
        deliver(core.takeStep(at: now).replies)
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
    func post(_ command: Command, to listener: Listener) -> UInt32? {
        guard !isClosed else {
            _ = listener.hear(.failed(ClientError(.closed, "The client was closed.")))
            return nil
        }
        let consumesAtOnce = if case .replies = listener { true } else { false }
        let number = core.post(command, consumesAtOnce: consumesAtOnce, at: now)
        listeners[number] = listener
        return number
    }

    /// A listener has consumed an event of `bytes` bytes.
    func consumed(_ bytes: Int, of number: UInt32) { core.consumed(bytes, of: number) }

    /// Whoever waits for the answer to request `number` does so no more; of no effect once it has come.
    func cancel(_ number: UInt32) {
        guard listeners[number]?.cancel() == true else { return }
        listeners[number] = nil
        core.cancel(number)
    }

    /// Nobody listens to request `number` any more.
    func abandon(_ number: UInt32) {
        listeners[number] = nil
        core.abandon(number)
    }
}
