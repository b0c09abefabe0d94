package import RedressCase
internal import RedressContract
internal import RedressDispatch

/// What must hold whatever goes wrong.
extension SimulatedMesh {
    /// Whether what the coordinator has in memory is what its journal tells.
    func compareWithJournal() {
        guard let remembering = coordinator else { return }
        for (reference, known) in remembering.broker.cases {
            guard let entries = try? journal.entries(of: .case(reference)),
                (try? Case(reference, stored: entries)) == known
            else {
                breaches.append("\(now): \(reference) in memory is not what the journal tells")
                continue
            }
        }
        for (reference, reason) in remembering.broker.setAside {
            breaches.append("\(reference) was set aside: \(reason)")
        }
    }

    /// Looks through the whole journal, and gives all that must never be and was seen: complaints that were acknowledged and
    /// lost; tasks that two workers held at once, attempts that two processes were given, contributions that counted
    /// twice, records that are not what the entries come to.
    package func verify() -> [String] {
        compareWithJournal()
        var witnesses: [CaseReference: CaseWitness] = [:]
        for turn in journal.turns {
            for row in turn.rows {
                guard case .case(let reference) = row.stream else { continue }
                for stored in row.entries { witnesses[reference, default: CaseWitness(reference)].see(stored, policy) }
            }
        }
        var seen = breaches
        for witness in witnesses.sorted(by: { $0.key < $1.key }) { seen += witness.value.breaches }
        for (number, submission) in submissions.enumerated() {
            guard let reference = submission.reference, witnesses[reference] == nil else { continue }
            seen.append("complaint \(number) was acknowledged as \(reference), which is not in the journal")
        }
        let references = submissions.compactMap(\.reference)
        if Set(references).count < references.count { seen.append("two complaints were acknowledged as one case") }
        return seen
    }

    /// The tasks of a complaint's case as the journal tells them.
    package func tasks(of submission: Submission) -> [CaseTask] {
        guard let reference = reference(of: submission), let entries = try? journal.entries(of: .case(reference)) else {
            return []
        }
        return (try? Case(reference, stored: entries))?.tasks ?? []
    }
}

/// Reads the entries of one case as they came.
private struct CaseWitness {
    let reference: CaseReference
    var known: Case?
    /// Which process had an attempt.
    var holders: [UInt16: [UInt32: UInt64]] = [:]
    var breaches: [String] = []

    init(_ reference: CaseReference) { self.reference = reference }

    mutating func see(_ stored: StoredEntry, _ policy: Policy) {
        do {
            let entry = try Entry(stored)
            if entry.stored != stored { breaches.append("\(reference): an entry changes when it is read and written") }
            if var before = known {
                check(entry, before, policy)
                try before.fold(entry)
                known = before
            } else {
                known = try Case(reference, entry)
            }
        } catch {
            breaches.append("\(reference): \(error)")
        }
    }

    private mutating func check(_ entry: Entry, _ before: Case, _ policy: Policy) {
        func breach(_ isSo: Bool, _ sentence: String) {
            if isSo { breaches.append("\(reference) at \(entry.at): \(sentence)") }
        }
        breach(entry.at < before.lastEntryAt, "an entry precedes the one before it")
        switch entry.event {
        case .accepted(let number, let attempt, _, let incarnation):
            breach(before.task(number)?.state != .ready, "task \(number) is accepted while it is not ready")
            let holder = holders[number, default: [:]].updateValue(incarnation, forKey: attempt)
            breach(holder.map { $0 != incarnation } ?? false, "attempt \(attempt) of task \(number) has two holders")
            let attempts = holders[number, default: [:]].keys
            breach(attempts.contains { $0 > attempt }, "attempt \(attempt) of task \(number) follows a later one")
        case .contributed(let number, let attempt, let worker, _, _):
            let task = before.task(number)
            breach(task?.state == .ended, "task \(number) ends twice")
            breach(
                task?.state == .accepted && (task?.attempt, task?.worker) != (attempt, worker),
                "task \(number) is contributed by another than its holder")
        case .ended(let number, _, _, _):
            breach(before.task(number)?.state == .ended, "task \(number) ends twice")
        case .attemptEnded(let number, _, _, _, _):
            breach(before.task(number)?.state == .ended, "an attempt of task \(number) ends after the task")
        case .reconciled:
            breach(!before.canReconcile, "it is reconciled before its tasks have ended, or twice")
            let record = Reconciliation(before, by: policy).record().event
            breach(record != entry.event, "the record is not what the entries come to")
        case .ready(let disclosures):
            for disclosure in disclosures {
                let task = before.task(disclosure.task)
                breach(task?.state != .blocked, "the join of task \(disclosure.task) fires twice")
                let inputs = Set(disclosure.findingsOf).union(disclosure.without)
                breach(inputs != Set(task?.plan.after ?? []), "a join fires with others than those before it")
            }
        case .adopted(let number, let attempt, _, _, _):
            breach(before.task(number)?.late[attempt] == nil, "task \(number) adopts what it does not have")
        case .corrected(let number, let attempt, _, _, _, _):
            breach((before.task(number)?.attempt ?? .max) >= attempt, "a correction of task \(number) is used twice")
        case .received, .assessed, .planned, .late, .added, .reopened: break
        }
    }
}
