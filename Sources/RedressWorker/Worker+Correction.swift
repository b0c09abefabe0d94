public import RedressContract
internal import RedressWire

extension Worker {
    /// Corrects what the department has contributed to a task: `contribution` takes the place of what counts, and tasks that
    /// were told the old findings are done again. The case keeps the record that it had, and gets another one.
    ///
    /// Any worker of the department can do so at any time, also while it runs, after its case has its record, and for another
    /// worker's contribution. The correction has a connection of its own and is repeated until it is settled. Correcting the
    /// same again after a crash does it once.
    ///
    /// - Parameter attempt: the attempt whose contribution counts so far: ``TaskContext/attempt`` of the handler's run, or that
    ///   of the last correction.
    /// - Throws: ``WorkerError``: as ``run()`` does; ``WorkerError/Code/misconfigured`` for a contribution that says nothing or
    ///   too much; ``WorkerError/Code/unsettled`` when there is no answer ten seconds after ``drainLimit``.
    public func correct(_ task: TaskID, attempt: UInt32, with contribution: Contribution) async throws -> Settlement {
        var correction = contribution
        correction.corrects = attempt
        let conclusion = Conclusion.contributed(correction, bytesMaximum: Limits.contributionBytesMaximum)
        guard conclusion.kind == .contribute, attempt > 0, attempt < .max else {
            throw WorkerError(
                .misconfigured,
                "A correction answers an issue or declines, has \(Limits.contributionBytesMaximum) bytes at most, and corrects an attempt from 1."
            )
        }
        let host = try newHost()
        await host.deliver(conclusion, of: TaskAttempt(task, attempt + 1))
        await host.drain(limit: drainLimit)
        try await run(host)
        guard let settlement = await host.settlement else {
            throw WorkerError(
                .unsettled,
                "The coordinator at \(endpoint) has not said what became of the correction of \(task). Correct it again: that does it once."
            )
        }
        return settlement
    }
}
