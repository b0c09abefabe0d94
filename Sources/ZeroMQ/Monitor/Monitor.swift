internal import CZeroMQ
internal import Glibc

/// Tells what happens to a socket's connections. It belongs to the socket's thread; a socket has one at most.
///
/// Its owner has to drain it, watching it with ``SocketThread/watch(_:)-(Monitor)``. libzmq's I/O thread would wait for
/// a monitor that is full, and with it every connection of the context; this one takes memory instead. Events name
/// endpoints, never routing ids: who is there is the protocol's business.
public struct Monitor: ~Copyable {
    var events: Socket
    private weak var monitored: SocketHandle?

    /// Starts to monitor a socket.
    ///
    /// What happened before is not told: bind and connect after this.
    ///
    /// - Throws: ``ZeroMQError`` when there is no socket left.
    public init(of socket: borrowing Socket) throws(ZeroMQError) {
        socket.handle.checkThread()
        let name = "inproc://monitor-" + String(UInt64.random(in: .min ... .max), radix: 16)
        guard unsafe zmq_socket_monitor(socket.handle.pointer, name, EventCode.all) == 0 else {
            throw ZeroMQError(last: "monitor a socket")
        }
        do {
            self.init(events: try Self.events(from: name, in: socket.handle.context), monitored: socket.handle)
        } catch {
            unsafe zmq_socket_monitor(socket.handle.pointer, nil, 0)
            throw error
        }
    }

    private init(events: consuming Socket, monitored: SocketHandle) {
        self.events = events
        self.monitored = monitored
    }

    private static func events(from name: String, in context: Context) throws(ZeroMQError) -> Socket {
        var options = SocketOptions()
        options.linger = .zero
        var events = try Socket(.pair, in: context, options: options)
        try events.handle.set(ZMQ_RCVHWM, to: CInt(0), named: "a queue without limit")
        try events.connect(to: name)
        return events
    }

    deinit {
        // Before the events' socket closes: libzmq would wait for it with the next event.
        if let monitored { unsafe zmq_socket_monitor(monitored.pointer, nil, 0) }
    }

    /// Takes the next event, without waiting.
    /// - Returns: `nil` when nothing waits.
    public mutating func receive() throws(ZeroMQError) -> Event? {
        while case .message(let frames)? = try events.receive(maximumFrames: 2) {
            if let event = Event(frames) { return event }
        }
        return nil
    }
}
