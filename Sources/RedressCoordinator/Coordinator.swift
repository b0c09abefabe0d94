package import Logging
import RedressCase
package import RedressConfiguration
import RedressContract
import RedressDispatch
package import RedressKeys
package import RedressStore
import RedressTriage
import RedressWire
import ServiceLifecycle
import ZeroMQ

/// The service that holds the record: one actor, whose executor is the thread of its socket, owns the socket and
/// the core. A turn: drain the socket, decide and fold, have it written, and only then send.
package actor Coordinator: Service {
    nonisolated let thread: SocketThread
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    let configuration: Configuration
    let folder: DataFolder
    let endpoint: String
    /// Where the keys are; nil for plain text.
    let keyFolder: KeyFolder?
    let logger: Logger
    let triage: Triage
    let context: Context
    private let onReady: @Sendable (String) -> Void

    /// Who may do what; nil for plain text.
    var keys: KeyWatch?
    /// When it was last said that the list of them cannot be read.
    var keyFaultNotedAt: Duration?
    /// Kept, so that it goes on to answer.
    var authenticator: Authenticator?
    var socket: Socket?
    var writer: JournalWriter?
    /// Why there is none; nil while there is.
    var outage: Outage?
    var reader: JournalReader?
    var broker: Broker
    private var settings = Broker.Settings()
    var generator = SystemRandomNumberGenerator()
    /// Since when steady time counts.
    let started = ContinuousClock.now

    // MARK: Volatile state of the shell

    var clients = Clientele()
    /// The turn in the making.
    var deciding = PendingTurn()
    /// The turn before, while it is on its way to the disk.
    var writing: PendingTurn?
    /// Who waits for that.
    var written: CheckedContinuation<Void, Never>?
    var wroteAt: Duration = .zero
    /// Transactions made durable since the opening.
    var commits: UInt64 = 0
    /// Questions that are being answered, by who asks.
    var asking: [String: Int] = [:]
    /// Submissions that are not on disk yet, by their key.
    var underway: [Digest: PendingIntake] = [:]
    /// Cases that have left memory: the journal need not remember them either.
    var forgotten: [CaseReference] = []
    /// The words of cases that are being worked on; read from the journal again when they have been let go.
    var texts = TextCache(bytesMaximum: 16 << 20)
    /// Cases that wait for triage, and how many are being triaged.
    var awaitingTriage: [CaseReference] = []
    var beingTriaged = 0
    /// No triage starts before this: words could not be read.
    var triageFrom: Duration = .zero
    var splits: [(CaseReference, Split)] = []
    /// Cases whose views are behind.
    var viewsBehind = ViewsBehind()
    var turn: UInt64 = 0
    var isDraining = false
    var freeBytes: UInt64 = .max
    var freeBytesReadAt: Duration?
    var messagesTaken = 0

    /// A coordinator for the data in `folder`, that will bind to `endpoint`.
    ///
    /// - Parameters:
    ///   - keys: where the keys are of the coordinator and of those whom it hears; nil for plain text, on loopback and `ipc`
    ///     endpoints only.
    ///   - onReady: called with the endpoint bound to, once recovery is done and workers and clients are heard.
    /// - Throws: an error of triage's rules or of the operating system.
    package init(
        configuration: Configuration, folder: DataFolder, endpoint: String, keys: KeyFolder? = nil, logger: Logger,
        onReady: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.folder = folder
        self.endpoint = endpoint
        keyFolder = keys
        self.logger = logger
        self.onReady = onReady
        triage = try Triage(rules: configuration.triage)
        context = try Context()
        thread = try SocketThread(name: "coordinator")
        let policy = House.hash(of: configuration.policy)
        broker = Broker(
            policy: policy, policies: [policy: configuration.policy], generator: SystemRandomNumberGenerator())
        settings.scheduling = configuration.scheduling
    }

    /// Serves until it is told to shut down gracefully or is cancelled: then nothing new is taken, the views are brought
    /// up to date and the folder is released, within a second or so. Workers keep what they hold and wait for the next
    /// coordinator.
    package func run() async throws {
        try await open()
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stream {}
        } onCancelOrGracefulShutdown: {
            continuation.finish()
        }
        await close()
    }

    private func open() async throws {
        do throws(ZeroMQError) {
            try Context.raiseDescriptorLimit()
        } catch {
            logger.warning("few connections can be held", metadata: ["error": "\(error)"])
        }
        let security = try await openKeys()
        try recover()
        warnOfUnknownDepartments()
        var options = SocketOptions()
        options.maximumMessageBytes = Int64(Limits.frameBytesMaximum)
        options.security = security
        // Peers ping, and say how long their silence means that they are gone: decision 4.
        options.heartbeatInterval = .zero
        var router = try Socket(.router, in: context, options: options)
        let bound = try router.bind(to: endpoint)
        socket = consume router
        thread.watch(socket!)
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

    private func close() async {
        isDraining = true
        _ = takeTurn()
        thread.stop()
        await settle()
        write(projecting: .all)
        await settle()
        await writer?.close()
        writer = nil
        socket = nil
        authenticator = nil
        logger.info("coordinator closed", metadata: ["turn": "\(turn)"])
    }

    /// Waits until no turn is on its way to the disk.
    private func settle() async {
        while isWriting { await withCheckedContinuation { written = $0 } }
    }

    /// Makes the core what the journal says: at the start, and after a turn that could not be written.
    func recover() throws {
        writer = nil
        // Handed over to the writer at the end, and not touched here from then on.
        nonisolated(unsafe) let journal = try SQLiteJournal(folder)
        reader = try JournalReader(folder)
        deciding = PendingTurn()
        writing = nil
        asking = [:]
        underway = [:]
        forgotten = []
        texts.removeAll()
        awaitingTriage = []
        splits = []
        viewsBehind = ViewsBehind()
        // Sessions end with the core: whoever speaks next is asked to register again.
        clients = Clientele()

        let house = try House(reading: journal)
        let policy = House.hash(of: configuration.policy)
        var policies = house.policies
        policies[policy] = configuration.policy
        broker = Broker(
            policy: policy, policies: policies, settings: settings, generator: SystemRandomNumberGenerator())
        for entry in house.entries { broker.fold(entry) }
        let now = now()
        let opening = house.entries(
            opening: journal.epoch, policy: configuration.policy, keys: keys?.list, at: now.wall)
        turn = journal.durableTurn + 1
        _ = try journal.append(
            Turn(number: turn, epoch: journal.epoch, rows: [Turn.Row(stream: .house, entries: opening)]))
        if try !journal.hasWholeViews() {
            logger.warning("views do not fit the journal; making them anew", metadata: ["data": "\(folder.path)"])
            try journal.rebuildViews(CaseView.init(folding:_:))
        }
        var handful: [FoundCase] = []
        try journal.forEachUnfinishedCase { reference, entries, isProjected in
            handful.append(FoundCase(reference: reference, entries: entries, isProjected: isProjected))
            if handful.count == FoundCase.handful { restore(&handful, now) }
        }
        restore(&handful, now)
        decided()
        // Finished cases came along only because the views do not show them yet. One that ended just now leaves once that is
        // on disk: until then the journal does not tell what it is.
        for (reference, restored) in broker.cases where !restored.isUnfinished && !deciding.touches(reference) {
            viewsBehind.leave(reference, restored.view)
            broker.release(reference)
        }
        broker.begin(now: now)
        decided()
        commits = journal.commits
        writer = try JournalWriter(journal)
    }

    /// Restores cases that were read from the journal, and forgets them there.
    private func restore(_ handful: inout [FoundCase], _ now: Now) {
        for (found, known) in zip(handful, FoundCase.folded(handful)) {
            let reference = found.reference
            if !found.isProjected { viewsBehind.add(reference, turn: 1, at: now.steady) }
            do {
                broker.restore(try known.get(), now: now)
                // One without its policy waits, and is shown as it is.
                guard broker.setAside[reference] != nil else { continue }
                let entries = try found.entries.get()
                viewsBehind.leave(reference, CaseView(folding: reference, entries))
            } catch {
                setAside(reference, error, behindSince: 1)
            }
        }
        handful.removeAll(keepingCapacity: true)
    }

    /// Leaves a case alone whose entries make none, or cannot be read, and has the views say so.
    ///
    /// - Parameter turn: the first turn that the views do not show of it.
    func setAside(_ reference: CaseReference, _ error: any Error, behindSince turn: UInt64) {
        let check = "What else is damaged: redress journal verify --data \(folder.path)"
        let reason = error is FoldError ? "\(error) \(check)" : (error as? JournalError)?.sentence ?? "\(error)"
        broker.setAside(reference, reason)
        viewsBehind.add(reference, turn: turn, at: now().steady)
        viewsBehind.leave(reference, CaseView(setAside: reference))
        logger.error("case set aside", metadata: ["case": "\(reference)", "reason": "\(reason)"])
    }

    /// The opening of the journal that this is, for people.
    var epoch: String { writer?.epoch.description ?? "" }

    /// Both clocks.
    func now() -> Now {
        Now(steady: ContinuousClock.now - started, wall: .now)
    }

    /// What `status` says of the program.
    package static let version = "0.1.0"
}
