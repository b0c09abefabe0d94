internal import RedressCase
internal import RedressContract
internal import RedressDispatch
internal import RedressWire

/// The coordinator's process: the real core and the real clientele, and a model of what lies between them, the journal and
/// the network. One turn is written while the next is decided.
final class SimulatedCoordinator {
    private static let policyHash = "simulated"

    private unowned let mesh: SimulatedMesh
    private let journal: JournalModel
    private(set) var broker: Broker
    private(set) var clients = Clientele()
    private var turn: UInt64
    /// The turn in the making.
    private var deciding = PendingTurn()
    /// The turn on its way to the disk.
    private(set) var writing: RecordedTurn?
    /// What it lets go once it is there.
    private var releasing: PendingTurn?
    /// What people are told is done once the turn in the making is on disk: their reason, and the case.
    private var answers: [(reason: String, about: CaseReference)] = []
    /// Submissions that are not on disk yet, by their key.
    private(set) var underway: [Digest: PendingIntake] = [:]
    private var splits: [(CaseReference, Split)] = []
    private(set) var texts: [CaseReference: [UInt8]] = [:]
    /// Cases whose views are behind, with the view where the case has left memory.
    private var unprojected: [CaseReference: CaseView?] = [:]
    /// When the next turn is to be taken.
    var wakesAt: Duration?

    /// Recovers what `journal` tells.
    init(_ mesh: SimulatedMesh, _ journal: JournalModel) throws(JournalError) {
        self.mesh = mesh
        self.journal = journal
        var settings = Broker.Settings()
        settings.scheduling = mesh.scheduling
        broker = Broker(
            policy: Self.policyHash, policies: [Self.policyHash: mesh.policy], settings: settings,
            generator: SeededGenerator(seed: mesh.generator.next()))
        for stored in try journal.entries(of: .house) {
            if let fields = try? JSONFields(JSON(parsing: stored.structure)), let entry = try? HouseEntry(fields) {
                broker.fold(entry)
            }
        }
        turn = journal.durableTurn + 1
        let opening = StoredEntry(structure: Array(#"{"type":"opened"}"#.utf8))
        _ = try journal.append(
            Turn(number: turn, epoch: journal.epoch, rows: [Turn.Row(stream: .house, entries: [opening])]))
        var unfinished: [(CaseReference, Result<[StoredEntry], JournalError>)] = []
        try journal.forEachUnfinishedCase { reference, entries, isProjected in
            if !isProjected { unprojected[reference] = .some(nil) }
            unfinished.append((reference, entries))
        }
        for (reference, entries) in unfinished {
            do {
                broker.restore(try Case(reference, stored: try entries.get()), now: mesh.clocks)
            } catch {
                broker.setAside(reference, "\(error)")
            }
        }
        decided()
        for (reference, restored) in broker.cases where !restored.isUnfinished && !deciding.touches(reference) {
            unprojected[reference] = restored.view
            broker.release(reference)
        }
        broker.begin(now: mesh.clocks)
        decided()
    }

    /// Takes what the core has decided into the turn.
    private func decided() {
        let step = broker.takeStep()
        for (reference, entry, _) in step.entries { mesh.note(.entry(reference, entry)) }
        deciding.add(step)
        for reference in step.triage { triage(reference) }
    }

    // MARK: Deciding

    func takeTurn() {
        for (peer, message) in mesh.takeSocket() { take(message, from: peer) }
        for order in mesh.takeOrders() {
            order.about.map(bringIn)
            order.does(mesh, &broker, mesh.clocks)
        }
        for (reference, split) in splits { broker.assess(reference, split, now: mesh.clocks) }
        splits = []
        broker.tick(now: mesh.clocks)
        clients.expire(now: mesh.clocks)
        decided()
        mesh.audit(self)
        write()
        mesh.wakeCoordinator(at: mesh.now + broker.wait(now: mesh.clocks))
    }

    /// Has a person told that what they wanted for `reason` is done, once it is on disk.
    func answer(_ reason: String, about reference: CaseReference) { answers.append((reason, reference)) }

    private func take(_ message: [[UInt8]], from peer: Peer) {
        guard let results = try? Message.unpack(message, from: [.worker, .client]) else {
            return mesh.breach("a peer sends a message that is none")
        }
        for result in results {
            do throws(Refusal) {
                try take(try result.get(), from: peer)
            } catch {
                let number = (try? result.get())?.requestNumber ?? 0
                deciding.post(Command(refusal: error, request: number), to: peer)
            }
        }
    }

    private func take(_ command: Command, from peer: Peer) throws(Refusal) {
        if command.kind == .hello { return greet(command, from: peer) }
        if let client = clients.sessions[command.session], client.peer == peer {
            client.heardAt = mesh.now
            if clients.renew(client) { return deciding.post(Command(.register), to: peer) }
            switch command.kind {
            case .submit: return try submit(command, from: client)
            case .follow: try clients.follow(command, client, broker.cases, reading: entries)
            case .credit: clients.credit(command, client, broker.cases, reading: entries)
            case .heartbeat: deciding.post(Command(.heartbeat, session: client.session), to: peer)
            default: throw Refusal(.notAllowed, "\(command.kind) is not for clients.")
            }
            return postEvents()
        }
        guard command.kind.senders.contains(.worker) else { return deciding.post(Command(.register), to: peer) }
        let message = try WorkerMessage(command)
        for reference in message.references { bringIn(reference) }
        broker.handle(message, from: peer, session: command.session, now: mesh.clocks)
    }

    /// Brings a case that is not in memory back from the journal, where there is one.
    private func bringIn(_ reference: CaseReference) {
        guard broker.cases[reference] == nil else { return }
        let entries = entries(of: reference)
        guard !entries.isEmpty, let known = try? Case(reference, stored: entries) else { return }
        broker.restore(known, now: mesh.clocks)
        deciding.visiting.insert(reference)
    }

    private func greet(_ hello: Command, from peer: Peer) {
        guard case .string(let name)? = (try? JSON(parsing: hello.body))?["client"] else {
            return mesh.breach("HELLO has no name")
        }
        let session = mesh.generator.next() | 1
        clients.open(session, for: name, at: peer, now: mesh.clocks)
        deciding.post(Command(.welcome, session: session, body: welcome[...]), to: peer)
    }

    private func submit(_ command: Command, from client: ClientSession) throws(Refusal) {
        guard mesh.lowUntil <= mesh.now else {
            throw Refusal(.diskLow, "The simulated disk is nearly full.", retryAfterMilliseconds: 3000)
        }
        guard let key = command.property(Command.Property.submissionKey),
            let submission = try? JSON(parsing: command.body), case .string(let text)? = submission["text"]
        else { throw Refusal(.malformedBody, "SUBMIT has no key or no text.") }
        let intake = PendingIntake(
            command, by: client.session, as: .random(using: &mesh.generator),
            key: Digest(standingFor: Array(client.name.utf8) + [0] + key),
            body: Digest(standingFor: Array(command.body)))
        if let same = underway[intake.key] {
            deciding.repeats.append((intake, same.reference))
            return
        }
        if mesh.sabotage != .forgetsKeys, let known = try? journal.intake(key: intake.key) {
            acknowledge(intake, known.reference, isRepeated: true, in: &deciding)
            return postEvents()
        }
        try broker.admitRequest(of: client.name, now: mesh.clocks)
        try broker.admitCase(of: client.name)
        underway[intake.key] = intake
        deciding.intakes.append(intake)
        texts[intake.reference] = Array(text.utf8)
        var (priority, customer): (Int?, UInt64?)
        if case .number(let number)? = submission["priority"] { priority = number.whole(as: Int.self) }
        if case .string(let name)? = submission["customer"] { customer = name.utf8.reduce(0) { $0 << 8 | UInt64($1) } }
        broker.submit(
            intake.reference, client: client.name, body: Array(command.body), priority: priority, customer: customer,
            now: mesh.clocks)
    }

    private func acknowledge(
        _ intake: PendingIntake, _ reference: CaseReference, isRepeated: Bool, in pending: inout PendingTurn
    ) {
        guard let client = clients.sessions[intake.client] else { return }
        pending.post(
            Command(
                .accepted, reference: reference, session: client.session, first: intake.request,
                second: isRepeated ? 1 : 0),
            to: client.peer)
        clients.follow(reference, as: intake, client)
        if isRepeated { clients.tell(client, reference, broker.cases, reading: entries) }
    }

    private func entries(of reference: CaseReference) -> [StoredEntry] {
        (try? journal.entries(of: .case(reference))) ?? []
    }

    private func postEvents() {
        for send in clients.takeSends() { deciding.post(send.command, to: send.peer) }
    }

    // MARK: Writing

    /// Gives the turn to the disk, unless one is on its way.
    private func write() {
        guard writing == nil else { return }
        let pending = deciding
        deciding = PendingTurn()
        let answers = answers
        self.answers = []
        guard !pending.drafts.isEmpty else { return release(pending, [], answers) }
        turn += 1
        for case .case(let reference) in pending.drafts.map(\.stream) { unprojected[reference] = .some(nil) }
        let next = Turn(
            number: turn, epoch: journal.epoch,
            intakes: pending.intakes.map { Turn.Intake(reference: $0.reference, key: $0.key, body: $0.body) },
            rows: pending.drafts.map(\.row))
        let views = mesh.generator.happens(0.2) ? projection() : nil
        let memory = Dictionary(uniqueKeysWithValues: broker.cases.map { ($0.key, $0.value) })
        writing = RecordedTurn(turn: next, memory: memory, clocks: mesh.clocks)
        releasing = pending
        if mesh.sabotage == .speaksEarly { release(pending, next.rows, answers) }
        mesh.schedule(after: mesh.generator.duration(in: mesh.faults.writing)) { [weak self] mesh in
            guard let self, mesh.coordinator === self else { return }
            wrote(next.rows, views, answers)
        }
    }

    /// The views of all cases that are behind, as they are when the turn has been written.
    private func projection() -> [CaseView] {
        defer { unprojected = [:] }
        return unprojected.sorted { $0.key < $1.key }.compactMap { broker.cases[$0.key]?.view ?? $0.value }
    }

    /// The disk is done with the turn, and has the next before this one is let go; at any step the process may be killed.
    private func wrote(
        _ rows: [Turn.Row], _ views: [CaseView]?, _ answers: [(reason: String, about: CaseReference)]
    ) {
        guard let turn = writing, let pending = releasing else { return }
        let isDoomed = mesh.fails(mesh.faults.coordinatorCrash)
        if isDoomed, mesh.generator.happens(0.25) { return mesh.killCoordinator() }
        writing = nil
        do throws(JournalError) {
            try mesh.append(turn, to: journal)
        } catch {
            mesh.tell("the journal fails: \(error)")
            return mesh.recoverCoordinator()
        }
        releasing = nil
        if let views { try? journal.project(views, upTo: journal.durableTurn) }
        if !deciding.drafts.isEmpty { write() }
        release(pending, rows, answers, isDoomed ? Double.random(in: -0.3...1, using: &mesh.generator) : 1)
        if isDoomed { mesh.killCoordinator() }
        mesh.wakeCoordinator(at: mesh.now)
    }

    /// Lets go what a turn says, or the first `share` of it.
    private func release(
        _ pending: PendingTurn, _ rows: [Turn.Row], _ answers: [(reason: String, about: CaseReference)],
        _ share: Double = 1
    ) {
        func part(of count: Int) -> Int { max(0, Int((Double(count) * share).rounded())) }
        var pending = pending
        for intake in pending.intakes {
            underway[intake.key] = nil
            acknowledge(intake, intake.reference, isRepeated: false, in: &pending)
        }
        for (intake, reference) in pending.repeats { acknowledge(intake, reference, isRepeated: true, in: &pending) }
        for send in pending.sends {
            guard let command = resolved(send) else { continue }
            pending.post(command, to: send.peer)
        }
        clients.tell(of: pending, rows, broker.cases, reading: entries)
        pending.post(clients.takeSends(), orBehind: &releasing, &deciding)
        clients.withholdErased(by: &pending, &releasing, &deciding)
        let posts = pending.posts.sorted { $0.key.routingID.lexicographicallyPrecedes($1.key.routingID) }
        for (peer, commands) in posts.prefix(part(of: posts.count)) {
            let commands = clients.withoutStaleEvents(commands)
            if !mesh.transmit(commands, SimulatedMesh.line(peer), fromCoordinator: true) { clients.forget(peer) }
        }
        for (reason, reference) in answers.prefix(part(of: answers.count)) {
            if broker.cases[reference]?.isErased == true { forgetWords(of: reference) }
            mesh.witness.acknowledged(reason, about: reference)
        }
        for reference in pending.visiting.union(pending.reconciled).sorted() { letGo(reference) }
    }

    private func resolved(_ send: Step.Send) -> Command? {
        var command = send.command
        switch send.body {
        case .own: break
        case .welcome: command.body = welcome[...]
        case .brief:
            guard let task = command.task,
                let brief = broker.cases[task.reference]?.brief(
                    task.number, attempt: command.attempt, text: text(of: task.reference))
            else { return nil }
            command.body = brief.jsonBytes[...]
            guard command.body.count <= Limits.briefBytesMaximum else {
                broker.park(task, command.attempt, briefBytes: command.body.count, now: mesh.clocks)
                return nil
            }
        }
        return command
    }

    private var welcome: [UInt8] {
        let body: JSON = [
            "epoch": .string("\(journal.epoch)"),
            "heartbeatMilliseconds": .number(ExactNumber(Int(broker.settings.heartbeat.milliseconds))),
            "leaseMilliseconds": .number(ExactNumber(Int(mesh.policy.leaseMilliseconds))),
        ]
        return body.bytes
    }

    private func text(of reference: CaseReference) -> [UInt8] {
        if let text = texts[reference] { return text }
        guard let body = entries(of: reference).first?.parts.first?.bytes,
            case .string(let text)? = (try? JSON(parsing: body))?["text"]
        else { return [] }
        texts[reference] = Array(text.utf8)
        return Array(text.utf8)
    }

    private func triage(_ reference: CaseReference) {
        let split = mesh.splits[text(of: reference)] ?? Split(issues: [], unplaced: [], sentences: 0)
        let delay = mesh.generator.duration(in: .zero...(.milliseconds(20)))
        mesh.schedule(after: delay) { [weak self] mesh in
            self?.splits.append((reference, split))
            mesh.wakeCoordinator(at: mesh.now)
        }
    }

    /// Lets a finished case leave memory, unless a turn that is not on disk yet is about it.
    private func letGo(_ reference: CaseReference) {
        guard let finished = broker.cases[reference], !finished.isUnfinished else { return }
        guard !PendingTurn.keeps(reference, &releasing, &deciding) else { return }
        if unprojected[reference] != nil { unprojected[reference] = finished.view }
        forgetWords(of: reference)
        broker.release(reference)
    }

    private func forgetWords(of reference: CaseReference) {
        if mesh.sabotage != .keepsWords { texts[reference] = nil }
    }
}

/// The coordinator's life, as its process has it.
extension SimulatedMesh {
    /// Starts the process: it listens, and recovers until that succeeds.
    func startCoordinator() {
        isListening = true
        tell("the coordinator starts")
        recoverCoordinator()
    }

    /// Drops the core, and makes another of what is in the journal; while that fails nobody is heard.
    func recoverCoordinator() {
        coordinator = nil
        let life = coordinatorLife
        do throws(JournalError) {
            coordinator = try SimulatedCoordinator(self, openJournal())
            witness.lookAtErased(in: journal)
            wakeCoordinator(at: now)
        } catch {
            tell("the coordinator cannot recover: \(error)")
            schedule(after: .seconds(1)) { if $0.coordinatorLife == life { $0.recoverCoordinator() } }
        }
    }

    /// Ends the process, at once. What it was writing may be on disk all the same.
    func endCoordinator() {
        coordinatorLife += 1
        isListening = false
        socket = []
        orders = []
        if let turn = coordinator?.writing, Bool.random(using: &generator) {
            do throws(JournalError) { try append(turn, to: journal) } catch { tell("\(error)") }
        }
        coordinator = nil
        for line in lines.keys.sorted() { loseLine(line) }
    }

    func killCoordinator() { crashCoordinator(pause: pause(.seconds(12))) }

    /// Lets the coordinator take a turn at `time` at the latest.
    func wakeCoordinator(at time: Duration) {
        let time = max(time, stalledUntil, now)
        guard let coordinator, coordinator.wakesAt.map({ time < $0 }) ?? true else { return }
        coordinator.wakesAt = time
        agenda.add(time) { [weak coordinator] mesh in
            guard let coordinator, mesh.coordinator === coordinator, coordinator.wakesAt == time else { return }
            coordinator.wakesAt = nil
            guard mesh.now >= mesh.stalledUntil else { return mesh.wakeCoordinator(at: mesh.stalledUntil) }
            coordinator.takeTurn()
        }
    }

    /// What has arrived and was not heard yet.
    func takeSocket() -> [(Peer, [[UInt8]])] {
        defer { socket = [] }
        return socket
    }

    /// What the core is to do in its next turn, as an owner's command, with the case in memory that it is about.
    struct Order {
        var about: CaseReference?
        var does: (SimulatedMesh, inout Broker, Now) -> Void
    }

    func order(about reference: CaseReference? = nil, _ does: @escaping (SimulatedMesh, inout Broker, Now) -> Void) {
        orders.append(Order(about: reference, does: does))
        wakeCoordinator(at: now)
    }

    func takeOrders() -> [Order] {
        defer { orders = [] }
        return orders
    }

    /// The next opening of the journal.
    private func openJournal() -> JournalModel {
        journal = JournalModel(disk, nonce: generator.next())
        journal.failure = { [weak self] _ in self?.journalFailure() }
        journal.sparesLast = sabotage == .sparesLast
        return journal
    }

    private func journalFailure() -> JournalModel.Failure? {
        let error = JournalError(.inputOutput, "The simulated disk failed.")
        if now < fullUntil { return .refused(JournalError(.inputOutput, "The simulated disk is full.")) }
        guard fails(faults.journalFailure) else { return nil }
        return Bool.random(using: &generator) ? .refused(error) : .unanswered(error)
    }

    /// Has a turn written; what is on disk is witnessed, whatever the journal answers.
    func append(_ decided: RecordedTurn, to journal: JournalModel) throws(JournalError) {
        let before = journal.durableTurn
        let turn = sabotaged(decided.turn)
        defer {
            if journal.durableTurn > before {
                witness.see(turn, memory: decided.memory, in: journal)
                recorded?.append(RecordedTurn(turn: turn, memory: decided.memory, clocks: decided.clocks))
            }
        }
        _ = try journal.append(turn)
    }

    /// The turn as it is written.
    private func sabotaged(_ turn: Turn) -> Turn {
        guard let sabotage, generator.happens(0.1) else { return turn }
        var turn = turn
        let last = turn.rows.count - 1
        switch sabotage {
        case .losesTurns:
            turn.rows = [Turn.Row(stream: .house, entries: [StoredEntry(structure: [])])]
            turn.intakes = []
        case .tearsTurns where turn.rows[last].entries.count > 1: turn.rows[last].entries.removeLast()
        case .repeatsEntries: turn.rows[last].entries += turn.rows[last].entries.suffix(1)
        default: break
        }
        return turn
    }
}
