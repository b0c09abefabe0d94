internal import RedressCase
internal import RedressContract
internal import RedressDispatch
internal import RedressWire

/// The coordinator's process: the core, and what lies between it, the journal and the network.
struct SimulatedCoordinator {
    var broker: Broker
    let journal: JournalModel
    var turn: UInt64
    var inbox: [(Peer, [[UInt8]])] = []
    /// Complaints that have arrived, by number.
    var submissions: [Int] = []
    /// Of this turn: which complaints became cases.
    var intakes: [(number: Int, reference: CaseReference)] = []
    var splits: [(CaseReference, Split)] = []
    var texts: [CaseReference: [UInt8]] = [:]
    /// Finished cases that a message was about.
    var visiting: Set<CaseReference> = []
    var wakesAt: Duration?
}

/// The coordinator's turns: decide, write, and only then send.
extension SimulatedMesh {
    private static let policyHash = "simulated"

    func startCoordinator() {
        coordinatorLife += 1
        let journal = openJournal()
        var broker = Broker(
            policy: Self.policyHash, policies: [Self.policyHash: policy],
            generator: SeededGenerator(seed: generator.next()))
        do {
            try journal.forEachUnfinishedCase { reference, entries, _ in
                do throws(FoldError) {
                    broker.restore(try Case(reference, stored: entries), now: clocks)
                } catch {
                    breaches.append("\(reference) cannot be recovered: \(error)")
                }
            }
            try journal.project(broker.cases.values.map(\.view), upTo: journal.durableTurn)
        } catch {
            breaches.append("the journal cannot be read: \(error)")
        }
        for reference in Array(broker.cases.keys) { broker.release(reference) }
        broker.begin(now: clocks)
        coordinator = SimulatedCoordinator(broker: broker, journal: journal, turn: journal.durableTurn)
        tell("the coordinator starts")
        wakeCoordinator(at: now)
    }

    /// Whether the journal fails now.
    func journalFailure() -> JournalModel.Failure? {
        guard isFaulty, generator.happens(faults.journalFailure) else { return nil }
        let error = JournalError(.inputOutput, "The simulated disk failed.")
        return Bool.random(using: &generator) ? .refused(error) : .unanswered(error)
    }

    /// Lets the coordinator take a turn at `time` at the latest.
    func wakeCoordinator(at time: Duration) {
        let time = max(time, stalledUntil, now)
        guard let known = coordinator, known.wakesAt.map({ time < $0 }) ?? true else { return }
        coordinator?.wakesAt = time
        let life = coordinatorLife
        agenda.add(time) { mesh in
            guard mesh.coordinatorLife == life, mesh.coordinator?.wakesAt == time else { return }
            mesh.coordinator?.wakesAt = nil
            mesh.takeTurn()
        }
    }

    private func takeTurn() {
        guard now >= stalledUntil else { return wakeCoordinator(at: stalledUntil) }
        guard var taking = coordinator else { return }
        let inbox = taking.inbox
        taking.inbox = []
        for (peer, message) in inbox { take(message, from: peer, &taking) }
        for number in taking.submissions { take(number, &taking) }
        taking.submissions = []
        for (reference, split) in taking.splits { taking.broker.assess(reference, split, now: clocks) }
        taking.splits = []
        taking.broker.tick(now: clocks)
        let step = taking.broker.takeStep()
        coordinator = taking
        write(step)
        if let wait = coordinator?.broker.wait(now: clocks) { wakeCoordinator(at: now + wait) }
    }

    private func take(_ message: [[UInt8]], from peer: Peer, _ taking: inout SimulatedCoordinator) {
        guard let commands = try? Message.unpack(message, from: .worker) else { return }
        for case .success(let command) in commands {
            guard let said = try? WorkerMessage(command) else {
                breaches.append("a worker said something that cannot be read: \(command.kind)")
                continue
            }
            for reference in said.references where taking.broker.cases[reference] == nil {
                guard let entries = try? taking.journal.entries(of: .case(reference)), !entries.isEmpty,
                    let known = try? Case(reference, stored: entries)
                else { continue }
                taking.broker.restore(known, now: clocks)
                taking.visiting.insert(reference)
            }
            taking.broker.handle(said, from: peer, session: command.session, now: clocks)
        }
    }

    private func take(_ number: Int, _ taking: inout SimulatedCoordinator) {
        if let known = try? taking.journal.intake(key: Self.key(number)) {
            return acknowledge(number, known.reference)
        }
        guard !taking.intakes.contains(where: { $0.number == number }) else { return }
        let reference = CaseReference.random(using: &generator)
        taking.intakes.append((number, reference))
        let body: JSON = ["text": .string(submissions[number].text)]
        taking.broker.submit(reference, client: "desk", body: body.bytes, now: clocks)
    }

    private static func key(_ number: Int) -> Digest {
        Digest((0..<32).map { UInt8(truncatingIfNeeded: $0 < 8 ? number >> (8 * $0) : 0) }) ?? .zero
    }

    /// Writes the turn, and sends what it says once it is on disk; at any step of it the process may be killed.
    private func write(_ step: Step) {
        var rows: [Turn.Row] = []
        for (reference, entry, _) in step.entries {
            note(.entry(reference, entry))
            if let place = rows.firstIndex(where: { $0.stream == .case(reference) }) {
                rows[place].entries.append(entry.stored)
            } else {
                rows.append(Turn.Row(stream: .case(reference), entries: [entry.stored]))
            }
        }
        let isDoomed = !rows.isEmpty && isFaulty && generator.happens(faults.coordinatorCrash)
        var sends = step.sends[...]
        if isDoomed {
            let survivors = Int.random(in: -2...sends.count, using: &generator)
            if survivors == -2 { return crashSoon() }
            sends = sends.prefix(max(survivors, 0))
        }
        do throws(JournalError) {
            try append(rows)
        } catch {
            tell("the journal fails: \(error)")
            coordinator = nil
            return startCoordinator()
        }
        if !isDoomed { for (number, reference) in coordinator?.intakes ?? [] { acknowledge(number, reference) } }
        coordinator?.intakes = []
        release(sends)
        for reference in step.triage { triage(reference) }
        if isDoomed { return crashSoon() }
        letGo(step.reconciled)
        if coordinator?.turn.isMultiple(of: 8) == true { compareWithJournal() }
    }

    private func crashSoon() { crashCoordinator(pause: generator.duration(in: .milliseconds(10)...(.seconds(12)))) }

    private func append(_ rows: [Turn.Row]) throws(JournalError) {
        guard !rows.isEmpty, let writing = coordinator else { return }
        let intakes = writing.intakes.map { number, reference in
            Turn.Intake(reference: reference, key: Self.key(number), body: Self.key(number))
        }
        _ = try writing.journal.append(
            Turn(number: writing.turn + 1, epoch: writing.journal.epoch, intakes: intakes, rows: rows))
        coordinator?.turn += 1
    }

    private func release(_ sends: ArraySlice<Step.Send>) {
        var outbox: [(line: UInt32, commands: [Command])] = []
        for send in sends {
            var command = send.command
            switch send.body {
            case .own: break
            case .welcome: command.body = welcome[...]
            case .brief:
                guard let task = command.task,
                    let brief = coordinator?.broker.cases[task.reference]?.brief(
                        task.number, attempt: command.attempt, text: text(of: task.reference))
                else { continue }
                command.body = brief.jsonBytes[...]
            }
            let line = Self.line(send.peer)
            if let place = outbox.firstIndex(where: { $0.line == line }) {
                outbox[place].commands.append(command)
            } else {
                outbox.append((line, [command]))
            }
        }
        for (line, commands) in outbox { transmit(commands, line, toWorker: true) }
    }

    private var welcome: [UInt8] {
        let body: JSON = [
            "epoch": .string("\(coordinatorLife)"), "heartbeatMilliseconds": 2500,
            "leaseMilliseconds": .number(ExactNumber(Int(policy.leaseMilliseconds))),
        ]
        return body.bytes
    }

    private func text(of reference: CaseReference) -> [UInt8] {
        if let text = coordinator?.texts[reference] { return text }
        guard let body = try? coordinator?.journal.entries(of: .case(reference)).first?.parts.first?.bytes,
            case .string(let text)? = (try? JSON(parsing: body))?["text"]
        else { return [] }
        coordinator?.texts[reference] = Array(text.utf8)
        return Array(text.utf8)
    }

    private func triage(_ reference: CaseReference) {
        let life = coordinatorLife
        let split = splits[text(of: reference)] ?? Split(issues: [], unplaced: [], sentences: 0)
        schedule(after: generator.duration(in: .zero...(.milliseconds(20)))) { mesh in
            guard mesh.coordinatorLife == life else { return }
            mesh.coordinator?.splits.append((reference, split))
            mesh.wakeCoordinator(at: mesh.now)
        }
    }

    /// Lets finished cases leave memory, now and then together with their views.
    private func letGo(_ reconciled: [CaseReference]) {
        guard let leaving = coordinator else { return }
        for reference in leaving.visiting.union(reconciled) { coordinator?.broker.release(reference) }
        coordinator?.visiting = []
    }
}
