package import Logging
import RedressCase
package import RedressConfiguration
import RedressContract
import RedressDispatch
package import RedressStore
import RedressTriage
import RedressWire
import ServiceLifecycle
import ZeroMQ

/// The service that holds the record: one actor, whose executor is the thread of its socket, owns the socket, the core
/// and the journal. A turn is synchronous: drain the socket, decide and fold, write, and only then send.
package actor Coordinator: Service {
    nonisolated let thread: SocketThread
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    let configuration: Configuration
    let folder: DataFolder
    let endpoint: String
    let logger: Logger
    let triage: Triage
    let context: Context
    private let onReady: @Sendable (String) -> Void

    var socket: Socket?
    /// Whether the thread polls the socket.
    var isHeard = false
    var journal: SQLiteJournal?
    var reader: JournalReader?
    var broker: Broker
    var generator = SystemRandomNumberGenerator()
    /// Since when steady time counts.
    let started = ContinuousClock.now

    // MARK: Volatile state of the shell

    var clients: [UInt64: ClientSession] = [:]
    var clientsByPeer: [Peer: UInt64] = [:]
    /// Who follows which case.
    var followers: [CaseReference: Set<UInt64>] = [:]
    /// The turn in the making: its rows, its sends, and the cases that end with it.
    var rows = TurnRows()
    var sends: [Step.Send] = []
    var reconciled: [CaseReference] = []
    /// The rows just written, for those who follow.
    var lastRows: [Turn.Row] = []
    /// Intakes decided in this turn, with whom to tell.
    var intakes: [PendingIntake] = []
    /// The same submissions once more, within this turn.
    var repeats: [(PendingIntake, CaseReference)] = []
    /// What is to be sent once the turn is on disk.
    var outbox: [Peer: [Command]] = [:]
    /// The words of cases that are being worked on; read from the journal again when they have been let go.
    var texts = TextCache(bytesMaximum: 64 << 20)
    /// Cases that wait for triage, and how many are being triaged.
    var awaitingTriage: [CaseReference] = []
    var beingTriaged = 0
    var splits: [(CaseReference, Split)] = []
    /// Finished cases that are in memory only because a message was about them.
    var visiting: Set<CaseReference> = []
    /// Cases whose views are behind, with the view where the case has left memory.
    var unprojected: [CaseReference: CaseView?] = [:]
    var projectedAt: Duration = .zero
    var turn: UInt64 = 0
    var isDraining = false
    var freeBytes: UInt64 = .max
    var freeBytesReadAt: Duration?
    var messagesTaken = 0

    /// A coordinator for the data in `folder`, that will bind to `endpoint`.
    ///
    /// - Parameter onReady: called with the endpoint bound to, once recovery is done and workers and clients are heard.
    /// - Throws: an error of triage's rules or of the operating system.
    package init(
        configuration: Configuration, folder: DataFolder, endpoint: String, logger: Logger,
        onReady: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.folder = folder
        self.endpoint = endpoint
        self.logger = logger
        self.onReady = onReady
        triage = try Triage(rules: configuration.triage)
        context = try Context()
        thread = try SocketThread(name: "coordinator")
        let policy = House.hash(of: configuration.policy)
        broker = Broker(
            policy: policy, policies: [policy: configuration.policy], generator: SystemRandomNumberGenerator())
    }

    /// Serves until it is told to shut down gracefully or is cancelled: then nothing new is taken, the views are brought
    /// up to date and the folder is released, within a second or so. Workers keep what they hold and wait for the next
    /// coordinator.
    package func run() async throws {
        try open()
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stream {}
        } onCancelOrGracefulShutdown: {
            continuation.finish()
        }
        close()
    }

    private func open() throws {
        try recover()
        var options = SocketOptions()
        options.maximumMessageBytes = Int64(Limits.frameBytesMaximum)
        var router = try Socket(.router, in: context, options: options)
        let bound = try router.bind(to: endpoint)
        socket = consume router
        watchSocket()
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.takeTurn() } }
        logger.info(
            "coordinator ready",
            metadata: [
                "endpoint": "\(bound)", "data": "\(folder.path)", "turn": "\(turn)",
                "openCases": "\(broker.cases.count)",
                "setAside": "\(broker.setAside.count)",
            ])
        onReady(bound)
    }

    func watchSocket() {
        guard socket != nil else { return }
        thread.watch(socket!)
        isHeard = true
    }

    func unwatchSocket() {
        guard socket != nil else { return }
        thread.unwatch(socket!)
        isHeard = false
    }

    private func close() {
        isDraining = true
        _ = takeTurn()
        project()
        thread.stop()
        socket = nil
        journal = nil
        logger.info("coordinator closed", metadata: ["turn": "\(turn)"])
    }

    /// Makes the core what the journal says: at the start, and after a turn that could not be written.
    func recover() throws(JournalError) {
        journal = nil
        let opened = try SQLiteJournal(folder)
        journal = opened
        reader = try JournalReader(folder)
        turn = opened.durableTurn
        intakes = []
        repeats = []
        outbox = [:]
        texts.removeAll()
        awaitingTriage = []
        splits = []
        visiting = []
        unprojected = [:]
        // Sessions end with the core: whoever speaks next is asked to register again.
        clients = [:]
        clientsByPeer = [:]
        followers = [:]

        let house = try House(reading: opened)
        let policy = House.hash(of: configuration.policy)
        var policies = house.policies
        policies[policy] = configuration.policy
        broker = Broker(policy: policy, policies: policies, generator: SystemRandomNumberGenerator())
        let now = now()
        try append(
            House.entries(
                opening: opened.epoch, policy: house.policies[policy] == nil ? configuration.policy : nil, at: now.wall)
        )
        try opened.forEachUnfinishedCase { reference, entries, isProjected in
            if !isProjected { unprojected[reference] = .some(nil) }
            do throws(FoldError) {
                broker.restore(try Case(reference, stored: entries), now: now)
            } catch {
                broker.setAside(reference, error.description)
                logger.error("case set aside", metadata: ["case": "\(reference)", "reason": "\(error)"])
            }
        }
        // Finished cases came along only because the views do not show them yet.
        for (reference, restored) in broker.cases where !restored.isUnfinished {
            unprojected[reference] = restored.view
            broker.release(reference)
        }
        try project(to: opened)
        broker.begin(now: now)
        takeOver(broker.takeStep())
        try write()
    }

    /// Both clocks.
    func now() -> Now {
        Now(steady: ContinuousClock.now - started, wall: .now)
    }

    /// What `status` says of the program.
    package static let version = "0.1.0"
}
