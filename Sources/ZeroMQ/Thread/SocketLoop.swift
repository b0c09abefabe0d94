internal import CZeroMQ
internal import Glibc

/// What a ``SocketThread`` does all day: poll, run jobs, take a turn.
@safe final class SocketLoop: @unchecked Sendable {  // the queue has a lock; the rest is touched on its thread alone
    /// Jobs run between two polls, so that many jobs cannot keep the sockets waiting.
    private static let jobsPerTurn = 256

    let queue: JobQueue
    var turn: (() -> Duration?)?
    private var watched: [SocketHandle] = []
    private var items: [zmq_pollitem_t]

    init() throws(ZeroMQError) {
        queue = try JobQueue()
        unsafe items = [zmq_pollitem_t(socket: nil, fd: queue.bell, events: Int16(ZMQ_POLLIN), revents: 0)]
    }

    func watch(_ handle: SocketHandle) {
        handle.checkThread()
        guard !watched.contains(where: { $0 === handle }) else { return }
        watched.append(handle)
        unsafe items.append(zmq_pollitem_t(socket: handle.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
    }

    func unwatch(_ handle: SocketHandle) {
        guard let index = watched.firstIndex(where: { $0 === handle }) else { return }
        unwatch(at: index)
    }

    /// The bell is the first item, so each socket's lies one further.
    private func unwatch(at index: Int) {
        unsafe items.remove(at: index + 1)
        watched.remove(at: index)
    }

    /// Turns until the order to exit.
    func run() {
        var order = JobQueue.Order.run
        var batch = JobBatch()
        var longestWait: Duration?
        while order < .exit {
            wait(atMost: batch.isEmpty ? longestWait : .zero, having: order)
            order = queue.take(into: &batch)
            if order > .run { letGo() }
            batch.run(atMost: Self.jobsPerTurn)
            longestWait = order == .run ? turn?() ?? nil : nil
            closeAbandoned()
        }
        letGo()
    }

    private func wait(atMost limit: Duration?, having order: JobQueue.Order) {
        var milliseconds = limit.map { Int($0.wholeMilliseconds) } ?? -1
        if milliseconds != 0, !queue.maySleep(having: order) { milliseconds = 0 }
        let ready = unsafe zmq_poll(&items, CInt(items.count), milliseconds)
        precondition(ready >= 0 || zmq_errno() == EINTR, "only a socket closed under the poll can make it fail")
        if unsafe items[0].revents != 0 { queue.quiet() }
    }

    /// Closes, on this thread, the sockets whose owners have gone.
    private func closeAbandoned() {
        for index in watched.indices.reversed() where isKnownUniquelyReferenced(&watched[index]) {
            unwatch(at: index)
        }
    }

    private func letGo() {
        for index in watched.indices.reversed() { unwatch(at: index) }
        turn = nil
    }
}
