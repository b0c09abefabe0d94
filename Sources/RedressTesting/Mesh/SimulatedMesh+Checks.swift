package import RedressCase
internal import RedressContract
internal import RedressDispatch

/// What must hold whatever goes wrong.
extension SimulatedMesh {
    /// Notes that something was seen that must never be. Time stops there.
    func breach(_ sentence: @autoclosure () -> String) {
        let sentence = sentence()
        tell("BREACH: \(sentence)")
        faultsSeen.append(sentence)
    }

    /// What must never be and was seen.
    package var breaches: [String] { faultsSeen + witness.breaches }

    /// Looks at the coordinator between two turns.
    func audit(_ coordinator: SimulatedCoordinator) {
        audit(coordinator.broker)
        if coordinator.texts.count > submissions.count { breach("texts are left over") }
        for erased in coordinator.texts.keys.sorted() where witness.cases[erased]?.isErased == true {
            breach("\(erased) was erased, and its words stay in memory")
        }
    }

    /// Looks at its core.
    private func audit(_ broker: borrowing Broker) {
        for contradiction in broker.contradictions(now: clocks) { breach(contradiction) }
        for (reference, reason) in broker.setAside { breach("\(reference) was set aside: \(reason)") }
        for lost in witness.unfinished where broker.cases[lost] == nil && broker.setAside[lost] == nil {
            breach("\(lost) is on disk, unfinished and forgotten")
        }
        // Each case has one deadline to wait for, and each task was in each queue a few times at the most.
        let tasks = broker.cases.values.reduce(0) { $0 + $1.tasks.count }
        let census = broker.census
        let processes = stations.reduce(0) { $0 + $1.life } + lines.count
        if census.offers + census.leases > tasks { breach("more is offered and held than there is: \(census)") }
        if census.queued > 8 * tasks + 64 { breach("the queues grow: \(census), \(tasks) tasks") }
        if census.sessions > processes { breach("sessions are left over: \(census)") }
        // Those of offers and leases wait for their time also when the task has ended and its case has left memory.
        let allTasks = witness.cases.values.reduce(0) { $0 + $1.tasks.count }
        if census.alarms > 8 * (allTasks + processes) + 64 { breach("alarms grow: \(census), \(allTasks) tasks") }
        if census.dues > 16 * (tasks + submissions.count) + 64 { breach("due times grow: \(census), \(tasks) tasks") }
    }

    /// Whether all is done.
    var isDone: Bool { submissions.allSatisfy { lacks($0) == nil } }

    /// What is not done, in sentences.
    var undone: [String] {
        submissions.compactMap { submission in lacks(submission).map { "\(submission.key) \($0)" } }
    }

    /// What a complaint is waiting for: every one is to be acknowledged and reconciled, and whoever follows hears all of it.
    private func lacks(_ submission: SimulatedSubmission) -> String? {
        guard let reference = submission.reference else { return "is not acknowledged" }
        guard witness.isReconciled(reference) else { return "(\(reference)) is not reconciled" }
        return submission.isHeardOut ? nil : "(\(reference)) has a client that has not heard all of it"
    }

    /// Looks at what is remembered when nothing is left to do: nothing that belongs to a case.
    package func verifyRest() {
        guard let coordinator else { return breach("the coordinator does not come back") }
        let census = coordinator.broker.census
        if census.offers + census.leases + census.queued + census.offeredBefore + census.ages > 0 {
            breach("something is left of what is done: \(census)")
        }
        if census.alarms > 8 * stations.count + 64 { breach("alarms are left over: \(census)") }
        if !coordinator.broker.cases.isEmpty {
            breach("\(coordinator.broker.cases.count) finished cases stay in memory")
        }
        if !coordinator.underway.isEmpty { breach("an intake is under way for ever") }
        if !coordinator.texts.isEmpty { breach("words of finished cases stay in memory") }
    }

    /// The tasks of a complaint's case as the journal tells them.
    package func tasks(of submission: Submission) -> [CaseTask] {
        guard let reference = reference(of: submission) else { return [] }
        return witness.cases[reference]?.tasks ?? []
    }
}
