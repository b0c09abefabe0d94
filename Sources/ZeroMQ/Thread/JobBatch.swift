/// Jobs that a ``SocketLoop`` has taken from its queue and runs in order, with their executor, which they keep alive.
struct JobBatch {
    var jobs: [UnownedJob] = []
    var executor: SocketThread?
    private var next = 0

    var isEmpty: Bool { next == jobs.count }

    /// Runs the next jobs, `limit` at most.
    mutating func run(atMost limit: Int) {
        guard let executor else { return }
        let end = min(jobs.count, next + limit)
        while next < end {
            let job = jobs[next]
            next += 1
            unsafe job.runSynchronously(on: executor.asUnownedSerialExecutor())
        }
        guard isEmpty else { return }
        jobs.removeAll(keepingCapacity: true)
        next = 0
        self.executor = nil
    }
}
