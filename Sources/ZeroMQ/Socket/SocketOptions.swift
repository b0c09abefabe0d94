/// How a socket behaves. The defaults are this module's, chosen so that nothing waits for ever or grows without bound
/// and nothing is dropped in silence; where libzmq's own default differs it is named.
public struct SocketOptions: Sendable, Hashable {
    /// How long messages already handed over may outlive the socket; 2 seconds (libzmq: for ever, which hangs the
    /// context's end). 0 loses the last messages: end by protocol first, then linger.
    public var linger: Duration = .seconds(2)

    /// Messages that may wait for one peer before ``Socket/send(_:)`` answers ``SendOutcome/full``; 1000, at least 1.
    /// libzmq keeps it loosely and the network's buffers come on top: what must be exact is the protocol's credit.
    public var sendHighWaterMark: Int32 = 1000

    /// Messages from one peer that may wait to be received before the peer is held back; 1000, at least 1.
    public var receiveHighWaterMark: Int32 = 1000

    /// The largest frame taken, in bytes; 4 MiB (libzmq: no limit), `nil` for none. A peer that sends a larger one is
    /// cut off, reconnects and may send it again: it has to lie above what the protocol itself allows and answers.
    public var maximumMessageBytes: Int64? = 4 << 20

    /// Whether a router reports what it cannot send as ``SendOutcome/unroutable`` and ``SendOutcome/full``; yes
    /// (libzmq: it drops both in silence). Of no meaning to other kinds.
    public var routerMandatory = true

    /// Whether a dealer or request socket sends to complete connections only; yes (libzmq: it queues for peers that may
    /// never come). Each reconnect then starts with nothing queued. Of no meaning to other kinds.
    public var immediate = true

    /// Time between two ZMTP pings on a link; 2 seconds (libzmq: none), zero for none. I/O threads answer them, so they
    /// say that the link lives, never that the peer's program does.
    public var heartbeatInterval: Duration = .seconds(2)

    /// Silence after a ping that ends the link; 6 seconds.
    public var heartbeatTimeout: Duration = .seconds(6)

    /// Silence after which the peer is asked to end the link from its side; 6 seconds, in tenths, at most 6553 seconds.
    public var heartbeatTimeToLive: Duration = .seconds(6)

    /// Silence after which the system itself asks over TCP whether the peer's machine is there, three times in as many
    /// tenths; 30 seconds (libzmq: the system's, some two hours), in seconds. It ends links to machines that are gone where
    /// nobody pings.
    public var keepAlive: Duration = .seconds(30)

    /// Time a new connection has for its handshake; 2 seconds (libzmq: 30). Idle strangers hold descriptors for as
    /// long.
    public var handshakeInterval: Duration = .seconds(2)

    /// Connections the system lets wait for acceptance; 1024 (libzmq: 100), cut to the system's own limit.
    public var backlog: Int32 = 1024

    /// Time that one try to connect may take, where the peer's machine does not answer at all; 3 seconds (libzmq: the
    /// system's, some two minutes). A peer that comes back at another address is found that much sooner.
    public var connectTimeout: Duration = .seconds(3)

    /// Pause before the first reconnect; 100 milliseconds. See ``jittered``.
    public var reconnectInterval: Duration = .milliseconds(100)

    /// Where the doubling of that pause stops; 5 seconds (libzmq: it does not double). See ``jittered``.
    public var reconnectIntervalMaximum: Duration = .seconds(5)

    /// How the connections are protected; plain text, with nobody known (as libzmq has it).
    public var security = Security.plain

    /// Options with the defaults above.
    public init() {}

    /// The defaults with reconnect pauses drawn at random: first 50 to 150 milliseconds, at most 3 to 8 seconds.
    ///
    /// libzmq's own pauses hardly vary, so that after a restart of the bound side all peers would return in step. Each
    /// read draws again: take it once for each connecting socket.
    public static var jittered: SocketOptions {
        var options = SocketOptions()
        options.reconnectInterval = .milliseconds(Int.random(in: 50...150))
        options.reconnectIntervalMaximum = .milliseconds(Int.random(in: 3000...8000))
        return options
    }
}
