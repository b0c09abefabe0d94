package import RedressCase
package import RedressContract
package import RedressWire

/// Reads the journal as it is written, and holds against it what people were told and what is in memory: what must hold of
/// every mesh, whatever goes wrong.
package struct MeshWitness {
    /// What all words of a random mesh's cases have in them, and nothing else that is said has.
    static let name = "Zoe"

    private typealias Settled = (settlement: ConflictSettlement, by: String, said: [String])

    private let policy: Policy
    /// The cases, folded anew from the bytes on disk.
    package private(set) var cases: [CaseReference: Case] = [:]
    /// Which process had an attempt.
    private var holders: [TaskID: [UInt32: UInt64]] = [:]
    /// The case of each key that is on disk, and of each that was acknowledged.
    private var keys: [Digest: CaseReference] = [:]
    private var acknowledged: [String: CaseReference] = [:]
    /// How many entries stand before the last erasure of each case that was erased.
    private var erasures: [CaseReference: Int] = [:]
    /// What a person settled last of each fact, with what the departments said of it then.
    private var settlements: [CaseReference: [FactKey: Settled]] = [:]
    /// Why people had each case erased and its conflicts settled, and of which of that they were told that it is done.
    private var reasons: [CaseReference: Set<String>] = [:]
    private var reasonsAcknowledged: Set<String> = []
    private var lastTurn: UInt64 = 0
    /// What must never be and was seen, in sentences.
    package private(set) var breaches: [String] = []

    /// A witness of cases that are planned and reconciled by `policy`.
    package init(_ policy: Policy) { self.policy = policy }

    /// The unfinished cases.
    var unfinished: some Sequence<CaseReference> { cases.lazy.filter { $0.value.isUnfinished }.map(\.key) }

    /// Whether a case has its record.
    func isReconciled(_ reference: CaseReference) -> Bool { cases[reference].map { !$0.isUnfinished } ?? false }

    /// A turn is on disk.
    ///
    /// - Parameters:
    ///   - memory: what the cases that it changes are in the memory of the coordinator that wrote it.
    ///   - journal: what it was written to, where that is to be looked at.
    package mutating func see(_ turn: Turn, memory: [CaseReference: Case], in journal: JournalModel? = nil) {
        if turn.number <= lastTurn { breaches.append("turn \(turn.number) is written after turn \(lastTurn)") }
        lastTurn = turn.number
        for intake in turn.intakes {
            if let known = keys.updateValue(intake.reference, forKey: intake.key) {
                breaches.append("one key opens \(known) and \(intake.reference)")
            }
        }
        for row in turn.rows {
            guard case .case(let reference) = row.stream else { continue }
            for stored in row.entries { see(stored, of: reference) }
            if cases[reference] != memory[reference] {
                breaches.append("\(reference) in memory is not what the journal tells at turn \(turn.number)")
            }
            if let journal { lookAtErased(reference, in: journal) }
        }
    }

    /// A client was told that its complaint is on disk.
    package mutating func acknowledged(_ key: String, _ reference: CaseReference, in journal: JournalModel) {
        if let known = acknowledged.updateValue(reference, forKey: key), known != reference {
            breaches.append("complaint \(key) was acknowledged as \(known) and as \(reference)")
        }
        if (try? journal.entries(of: .case(reference)))?.isEmpty ?? true {
            breaches.append("complaint \(key) was acknowledged as \(reference), which is not on disk")
        }
        if acknowledged.values.count(where: { $0 == reference }) > 1 {
            breaches.append("two complaints were acknowledged as \(reference)")
        }
    }

    // MARK: Deeds that hold for good

    /// Whether somebody was told that what was wanted for `reason` is done.
    func hasAcknowledged(_ reason: String) -> Bool { reasonsAcknowledged.contains(reason) }

    /// Somebody was told that what was wanted of a case for `reason` is done.
    package mutating func acknowledged(_ reason: String, about reference: CaseReference) {
        reasonsAcknowledged.insert(reason)
        if reasons[reference]?.contains(reason) != true {
            breaches.append("\(reference): \"\(reason)\" was acknowledged, which is not on disk")
        }
    }

    /// The coordinator says `command` to somebody: nothing that was said of a case before it was erased.
    package mutating func told(_ command: Command) {
        guard let reference = command.task?.reference ?? command.reference, let count = erasures[reference] else {
            return
        }
        let hasWords: Bool
        switch command.kind {
        case .offer: hasWords = true
        case .event:
            let event = try? JSON(parsing: command.body)
            guard case .string(let cursor)? = event?["cursor"], let place = Int(cursor.dropFirst()) else { return }
            hasWords = place <= count && event?["body"].map { $0 != ["erased": true] } ?? false
        default: hasWords = command.body.contains(Self.name.utf8)
        }
        if hasWords { breaches.append("\(reference) was erased, and \(command.kind) tells words of it") }
    }

    /// Looks at what is left of all cases that were erased.
    package mutating func lookAtErased(in journal: JournalModel) {
        for reference in erasures.keys.sorted() { lookAtErased(reference, in: journal) }
    }

    private mutating func lookAtErased(_ reference: CaseReference, in journal: JournalModel) {
        guard let count = erasures[reference], let entries = try? journal.entries(of: .case(reference)) else { return }
        let rows = journal.turns.flatMap(\.rows).filter { $0.stream == .case(reference) }
        for kept in [entries, rows.flatMap(\.entries)] {
            let hasWords = kept.prefix(count).contains { entry in
                entry.structure.contains(Self.name.utf8) || entry.parts.contains { $0.bytes != nil }
            }
            if hasWords { breaches.append("\(reference) was erased, and words of it are on disk") }
        }
        if (try? Case(reference, stored: entries)) != cases[reference] {
            breaches.append("\(reference) is not what its erasure has left on disk")
        }
    }

    // MARK: Entries

    private mutating func see(_ stored: StoredEntry, of reference: CaseReference) {
        do {
            let entry = try Entry(stored)
            if entry.stored != stored { breaches.append("\(reference): an entry changes when it is read and written") }
            if var known = cases[reference] {
                check(entry, known)
                try known.fold(entry)
                cases[reference] = known
            } else {
                cases[reference] = try Case(reference, entry)
            }
        } catch {
            breaches.append("\(reference): \(error)")
        }
    }

    private mutating func check(_ entry: Entry, _ before: Case) {
        func breach(_ isSo: Bool, _ sentence: @autoclosure () -> String) {
            if isSo { breaches.append("\(before.reference) at \(entry.at): \(sentence())") }
        }
        breach(entry.at < before.lastEntryAt, "an entry precedes the one before it")
        switch entry.event {
        case .erased, .ended(_, .cancelled, _, _): break
        default: breach(before.isErased, "\(entry.event.type) follows though it was erased")
        }
        switch entry.event {
        case .ready(let disclosures):
            for number in disclosures.map(\.task) {
                let task = before.task(number)
                breach(task?.state != .blocked, "what task \(number) waits for comes about twice")
                let premises = task?.plan.after.compactMap { before.task($0) } ?? []
                let contributed = premises.count { $0.outcome == .contributed }
                breach(
                    premises.contains { $0.state != .ended } && contributed < task?.plan.join.needed ?? .max
                        && task?.joinDue.map { $0 > entry.at } ?? true, "task \(number) is ready too early")
            }
        case .accepted(let number, let attempt, _, let incarnation):
            let id = TaskID(before.reference, number)
            breach(before.task(number)?.state != .ready, "task \(number) is accepted while it is not ready")
            let holder = holders[id, default: [:]].updateValue(incarnation, forKey: attempt)
            breach(holder.map { $0 != incarnation } ?? false, "attempt \(attempt) of task \(number) has two holders")
            breach(holders[id, default: [:]].keys.contains { $0 > attempt }, "attempt \(attempt) follows a later one")
        case .contributed(let number, let attempt, let worker, _, _):
            let task = before.task(number)
            breach(task?.state == .ended, "task \(number) ends twice")
            breach(
                task?.state == .accepted && (task?.attempt, task?.worker) != (attempt, worker),
                "task \(number) is contributed by another than its holder")
        case .ended(let number, let outcome, _, _):
            // A person may do without a task that is parked.
            let isGivenUp = outcome == .cancelled && before.task(number)?.isParked == true
            breach(before.task(number)?.state == .ended && !isGivenUp, "task \(number) ends twice")
        case .attemptEnded(let number, _, _, _, _):
            breach(before.task(number)?.state == .ended, "an attempt of task \(number) ends after the task")
        case .reconciled:
            breach(!before.canReconcile, "it is reconciled before its tasks have ended, or twice")
            let record = Reconciliation(before, by: policy).record()
            breach(record.event != entry.event, "the record is not what the entries come to")
            for (key, settled) in settlements[before.reference] ?? [:] where record.said(of: key) == settled.said {
                let fact = record.facts.first { $0.key == key }
                breach(
                    fact?.value != settled.settlement.value || fact?.settled?.settlement != settled.settlement
                        || fact?.settled?.by != settled.by, "the record is without what was settled of \(key)")
            }
        case .received: breach(true, "it is received twice")
        case .assessed: breach(before.split != nil, "it is assessed twice")
        case .planned: breach(!before.tasks.isEmpty, "it is planned twice")
        case .adopted(let number, let attempt, let worker, _, _, _):
            breach(
                before.task(number)?.late(of: attempt, by: worker) == nil, "task \(number) adopts what it does not have"
            )
        case .corrected(let number, let attempt, _, _, _, _):
            breach((before.task(number)?.attempt ?? .max) >= attempt, "a correction of task \(number) counts twice")
        case .reopened: breach(before.state != .reconciled, "it is opened again while it is open")
        case .erased(_, let reason):
            breach(before.isUnfinished, "it is erased while it is open")
            erasures[before.reference] = before.entryCount
            settlements[before.reference] = nil
            reasons[before.reference, default: []].insert(reason)
        case .conflictSettled(_, _, let settlement):
            guard let settlement else { return breach(true, "a settlement says nothing") }
            let said = Reconciliation(before, by: policy).record().said(of: settlement.key)
            breach(said.isEmpty, "what is settled is no conflict")
            settlements[before.reference, default: [:]][settlement.key] = (settlement, entry.actor, said)
            reasons[before.reference, default: []].insert(settlement.reason)
        case .late, .added, .retried, .edited, .reassigned, .paused, .resumed: break
        }
    }
}

extension CaseRecord {
    /// Who says what of a fact that the rules do not settle.
    fileprivate func said(of key: FactKey) -> [String] {
        let settled = facts.first { $0.key == key && $0.settled != nil }?.sources
        let statements = settled ?? conflicts.first { $0.key == key }?.statements ?? []
        return statements.map { "\($0.task) \($0.department) \($0.finding.value)" }
    }
}
