internal import CZeroMQ
internal import Glibc

/// A thread that waits for sockets and runs the jobs of the actors that own them.
///
/// One actor, its sockets and its thread belong together: the actor names the thread as its executor, so that all it
/// does happens there, and libzmq's rule of one thread for a socket holds by construction.
///
/// ```swift
/// actor Desk {
///     private let thread: SocketThread
///     private var socket: Socket?
///     nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
///     init() throws { thread = try SocketThread(name: "desk") }
///     func open(at endpoint: String, in context: Context) throws -> String {
///         var router = try Socket(.router, in: context)
///         let bound = try router.bind(to: endpoint)
///         thread.watch(router)
///         thread.onTurn { [weak self] in self?.assumeIsolated { $0.turn() } ?? nil }
///         socket = consume router
///         return bound
///     }
///     private func turn() -> Duration? {
///         while case .message(let frames)? = try? socket?.receive() { _ = try? socket?.send(frames) }
///         return nil  // sleep until a socket or a job wakes the thread
///     }
/// }
/// ```
///
/// A **turn** is: wait for a watched socket, a job or the time the last turn asked for; run jobs, at most 256; call the
/// closure given to ``onTurn(_:)``. That drains its sockets first and looks at its timers after, so that a process that
/// was stopped for a while hears what has come before it decides that somebody is late.
///
/// **Lifetime.** Waiting jobs keep the thread, so none is ever lost. When nobody holds the thread any more it lets go
/// of its sockets and ends; whoever let go last waits for that (for one turn at most and, if the context ends with it,
/// its linger), unless it is the thread itself.
public final class SocketThread: SerialExecutor {
    private let loop: SocketLoop
    private let thread: pthread_t

    /// Starts a thread.
    /// - Parameter name: shown by the system's tools, which take its first 15 bytes.
    /// - Throws: ``ZeroMQError/Code/tooManyDescriptors``, or ``ZeroMQError/Code/other`` when there is no thread left.
    public init(name: String) throws(ZeroMQError) {
        loop = try SocketLoop()
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(loop)
        let failure = unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<SocketLoop>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            unsafe argument.release()
            throw ZeroMQError(errno: failure, operation: "start the thread \(name)")
        }
        self.thread = thread
        var short = name
        while short.utf8.count > 15 { short.removeLast() }
        unsafe pthread_setname_np(thread, short)
    }

    deinit {
        loop.queue.give(.exit)
        if isCurrent {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    /// Whether the caller runs on this thread.
    public var isCurrent: Bool { pthread_self() == thread }

    /// Ends watching and turns, from any thread; the turn that runs now is the last. The closure given to
    /// ``onTurn(_:)`` is released.
    ///
    /// Jobs are served as before, so that no caller of an actor waits for ever; the thread itself ends with its last
    /// reference. What is watched or set afterwards is let go again.
    public func stop() {
        loop.queue.give(.serveJobs)
    }

    /// Wakes the thread whenever messages wait at the socket, for as long as they do.
    ///
    /// The thread shares the socket: if its owner goes without ``unwatch(_:)-(Socket)``, it is closed here, after the
    /// thread's next turn.
    public func watch(_ socket: borrowing Socket) {
        loopHere.watch(socket.handle)
    }

    /// Ends ``watch(_:)-(Socket)``; of no effect on a socket not watched.
    public func unwatch(_ socket: borrowing Socket) {
        loopHere.unwatch(socket.handle)
    }

    /// Wakes the thread whenever events wait at the monitor.
    public func watch(_ monitor: borrowing Monitor) {
        loopHere.watch(monitor.events.handle)
    }

    /// Ends ``watch(_:)-(Monitor)``; of no effect on a monitor not watched.
    public func unwatch(_ monitor: borrowing Monitor) {
        loopHere.unwatch(monitor.events.handle)
    }

    /// Sets what is called once a turn, after the jobs; a later closure replaces it. It starts with the current turn.
    ///
    /// The closure is called on the thread: an actor of the thread may assume its isolation in it. It captures the
    /// actor weakly, or else both live until ``stop()``.
    ///
    /// - Parameter turn: returns how long the thread may sleep at most, rounded up to milliseconds: `nil` for until
    ///   something happens, zero for not at all.
    public func onTurn(_ turn: @escaping () -> Duration?) {
        loopHere.turn = turn
    }

    private var loopHere: SocketLoop {
        checkIsolated()
        return loop
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        loop.queue.add(UnownedJob(job), for: self)
    }

    public func checkIsolated() {
        precondition(isCurrent, "this is done on the socket thread, and on no other")
    }

    public func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }
}
