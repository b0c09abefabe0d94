public import RedressContract
internal import RedressKeys

/// Checks a department's worker, in whatever language it is written, against the specification of RDP/1: plays the
/// coordinator to it in one ``Scenario`` after another, and tells which section a worker breaks.
///
/// ```swift
/// let conformance = try WorkerConformance(department: "billing") { endpoint in
///     try await Worker(department: "billing", connect: endpoint, handler: underTest).run()
/// }
/// for scenario in WorkerConformance.scenarios {
///     #expect(try await conformance.check(scenario).isPassed)
/// }
/// ```
///
/// What the handler is to do beside its own is in the specification, under "Checking a worker". Scenarios do not share
/// anything: they can run one after another or at the same time, unless a person starts the worker.
public struct WorkerConformance: Sendable {
    /// Starts a worker that connects to `endpoint`, and returns when it has ended. It is cancelled when the scenario is
    /// over and the worker does not leave.
    public typealias Launch = @Sendable (_ endpoint: String) async throws -> Void

    /// What came of a scenario.
    public enum Verdict: Sendable, Hashable {
        /// The worker did what the specification says.
        case passed
        /// It did not.
        case broken(Breach)
        /// There was nothing to check, for the reason given.
        case notApplicable(String)

        /// Whether nothing is wrong with the worker, as far as the scenario can tell.
        public var isPassed: Bool {
            if case .broken = self { false } else { true }
        }
    }

    /// What a worker did against the specification.
    public struct Breach: Error, Sendable, Hashable, CustomStringConvertible {
        /// The section of the specification.
        public var section: String
        /// What was expected, as the end of a sentence.
        public var expected: String
        /// What came instead.
        public var came: String
        /// Whether nothing has come from the worker at all: it cannot start, or does not get through.
        public var isSilence = false

        public var description: String { "\"\(section)\": expected \(expected); came: \(came)" }
    }

    /// The department that the worker works for.
    public let department: DepartmentName
    /// Where the scenarios listen, one after another; on a port of its own each unless set.
    public let endpoint: String
    /// How long a worker has for what the specification times nowhere, such as to start; 10 seconds.
    public var patience = Duration.seconds(10)
    private let keys: ConformanceKeys?
    private let launch: Launch?

    /// The file of the worker's key; nil in plain text.
    public var keyFile: String? { keys?.file }

    /// Checks the worker that `launch` starts, anew for each scenario, in plain text.
    ///
    /// - Throws: ``MeshError`` where `department` is not a department's name.
    public init(department: String, _ launch: @escaping Launch) throws {
        try self.init(department, keys: nil, "tcp://127.0.0.1:*") { _ in launch }
    }

    /// Checks a worker that somebody else starts, and starts again whenever it ends: it is to connect to `endpoint`.
    ///
    /// - Parameter folder: where to make keys for this run, of which the worker is to use ``keyFile``; nil for plain text.
    /// - Throws: ``MeshError`` where `department` is not a department's name, or the keys cannot be made; an error that says
    ///   so where others than this machine reach `endpoint` and there are no keys.
    public init(department: String, at endpoint: String, keys folder: String? = nil) throws {
        try self.init(department, keys: folder, endpoint) { _ in nil }
    }

    init(
        _ department: String, keys folder: String?, _ endpoint: String = "tcp://127.0.0.1:*",
        launch: (ConformanceKeys?) throws -> Launch?
    ) throws {
        guard let name = DepartmentName(department) else {
            throw MeshError(
                "\"\(department)\" is not a department's name: a lower-case letter, then lower-case letters, digits or hyphens."
            )
        }
        if folder == nil { try PlainText.check(endpoint, otherwise: "check the worker with keys (--keys)") }
        self.department = name
        self.endpoint = endpoint
        keys = try folder.map { try ConformanceKeys(in: $0, for: name) }
        self.launch = try launch(keys)
    }

    /// Plays `scenario`.
    ///
    /// - Throws: `ZeroMQError` where the scenario cannot listen, `CancellationError`.
    public func check(_ scenario: Scenario) async throws -> Verdict {
        let stage = try ConformanceStage(
            department, endpoint: endpoint, section: scenario.section, patience: patience, keys: keys,
            launch: launch)
        let outcome: Result<Verdict, any Error>
        do {
            try await stage.open()
            try await scenario.script(stage)
            outcome = .success(try await stage.verdict())
        } catch var breach as Breach {
            breach.isSilence = await !stage.hasHeard
            outcome = .success(.broken(breach))
        } catch let reason as NotApplicable {
            outcome = .success(.notApplicable(reason.reason))
        } catch {
            outcome = .failure(error)
        }
        // Also when this task is cancelled: no worker is left behind.
        await Task.detached { await stage.dismiss() }.value
        try Task.checkCancellation()
        return try outcome.get()
    }

    /// Why a scenario has nothing to check with this worker.
    struct NotApplicable: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }
}
