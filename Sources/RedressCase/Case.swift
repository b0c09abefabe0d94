package import RedressContract

/// The state of one case: what its entries, folded in order, come to.
///
/// A copy costs one retain: cases are looked at and handed around many times for each entry.
package struct Case: Sendable, Hashable {
    /// How far the case has come.
    package enum State: String, Sendable, Hashable {
        /// The complaint is taken; triage has yet to answer.
        case received
        /// Its issues are known.
        case assessed
        /// Departments work on it.
        case investigating
        /// All department tasks have ended and been reconciled; what is open waits for the case owner.
        case reconciled
    }

    private var fields: Boxed<Fields>

    /// The case's name.
    package var reference: CaseReference { fields.value.reference }
    /// How far it has come.
    package var state: State { fields.value.state }
    /// The hash of the policy that it is planned and reconciled by.
    package var policy: String { fields.value.policy }
    /// Who submitted it.
    package var client: String { fields.value.client }
    /// When the complaint was taken.
    package var receivedAt: Timestamp { fields.value.receivedAt }
    /// When the record is made with what there is; later by the time that the case was paused, or once re-opened.
    package var deadline: Timestamp { fields.value.deadline }
    /// Which cases go first.
    package var precedence: Entry.Precedence { fields.value.precedence }
    /// Who paused the case, when, and why; nil while it goes on.
    package var pause: Pause? { fields.value.pause }
    /// Whether what it said of the complainant was erased: departments cannot work on it again.
    package var isErased: Bool { fields.value.isErased }
    /// How many records have been made; every one is in the journal.
    package var recordCount: Int { fields.value.recordCount }
    /// How many entries made it.
    package var entryCount: Int { fields.value.entryCount }
    /// The time of the last entry.
    package var lastEntryAt: Timestamp { fields.value.lastEntryAt }
    /// What triage made of the words.
    package var split: Split? { fields.value.split }
    /// The tasks, by number from 1.
    package var tasks: [CaseTask] { fields.value.tasks }
    /// The case's outcome, once reconciled.
    package var outcome: CaseOutcome? { fields.value.outcome }
    /// The conflicts in the record.
    package var conflicts: [Entry.RecordedConflict] { fields.value.conflicts }
    /// What people settled of facts in conflict, in the order in which they did: the last one of a fact counts.
    package var settlements: [SettledConflict] { fields.value.settlements }

    /// A case begins with its first entry.
    ///
    /// - Throws: ``FoldError`` where that is not `received`.
    package init(_ reference: CaseReference, _ entry: Entry) throws(FoldError) {
        fields = Boxed(try Fields(reference, entry))
    }

    /// The case that `entries` tell of, in order.
    package init(_ reference: CaseReference, stored entries: [StoredEntry]) throws(FoldError) {
        guard let first = entries.first else { throw FoldError("The case has no entries.") }
        try self.init(reference, try Self.read(first))
        for stored in entries.dropFirst() { try fold(try Self.read(stored)) }
    }

    private static func read(_ stored: StoredEntry) throws(FoldError) -> Entry {
        do throws(JSONError) {
            return try Entry(stored)
        } catch {
            throw FoldError("An entry cannot be read: \(error).")
        }
    }

    /// Takes one more entry into account: the only way the state changes.
    ///
    /// - Throws: ``FoldError`` where the entry does not fit what came before; the state is then not to be used.
    package mutating func fold(_ entry: Entry) throws(FoldError) { try fields.value.fold(entry) }

    /// Takes a task into account that may be added later.
    mutating func add(_ addition: Entry.Addition, at time: Timestamp) { fields.value.add(addition, at: time) }

    /// Whether work of departments, or triage, is still to come.
    package var isUnfinished: Bool { state != .reconciled }

    /// The task `number`, where the case has it.
    package func task(_ number: UInt16) -> CaseTask? { fields.value.task(number) }

    /// What the views show of the case.
    package var view: CaseView {
        CaseView(
            reference: reference, state: state.rawValue, isUnfinished: isUnfinished, receivedAt: receivedAt,
            deadline: deadline,
            issues: split?.issues.count ?? 0, openPoints: open.count, outcome: outcome?.rawValue,
            tasks: tasks.compactMap { task in
                // What was parked when its words were erased waits for nobody any more.
                guard task.outcome == nil || task.isParked && (!isErased || task.isOwners) else { return nil }
                return CaseView.TaskView(
                    number: task.number, type: task.plan.type.description, department: task.department.description,
                    state: task.state.rawValue, outcome: task.outcome?.rawValue, attempt: task.attempt,
                    worker: task.worker)
            },
            conflicts: conflicts.map { CaseView.ConflictView(fact: $0.fact, issues: $0.issues) })
    }
}

/// Entries that do not make a case: it is set aside and shown, the others go on.
package struct FoldError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What does not fit.
    package let description: String

    package init(_ description: String) { self.description = description }
}
