internal import RedressCase
public import RedressContract
internal import RedressDispatch
internal import RedressWire
internal import RedressWorker

/// A whole mesh in one process and no real time: the coordinator's and the workers' own cores, with a simulated journal,
/// network and clock. What happens follows from the seed, so that a failure can be played again.
///
/// <doc:RedressTesting> shows a test.
public final class SimulatedMesh {
    /// What a department does, at once in real time; how long it takes is simulated. It can throw what handlers of real
    /// workers throw.
    public typealias Handler = (Brief) throws -> Contribution

    /// A complaint that was submitted to the mesh.
    public struct Submission: Sendable, Hashable {
        let number: Int
    }

    /// The seed that repeats this mesh.
    public let seed: UInt64
    /// How long the mesh has been running.
    public internal(set) var now: Duration = .zero
    /// What has happened.
    public internal(set) var log: [MeshEvent] = []
    /// Whether ``log`` is written; many meshes run faster without.
    public var isLogging = true

    /// The wall clock when the mesh began.
    static let beginning = Timestamp(milliseconds: 1_767_225_600_000)

    let policy: Policy
    let faults: Faults
    var generator: SeededGenerator
    var agenda = Agenda<(SimulatedMesh) -> Void>()
    private let disk = JournalModel.Disk()
    /// The journal's last opening.
    var journal: JournalModel
    var coordinator: SimulatedCoordinator?
    /// Counts the coordinator's processes.
    var coordinatorLife = 0
    var stalledUntil: Duration = .zero
    var workers: [SimulatedWorker] = []
    var lines: [UInt32: SimulatedLine] = [:]
    var lineCount: UInt32 = 0
    var submissions: [SimulatedSubmission] = []
    var splits: [[UInt8]: Split] = [:]
    /// What must never be and was seen.
    package var breaches: [String] = []

    /// A mesh without workers, whose coordinator has just started.
    public init(_ playbook: Playbook, seed: UInt64 = 1, faults: Faults = .none) {
        policy = playbook.policy
        self.seed = seed
        self.faults = faults
        generator = SeededGenerator(seed: seed)
        journal = JournalModel(disk, nonce: 0)
        startCoordinator()
        if faults != .none { schedule(after: .seconds(1)) { $0.throwFaults() } }
    }

    // MARK: What a test does

    /// Adds a worker for `departments` of the playbook.
    ///
    /// - Parameters:
    ///   - name: a label for the log, and to name the worker by.
    ///   - concurrency: how many tasks it holds at once.
    ///   - takes: how long a task takes.
    public func addWorker(
        _ name: String, for departments: [String], concurrency: Int = 4,
        takes: ClosedRange<Duration> = .milliseconds(50)...(.milliseconds(500)), handler: @escaping Handler
    ) {
        workers.append(
            SimulatedWorker(
                name: name, departments: departments.map(department), concurrency: concurrency, takes: takes,
                handler: handler))
        startWorker(workers.count - 1)
    }

    /// Submits a complaint of these issues, each the words of one department, and of sentences that belong to none.
    @discardableResult
    public func submit(_ issues: [(department: String, words: String)], unplaced: [String] = []) -> Submission {
        var text = ""
        func range(_ words: String) -> Range<Int> {
            let start = text.utf8.count
            text += words
            defer { text += " " }
            return start..<text.utf8.count
        }
        let split = Split(
            issues: issues.map { Split.Issue(department: department($0.department), ranges: [range($0.words)]) },
            unplaced: unplaced.map(range), sentences: issues.count + unplaced.count)
        return submit(text, split: split)
    }

    /// Submits a complaint that triage will break up as `split`. The client says it again until it is acknowledged.
    @discardableResult
    public func submit(_ text: String, split: Split) -> Submission {
        splits[Array(text.utf8)] = split
        let number = submissions.count
        submissions.append(SimulatedSubmission(text: text))
        deliverSubmission(number)
        return Submission(number: number)
    }

    /// Lets so much time pass.
    public func run(for duration: Duration) {
        let end = now + duration
        while let next = agenda.next, next <= end { step() }
        now = end
    }

    /// Lets time pass until all complaints are acknowledged and reconciled.
    ///
    /// - Returns: whether they are, `duration` from now.
    @discardableResult
    public func runUntilReconciled(within duration: Duration = .seconds(3600)) -> Bool {
        let end = now + duration
        while !isReconciled, now < end { run(for: min(.seconds(1), end - now)) }
        return isReconciled
    }

    /// The acknowledged reference of a complaint; nil until then.
    public func reference(of submission: Submission) -> CaseReference? { submissions[submission.number].reference }

    /// The record of a complaint's case; nil until it is reconciled.
    public func record(of submission: Submission) -> JSON? {
        guard let reference = reference(of: submission), let entries = try? journal.entries(of: .case(reference)) else {
            return nil
        }
        for stored in entries.reversed() {
            if case .reconciled(_, _, _, _, let record?)? = (try? Entry(stored))?.event {
                return try? JSON(parsing: record)
            }
        }
        return nil
    }

    /// Kills the worker `name`; another process takes its place after `pause`.
    public func crashWorker(_ name: String, pause: Duration = .seconds(1)) {
        for index in workers.indices where workers[index].name == name { crashWorker(index, pause: pause) }
    }

    /// Lets nothing pass between the worker `name` and the coordinator for `duration`; neither is told.
    public func cutOff(_ name: String, for duration: Duration) {
        for index in workers.indices where workers[index].name == name { workers[index].cutOffUntil = now + duration }
    }

    /// Kills the coordinator; it starts again after `pause` with what is in its journal.
    public func crashCoordinator(pause: Duration = .seconds(1)) {
        guard coordinator != nil else { return }
        tell("the coordinator crashes")
        coordinator = nil
        for line in lines.keys.sorted() { loseLine(line) }
        schedule(after: pause) { $0.startCoordinator() }
    }

    // MARK: Time

    func schedule(after delay: Duration, _ happening: @escaping (SimulatedMesh) -> Void) {
        agenda.add(now + delay, happening)
    }

    private func step() {
        if let next = agenda.next { now = max(now, next) }
        agenda.popNext()?(self)
    }

    private var isReconciled: Bool {
        submissions.indices.allSatisfy { record(of: Submission(number: $0)) != nil }
    }

    /// The next process of the coordinator opens the journal.
    func openJournal() -> JournalModel {
        journal = JournalModel(disk, nonce: generator.next())
        journal.failure = { [weak self] _ in self?.journalFailure() }
        return journal
    }

    /// Both clocks.
    var clocks: Now {
        Now(steady: now, wall: Timestamp(milliseconds: Self.beginning.milliseconds + now.milliseconds))
    }

    var isFaulty: Bool { faults != .none && now < faults.lasting }

    /// Once a second, what goes wrong by itself.
    private func throwFaults() {
        guard isFaulty else { return }
        for index in workers.indices {
            if generator.happens(faults.workerCrash) {
                crashWorker(index, pause: generator.duration(in: .milliseconds(10)...(.seconds(15))))
            }
            if generator.happens(faults.partition) {
                tell("\(workers[index].name) is cut off")
                workers[index].cutOffUntil = now + generator.duration(in: .zero...(.seconds(20)))
            }
        }
        if generator.happens(faults.coordinatorStall) {
            tell("the coordinator stands still")
            stalledUntil = now + generator.duration(in: .zero...(.seconds(20)))
        }
        schedule(after: .seconds(1)) { $0.throwFaults() }
    }

    func tell(_ sentence: @autoclosure () -> String) { note(.told(sentence())) }

    func note(_ what: @autoclosure () -> MeshEvent.What) {
        if isLogging { log.append(MeshEvent(at: now, what: what())) }
    }
}

/// A complaint on its way.
struct SimulatedSubmission {
    let text: String
    /// Once it is acknowledged.
    var reference: CaseReference?
}
