package import RedressCase
internal import RedressClient
public import RedressContract
package import RedressDispatch
internal import RedressWire
internal import RedressWorker

/// A whole mesh in one process and no real time: the own cores of the coordinator, workers and clients, with a simulated
/// journal, network and clock. What happens follows from the seed, so that a failure can be played again.
///
/// <doc:RedressTesting> shows a test.
public final class SimulatedMesh {
    /// What a department does, at once in real time; how long it takes is simulated. It can throw what handlers of real
    /// workers throw.
    public typealias Handler = (Brief) throws -> Contribution

    /// Which way nothing passes between a worker and the coordinator.
    public enum Direction: Sendable, CaseIterable {
        case bothWays, toCoordinator, fromCoordinator
    }

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

    package let policy: Policy
    let scheduling: Scheduling
    let faults: Faults
    /// What is broken on purpose.
    let sabotage: Sabotage?
    /// The turns that are on disk, each with the cases in memory when it was decided, where that was asked for.
    package internal(set) var recorded: [RecordedTurn]?
    var generator: SeededGenerator
    var agenda = Agenda<(SimulatedMesh) -> Void>()
    /// What has happened so far, counted.
    private(set) var stepCount = 0
    let disk = JournalModel.Disk()
    /// The journal's last opening.
    package internal(set) var journal: JournalModel
    /// What has been written and told so far.
    package internal(set) var witness: MeshWitness
    /// What was seen that must never be, apart from what the witness saw.
    var faultsSeen: [String] = []

    /// nil while the process does not run, or cannot recover.
    var coordinator: SimulatedCoordinator?
    /// Counts the coordinator's processes.
    var coordinatorLife = 0
    /// Whether the coordinator's process has its socket.
    var isListening = false
    /// What has arrived there.
    var socket: [(Peer, [[UInt8]])] = []
    var orders: [Order] = []
    /// Counts what people want done for good.
    var demandCount = 0
    var stalledUntil: Duration = .zero
    /// How far the wall clock is off.
    var wallOffset: Duration = .zero
    var lowUntil: Duration = .zero
    var fullUntil: Duration = .zero

    var stations: [Station] = []
    var workers: [SimulatedWorker] = []
    var clients: [SimulatedClient] = []
    var lines: [UInt32: SimulatedLine] = [:]
    var lineCount: UInt32 = 0
    var submissions: [SimulatedSubmission] = []
    var splits: [[UInt8]: Split] = [:]

    /// A mesh without workers, whose coordinator has just started.
    public convenience init(_ playbook: Playbook, seed: UInt64 = 1, faults: Faults = .none) {
        self.init(playbook, seed: seed, faults: faults, sabotage: nil)
    }

    package init(
        _ playbook: Playbook, _ scheduling: Scheduling = Scheduling(), seed: UInt64, faults: Faults,
        sabotage: Sabotage?,
        isRecording: Bool = false
    ) {
        self.scheduling = scheduling
        self.sabotage = sabotage
        recorded = isRecording ? [] : nil
        policy = playbook.policy
        self.seed = seed
        self.faults = faults
        generator = SeededGenerator(seed: seed)
        witness = MeshWitness(playbook.policy)
        journal = JournalModel(disk, nonce: 0)
        startCoordinator()
        guard faults != .none else { return }
        schedule(after: .seconds(1)) { $0.throwFaults() }
        if faults.interference > 0 { schedule(after: .seconds(1)) { $0.letPeopleAct() } }
    }

    // MARK: What a test does

    /// Adds a worker for `departments` of the playbook.
    ///
    /// - Parameters:
    ///   - name: a label for the log, and to name the worker by.
    ///   - contracts: the types of task that it takes, with version, such as `billing/review@1`; none means all.
    ///   - concurrency: how many tasks it holds at once.
    ///   - takes: how long a task takes.
    public func addWorker(
        _ name: String, for departments: [String], contracts: [String] = [], concurrency: Int = 4,
        takes: ClosedRange<Duration> = .milliseconds(50)...(.milliseconds(500)), handler: @escaping Handler
    ) {
        let station = addStation(name, .worker(workers.count))
        workers.append(
            SimulatedWorker(
                name: name, station: station, departments: departments.map(department), contracts: contracts,
                concurrency: concurrency, takes: takes, handler: handler))
        start(station)
    }

    /// Submits a complaint of these issues, each the words of one department, and of sentences that belong to none.
    @discardableResult
    public func submit(
        _ issues: [(department: String, words: String)], unplaced: [String] = [], by client: String = "desk"
    ) -> Submission {
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
        return submit(text, split: split, by: client)
    }

    /// Submits a complaint that triage will break up as `split`. The client, which is added where it is new, says it with
    /// the same key until it is acknowledged, and follows the case until it is reconciled.
    @discardableResult
    public func submit(_ text: String, split: Split, by client: String = "desk") -> Submission {
        submit(Complaint(text: text), split: split, by: client, following: .everyEntry)
    }

    @discardableResult
    func submit(_ complaint: Complaint, split: Split, by name: String, following scope: FollowScope?) -> Submission {
        splits[Array(complaint.text.utf8)] = split
        let client = clients.firstIndex { stations[$0.station].name == name } ?? addClient(name)
        let number = submissions.count
        submissions.append(
            SimulatedSubmission(
                client: client, key: "complaint-\(number)", complaint: complaint, scope: scope, isHeardOut: scope == nil
            ))
        ask(number)
        attend(clients[client].station)
        return Submission(number: number)
    }

    private func addClient(_ name: String) -> Int {
        let station = addStation(name, .client(clients.count))
        clients.append(SimulatedClient(station: station))
        start(station)
        return clients.count - 1
    }

    /// Lets so much time pass.
    public func run(for duration: Duration) {
        let end = now + duration
        while let next = agenda.next, next <= end, breaches.isEmpty { step() }
        if breaches.isEmpty { now = end }
    }

    /// Lets time pass until all complaints are acknowledged and reconciled, and their clients have heard of it.
    ///
    /// - Returns: whether they are, `duration` from now.
    @discardableResult
    public func runUntilReconciled(within duration: Duration = .seconds(3600)) -> Bool {
        let end = now + duration
        while !isDone, breaches.isEmpty, now < end { run(for: min(.seconds(1), end - now)) }
        return isDone
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
                return try? JSON(parsing: record.bytes)
            }
        }
        return nil
    }

    /// Kills the worker `name`; another process takes its place after `pause`.
    public func crashWorker(_ name: String, pause: Duration = .seconds(1)) {
        for worker in workers where worker.name == name { crash(worker.station, pause: pause) }
    }

    /// Asks the worker `name` to finish what it holds and leave; another process takes its place.
    public func drainWorker(_ name: String) {
        for worker in workers where worker.name == name { drain(worker, byItself: true) }
    }

    /// Lets nothing pass between the worker or client `name` and the coordinator for `duration`; neither is told.
    public func cutOff(_ name: String, for duration: Duration, _ direction: Direction = .bothWays) {
        for index in stations.indices where stations[index].name == name { cutOff(index, for: duration, direction) }
    }

    /// Kills the coordinator; it starts again after `pause` with what is in its journal.
    public func crashCoordinator(pause: Duration = .seconds(1)) {
        guard isListening else { return }
        tell("the coordinator crashes")
        endCoordinator()
        schedule(after: pause) { $0.startCoordinator() }
    }

    // MARK: Time

    func schedule(after delay: Duration, _ happening: @escaping (SimulatedMesh) -> Void) {
        agenda.add(now + delay, happening)
    }

    private func step() {
        stepCount += 1
        if let next = agenda.next { now = max(now, next) }
        agenda.popNext()?(self)
    }

    /// Both clocks.
    var clocks: Now {
        Now(
            steady: now,
            wall: Timestamp(milliseconds: Self.beginning.milliseconds + (now + wallOffset).milliseconds))
    }

    func tell(_ sentence: @autoclosure () -> String) { note(.told(sentence())) }

    func note(_ what: @autoclosure () -> MeshEvent.What) {
        if isLogging { log.append(MeshEvent(at: now, what: what())) }
    }
}

/// A turn on disk, and what it was decided in.
package struct RecordedTurn {
    package var turn: Turn
    /// The cases in memory, with what the turn changed.
    package var memory: [CaseReference: Case]
    package var clocks: Now
}
