public import Logging
public import RedressContract
internal import RedressKeys
internal import RedressLine
public import ServiceLifecycle
public import ZeroMQ

/// A department's process: takes tasks from the coordinator, hands each to a handler, and sees to it that the result
/// arrives.
///
/// ```swift
/// let worker = try Worker(department: "billing", connect: "tcp://10.0.0.7:7700", key: "billing.key") { brief, task in
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
    /// A label for people; unless set, the key's name, or without a key the first department's. Workers may share it. With
    /// a key it is the key's name, or begins with that and a hyphen.
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
    private let key: PeerKey?
    private let handler: Handler

    /// A worker for one department.
    ///
    /// - Throws: ``WorkerError/Code/misconfigured``; see ``init(departments:connect:key:concurrency:handler:)``.
    public init(
        department: String, connect endpoint: String, key file: String? = nil, concurrency: Int = 4,
        handler: @escaping Handler
    ) throws(WorkerError) {
        try self.init(
            departments: [department], connect: endpoint, key: file, concurrency: concurrency, handler: handler)
    }

    /// A worker for several departments, which `brief.type.department` tells apart.
    ///
    /// - Parameter file: the worker's key, as `redress keys make` wrote it, readable by this user alone. Where it is
    ///   replaced while the worker runs, and the old key is refused, the worker goes on with the new one. Without a key
    ///   the worker speaks plain text, to loopback and `ipc` endpoints only.
    /// - Throws: ``WorkerError/Code/misconfigured`` when there is no department, one of them is not a well-formed name,
    ///   `concurrency` is not in 1...``concurrencyMaximum``, or the key cannot be used or is missing.
    public init(
        departments: [String], connect endpoint: String, key file: String? = nil, concurrency: Int = 4,
        handler: @escaping Handler
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
        do throws(KeyError) {
            key = try .key(for: endpoint, in: file)
        } catch {
            throw WorkerError(.misconfigured, "\(error)")
        }
        self.departments = names
        self.endpoint = endpoint
        self.concurrency = concurrency
        self.handler = handler
        name = key?.name ?? first.description
    }

    /// Works until the coordinator asks the worker to leave, or the service group or task it runs in ends. When the task
    /// is cancelled, handlers are cancelled at once and their tasks released.
    ///
    /// - Throws: ``WorkerError``: the endpoint is none, or the coordinator refused the worker or its key.
    public func run() async throws { try await run(newHost()) }

    /// A host that has not begun, of an incarnation of its own.
    func newHost() throws(WorkerError) -> WorkerHost {
        let settings = WorkerCore.Settings(
            name: name, incarnation: .random(in: 1 ... .max), departments: departments, contracts: contracts,
            concurrency: concurrency)
        return try WorkerHost(
            settings, endpoint: endpoint, key: key, context: context, logger: logger, handler: handler)
    }

    func run(_ host: WorkerHost) async throws {
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
