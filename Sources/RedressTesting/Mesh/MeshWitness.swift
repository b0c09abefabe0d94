package import RedressCase
package import RedressContract

/// Reads the journal as it is written, and holds against it what people were told and what is in memory: what must hold of
/// every mesh, whatever goes wrong.
package struct MeshWitness {
    private let policy: Policy
    /// The cases, folded anew from the bytes on disk.
    package private(set) var cases: [CaseReference: Case] = [:]
    /// Which process had an attempt.
    private var holders: [TaskID: [UInt32: UInt64]] = [:]
    /// The case of each key that is on disk, and of each that was acknowledged.
    private var keys: [Digest: CaseReference] = [:]
    private var acknowledged: [String: CaseReference] = [:]
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
    /// - Parameter memory: what the cases that it changes are in the memory of the coordinator that wrote it.
    package mutating func see(_ turn: Turn, memory: [CaseReference: Case]) {
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
            let record = Reconciliation(before, by: policy).record().event
            breach(record != entry.event, "the record is not what the entries come to")
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
        case .erased: breach(before.isUnfinished, "it is erased while it is open")
        case .late, .added, .retried, .edited, .reassigned, .conflictSettled, .paused, .resumed: break
        }
    }
}
