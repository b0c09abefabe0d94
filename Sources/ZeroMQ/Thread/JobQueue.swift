internal import CZeroMQ
internal import Glibc

/// Where any thread leaves jobs and orders for a ``SocketLoop``, and the bell that wakes it.
///
/// A pthread lock, because ThreadSanitizer misreads `Synchronization.Mutex` under contention on Linux.
@safe final class JobQueue: @unchecked Sendable {  // every mutable field is read and written under `lock`
    /// What the loop is asked to do besides jobs.
    enum Order: Comparable {
        /// Watch the sockets and take turns.
        case run
        /// Let go of sockets and turn, and serve jobs alone.
        case serveJobs
        /// End; no job waits.
        case exit
    }

    /// The eventfd that becomes readable when the sleeping loop is wanted.
    let bell: CInt
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var jobs: [UnownedJob] = []
    /// Held while jobs wait, so that an executor outlives the jobs given to it.
    private var executor: SocketThread?
    private var order = Order.run
    private var loopMaySleep = false

    init() throws(ZeroMQError) {
        bell = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        guard bell >= 0 else { throw ZeroMQError(last: "make an eventfd") }
        unsafe lock = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
    }

    deinit {
        close(bell)
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
    }

    /// Runs `body` under the lock; what it returns says whether the loop has to be woken.
    private func change(_ body: () -> Void) {
        unsafe pthread_mutex_lock(lock)
        body()
        let wake = loopMaySleep
        loopMaySleep = false
        unsafe pthread_mutex_unlock(lock)
        if wake { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        while unsafe write(bell, &one, MemoryLayout<UInt64>.size) < 0, errno == EINTR {}
    }

    /// Leaves a job for the loop to run on behalf of `owner`.
    func add(_ job: UnownedJob, for owner: SocketThread) {
        change {
            if jobs.isEmpty { executor = owner }
            jobs.append(job)
        }
    }

    /// Leaves an order; a stronger one that was left before stays.
    func give(_ new: Order) {
        change { order = max(order, new) }
    }

    /// Whether the loop may sleep now: nothing waits and no order but `seen` has been given. From here on, the bell
    /// rings.
    func maySleep(having seen: Order) -> Bool {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        loopMaySleep = jobs.isEmpty && order == seen
        return loopMaySleep
    }

    /// Silences the bell, which has woken the loop.
    func quiet() {
        var count: UInt64 = 0
        while unsafe read(bell, &count, MemoryLayout<UInt64>.size) < 0, errno == EINTR {}
    }

    /// Fills `batch` with the waiting jobs if it is empty, leaving its storage for the next ones.
    /// - Returns: the order that stands.
    func take(into batch: inout JobBatch) -> Order {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        loopMaySleep = false
        if batch.isEmpty {
            swap(&jobs, &batch.jobs)
            swap(&executor, &batch.executor)
        }
        return order
    }
}
