public import Logging
public import RedressContract
public import ServiceLifecycle
public import ZeroMQ

/// A department's process: takes tasks from the coordinator, hands each to a handler, and sees to it that the result
/// arrives.
///
/// ```swift
/// let worker = try Worker(department: "billing", connect: "tcp://127.0.0.1:7700") { brief, task in
///     guard let order = brief.particulars("order").first else { throw Declined("No order is named.") }
///     let charges = try await ledger.charges(of: order)
///     return Contribution(answers: brief.issues.map { .init(issue: $0.number, charges.outcome) })
/// }
/// try await worker.run()
/// ```
///
/// A handler returns a contribution, or throws ``Declined``, ``TryAgainLater``, or any other error for a failed attempt.
/// Losing the coordinator neither stops handlers nor loses results: they are delivered when it is back, restarted or not.
/// As a `Service` in a `ServiceGroup`, the worker answers a graceful shutdown by taking nothing new, finishing what it
/// holds and waiting until all of it is settled, for ``drainLimit`` at most.
public struct Worker: Service {
    /// What does the tasks: called for each on the global executor, at most `concurrency` at once.
    public typealias Handler = @Sendable (_ brief: Brief, _ task: TaskContext) async throws -> Contribution

    /// Tasks held at once, at most: running, and finished but not yet settled.
    public static let concurrencyMaximum = 512

    /// The departments that the worker works for.
    public let departments: [DepartmentName]
    /// Where the coordinator listens, such as `tcp://127.0.0.1:7700`.
    public let endpoint: String
    /// Tasks held at once.
    public let concurrency: Int
    /// A label for people; the first department's name unless set. Workers may share it.
    public var name: String
    /// The task types that the worker takes, with their version, such as `billing/charge-review@1`; empty for all types
    /// of its departments.
    public var contracts: [String] = []
    /// How long a graceful shutdown may take before handlers are cancelled and their tasks released; 30 seconds.
    public var drainLimit = Duration.seconds(30)
    /// Where the worker writes what a person should know. No personal data goes there.
    public var logger = Logger(label: "redress.worker")
    /// The I/O threads to share with other workers of the process; its own unless set.
    public var context: Context?
    private let handler: Handler

    /// A worker for one department.
    ///
    /// - Throws: ``WorkerError/Code/misconfigured``; see ``init(departments:connect:concurrency:handler:)``.
    public init(
        department: String, connect endpoint: String, concurrency: Int = 4, handler: @escaping Handler
    ) throws(WorkerError) {
        try self.init(departments: [department], connect: endpoint, concurrency: concurrency, handler: handler)
    }

    /// A worker for several departments, which `brief.type.department` tells apart.
    ///
    /// - Throws: ``WorkerError/Code/misconfigured`` when there is no department, one of them is not a well-formed name,
    ///   or `concurrency` is not in 1...``concurrencyMaximum``.
    public init(
        departments: [String], connect endpoint: String, concurrency: Int = 4, handler: @escaping Handler
    ) throws(WorkerError) {
        guard (1...Self.concurrencyMaximum).contains(concurrency) else {
            throw WorkerError(
                .misconfigured, "A worker holds 1 to \(Self.concurrencyMaximum) tasks at once, not \(concurrency).")
        }
        var names: [DepartmentName] = []
        for department in departments {
            guard let name = DepartmentName(department) else {
                throw WorkerError(
                    .misconfigured,
                    "\"\(department)\" is not a department's name: a lower-case letter, then lower-case letters, digits or hyphens."
                )
            }
            names.append(name)
        }
        guard let first = names.first else { throw WorkerError(.misconfigured, "A worker needs a department.") }
        self.departments = names
        self.endpoint = endpoint
        self.concurrency = concurrency
        self.handler = handler
        name = first.description
    }

    /// Works until the coordinator asks the worker to leave, or the service group or task it runs in ends. When the task
    /// is cancelled, handlers are cancelled at once and their tasks released.
    ///
    /// - Throws: ``WorkerError``: the endpoint is none, or the coordinator refused the worker.
    public func run() async throws {
        let settings = WorkerCore.Settings(
            name: name, incarnation: .random(in: 1 ... .max), departments: departments, contracts: contracts,
            concurrency: concurrency)
        let host = try WorkerHost(settings, endpoint: endpoint, context: context, logger: logger, handler: handler)
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await host.run()
            } onGracefulShutdown: { [drainLimit] in
                Task { await host.drain(limit: drainLimit) }
            }
        } onCancel: {
            Task { await host.drain(limit: .zero) }
        }
    }
}
