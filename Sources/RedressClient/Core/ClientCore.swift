internal import RedressContract
internal import RedressLine
package import RedressWire

/// All that a client decides, without socket, clock or concurrency: what is unanswered, what it says, when it wakes.
///
/// Time is a duration since any fixed start, the same for all calls, and never runs backwards. Call what happened, then
/// ``takeStep(at:)`` once for the whole turn and do what it says; call ``tick(at:)`` by ``nextWake``.
package struct ClientCore: Sendable {
    /// Until a WELCOME says otherwise.
    static let heartbeatDefault = Line.heartbeatDefault
    /// Intervals without a word after which the coordinator is given up.
    static let silentIntervals = Line.silentIntervals

    /// How the client stands with the coordinator.
    enum Phase: Sendable {
        /// No connection.
        case apart
        /// Refused for now; HELLO again at this time.
        case turnedAway(until: Duration)
        /// HELLO is said, since this time.
        case greeting(since: Duration)
        /// A session.
        case welcomed(Welcome)
    }

    let name: String
    let requestTimeout: Duration
    /// Events that may be on the way to this client, and not yet consumed.
    let eventCredit: Credit
    var phase = Phase.apart
    /// Of the last WELCOME, whatever became of its session: the next line's.
    var heartbeat = Self.heartbeatDefault
    var requests: [UInt32: Request] = [:]
    private var lastNumber: UInt32 = 0
    var step = ClientStep()
    /// Credit that has been consumed and not been said.
    var owed = Credit()
    /// Events of all requests that have not been consumed.
    var unconsumed = Credit()
    var heardAt: Duration
    var spokeAt: Duration
    /// No request's time is up before this.
    var deadlinesAt: Duration?
    /// No postponed request is said again before this.
    var postponedUntil: Duration?

    /// A client that has no connection yet, at time `now`.
    ///
    /// - Parameters:
    ///   - name: the client's name; submission keys are its own.
    ///   - requestTimeout: how long each request waits for its answer, lost connections included.
    ///   - eventsMaximum: how many events may be on the way to this client, and not yet consumed.
    package init(name: String, requestTimeout: Duration, eventsMaximum: Int = 1024, at now: Duration) {
        eventCredit = Credit(messages: eventsMaximum, bytes: 64 << 20)
        self.name = name
        self.requestTimeout = requestTimeout
        heardAt = now
        spokeAt = now
    }

    /// Whether there is a session.
    package var isWelcomed: Bool { if case .welcomed = phase { true } else { false } }

    /// The number of the request that is posted next.
    package var nextNumber: UInt32 {
        var number = lastNumber
        repeat { number &+= 1 } while number == 0 || requests[number] != nil
        return number
    }

    /// Takes a request.
    ///
    /// - Parameter consumesAtOnce: whether its events count as consumed as they come.
    /// - Returns: its number, by which its replies name it.
    package mutating func post(_ command: Command, consumesAtOnce: Bool, at now: Duration) -> UInt32 {
        lastNumber = nextNumber
        var request = Request(command: command, consumesAtOnce: consumesAtOnce)
        if command.kind != .follow {
            let deadline = now + requestTimeout
            request.deadline = deadline
            deadlinesAt = min(deadlinesAt ?? deadline, deadline)
        }
        requests[lastNumber] = request
        if case .welcomed(let welcome) = phase { say(command, lastNumber, welcome) }
        return lastNumber
    }

    /// An event of `bytes` bytes has been consumed.
    package mutating func consumed(_ bytes: Int, of number: UInt32) {
        guard requests[number] != nil else { return }
        let event = Credit(messages: 1, bytes: bytes)
        requests[number]?.unconsumed -= event
        giveBack(event)
    }

    /// Nobody listens to request `number` any more; its events are consumed as they come.
    package mutating func abandon(_ number: UInt32) {
        guard let request = requests[number] else { return }
        requests[number]?.consumesAtOnce = true
        requests[number]?.unconsumed = Credit()
        giveBack(request.unconsumed)
    }

    /// Nobody waits for request `number` any more: it is not said again, and what comes of it is passed over.
    package mutating func cancel(_ number: UInt32) { _ = take(number) }

    /// Ends every request as `error`.
    package mutating func failAll(_ error: ClientError) {
        for number in requests.keys.sorted() { fail(number, error) }
    }

    /// The connection is up, and nothing has been said on it.
    package mutating func lineUp(at now: Duration) { greet(at: now) }

    /// The connection is gone; what is unanswered will be said again.
    package mutating func lineDown() {
        phase = .apart
        step.sends = []
    }

    /// What there is to do since the last step.
    package mutating func takeStep(at now: Duration) -> ClientStep {
        returnCredit()
        if !step.sends.isEmpty { spokeAt = now }
        defer { step = ClientStep() }
        return step
    }

    mutating func say(_ command: Command, _ number: UInt32, _ welcome: Welcome) {
        var command = command
        command.session = welcome.session
        command.first = number
        step.sends.append(command)
    }

    mutating func fail(_ number: UInt32, _ error: ClientError) {
        if take(number) != nil { step.replies.append((number, .failed(error), true)) }
    }

    /// Ends a request. What of it is yet to be consumed is here already and no longer counts.
    mutating func take(_ number: UInt32) -> Request? {
        guard let request = requests.removeValue(forKey: number) else { return nil }
        giveBack(request.unconsumed)
        return request
    }

    mutating func giveBack(_ credit: Credit) {
        unconsumed -= credit
        owed += credit
    }

    /// In portions, so that a stream of small events does not cost a command each.
    private mutating func returnCredit() {
        guard case .welcomed(let welcome) = phase,
            owed.messages * 4 >= eventCredit.messages || owed.bytes * 8 >= eventCredit.bytes
        else { return }
        step.sends.append(
            Command(
                .credit, session: welcome.session, first: UInt32(clamping: owed.messages),
                second: UInt32(clamping: owed.bytes)))
        owed = Credit()
    }
}
