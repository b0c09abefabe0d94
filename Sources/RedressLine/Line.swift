package import RedressContract
package import RedressKeys
package import RedressWire
package import ZeroMQ

/// A worker's or a client's connection to the coordinator: one DEALER socket, what its monitor tells of it, and the
/// messages that wait for room.
///
/// It belongs to the thread that makes it. libzmq reconnects by itself and starts with nothing queued; whoever owns the
/// line hears ``Arrival/up``, opens a new session and says again what is still unanswered. To give a silent peer up, let
/// the line go and make another.
package struct Line: ~Copyable {
    /// What arrives on the line.
    package enum Arrival: Sendable {
        /// The peer may be sent to: a new connection, on which nothing has been said.
        case up
        /// The connection broke; what waited for it is dropped.
        case down
        /// The other side will not have this one, for good.
        case turnedAway(TurnedAway)
        /// The commands of one message, or the refusals that its frames earn.
        case commands([Result<Command, Refusal>])
        /// A message that is none of RDP/1.
        case foreign(Refusal)
    }

    /// A peer's interval until a WELCOME says otherwise.
    package static let heartbeatDefault = Duration.milliseconds(2500)
    /// Intervals without a word after which the other side is given up, as a session and as a link.
    package static let silentIntervals = 3
    /// A link is not asked more often: a busy machine answers late.
    private static let heartbeatMinimum = Duration.seconds(1)
    /// How soon to try again when a message finds no room.
    package static let retryInterval = Duration.milliseconds(10)

    private(set) var socket: Socket
    private var monitor: Monitor
    private var unsent: ArraySlice<[[UInt8]]> = []
    private var isUp = false
    /// Whether the last connection ended before its handshake was through.
    package private(set) var handshakeIsFailing = false

    /// Starts to connect to `endpoint` with `key`, or in plain text if nil, watched by `thread`, which is the caller's.
    ///
    /// - Parameter heartbeat: how often the link itself is asked whether it lives; after ``silentIntervals`` without an answer
    ///   either side ends it.
    package init(
        to endpoint: String, key: PeerKey?, in context: Context, on thread: SocketThread, heartbeat: Duration
    ) throws(ZeroMQError) {
        var options = SocketOptions.jittered
        options.heartbeatInterval = max(heartbeat, Self.heartbeatMinimum)
        options.heartbeatTimeout = options.heartbeatInterval * Self.silentIntervals
        options.heartbeatTimeToLive = options.heartbeatTimeout
        if let key { options.security = key.security }
        options.maximumMessageBytes = Int64(Limits.frameBytesMaximum)
        options.linger = .seconds(1)
        var dealer = try Socket(.dealer, in: context, options: options)
        let monitor = try Monitor(of: dealer)
        try dealer.connect(to: endpoint)
        thread.watch(dealer)
        thread.watch(monitor)
        socket = dealer
        self.monitor = monitor
    }

    /// Takes what comes next, without waiting; nil when nothing waits.
    package mutating func receive() throws(ZeroMQError) -> Arrival? {
        switch try socket.receive(maximumFrames: Limits.commandsMaximum + 1) {
        case .message(let frames):
            do throws(Refusal) {
                return .commands(try Message.unpack(frames, from: .coordinator))
            } catch {
                return .foreign(error)
            }
        case .overlong(_, let frames):
            return .foreign(Refusal(.frameCount, "A message of \(frames) frames came; at most 65 are taken."))
        case nil: break
        }
        while let event = try monitor.receive() {
            switch event {
            case .handshakeSucceeded: return change(toUp: true)
            case .disconnected where isUp: return change(toUp: false)
            case .handshakeFailed(_, .denied): return .turnedAway(.denied)
            case .handshakeFailed(_, .otherSecurity): return .turnedAway(.otherSecurity)
            case .handshakeFailed(_, .protocolError(let number)): return .turnedAway(.otherProtocol(number))
            case .handshakeFailed(_, .interrupted): handshakeIsFailing = true
            default: continue
            }
        }
        return nil
    }

    private mutating func change(toUp up: Bool) -> Arrival {
        isUp = up
        handshakeIsFailing = false
        unsent = []
        return up ? .up : .down
    }

    /// Sends `commands` in as few messages as the limits allow. They are dropped while the line is down.
    ///
    /// - Returns: whether all went; the rest goes with the next call, which may bring no commands, after
    ///   ``retryInterval``.
    package mutating func send(_ commands: [Command]) throws(ZeroMQError) -> Bool {
        guard isUp else { return true }
        if !commands.isEmpty { unsent.append(contentsOf: Message.pack(commands)) }
        while let message = unsent.first {
            guard case .sent = try socket.send(message) else { return false }
            unsent.removeFirst()
        }
        return true
    }
}
