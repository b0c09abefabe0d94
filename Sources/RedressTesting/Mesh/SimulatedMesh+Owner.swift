internal import RedressCase
internal import RedressContract
internal import RedressDispatch

/// What people do while things go wrong.
extension SimulatedMesh {
    private static let owner = "owner:ann"
    private static let reason = "\(MeshWitness.name) wants it."

    /// Once a second, perhaps, somebody does something about a task, a case, a department or a worker. What cannot be done
    /// is refused.
    func letPeopleAct() {
        guard isFaulty else { return letAllGoOn() }
        if fails(faults.interference) {
            switch Int.random(in: 0..<4, using: &generator) {
            case let kind where kind < 2:
                let reference = witness.cases.keys.sorted().randomElement(using: &generator)
                let deeds = kind == 0 ? [act, add, adopt, correct] : [settle, erase]
                let does = deeds.randomElement(using: &generator) ?? act
                order(about: reference) { _, broker, now in
                    if let known = reference.flatMap({ broker.cases[$0] }) { does(known, &broker, now) }
                }
            case 2: order { $0.pauseCase(&$1, now: $2) }
            default: order { $0.pauseHouse(&$1, now: $2) }
            }
        }
        schedule(after: .seconds(1)) { $0.letPeopleAct() }
    }

    private func act(_ known: Case, _ broker: inout Broker, now: Now) {
        guard let task = known.tasks.filter({ !$0.isOwners }).randomElement(using: &generator) else { return }
        let deed: Broker.Deed =
            switch Int.random(in: 0..<(faults.giveUp ? 4 : 2), using: &generator) {
            case 0:
                .retry(asking: Bool.random(using: &generator) ? workers.randomElement(using: &generator)?.name : nil)
            case 1:
                .edit(
                    Entry.TaskChange(timeLimitMilliseconds: 15_000, note: "Look at \(MeshWitness.name) again."))
            case 2: .cancel
            default: .reassign(policy.tasks.randomElement(using: &generator)?.type ?? task.plan.type)
            }
        attempt("\(deed) \(TaskID(known.reference, task.number))") { () throws(Refusal) in
            try broker.act(
                deed, on: TaskID(known.reference, task.number), by: Self.owner, reason: Self.reason, now: now)
        }
    }

    private func add(_ known: Case, _ broker: inout Broker, now: Now) {
        guard let type = policy.tasks.randomElement(using: &generator)?.type else { return }
        let after = known.tasks.map(\.number).filter { _ in generator.happens(0.3) }
        let before = known.tasks.filter { $0.state == .blocked && generator.happens(0.3) }.map(\.number)
        attempt("adds \(type) to \(known.reference)") { () throws(Refusal) in
            _ = try broker.add(
                type, issues: [1], after: after, before: before, reason: Self.reason, to: known.reference,
                by: Self.owner, now: now)
        }
    }

    private func adopt(_ known: Case, _ broker: inout Broker, now: Now) {
        let late = known.tasks.flatMap { task in task.late.map { (TaskID(known.reference, task.number), $0) } }
        guard let (id, choice) = late.randomElement(using: &generator) else { return }
        attempt("adopts attempt \(choice.attempt) of \(id)") { () throws(Refusal) in
            try broker.adopt(
                id, attempt: choice.attempt, of: choice.worker, reason: Self.reason, by: Self.owner, now: now)
        }
    }

    /// A worker puts another contribution, with other findings, in the place of the one that counts.
    private func correct(_ known: Case, _ broker: inout Broker, now: Now) {
        let counted = known.tasks.filter { $0.contribution != nil }
        guard let task = counted.randomElement(using: &generator), var contribution = task.contribution,
            let worker = broker.workers.sorted(by: { $0.key < $1.key }).map(\.value.worker)
                .filter({ $0.departments.contains(task.department) }).randomElement(using: &generator)
        else { return }
        contribution.corrects = task.counted
        contribution.asks = []
        contribution.findings = contribution.findings.filter { _ in Bool.random(using: &generator) }
        tell("\(worker.name) corrects \(TaskID(known.reference, task.number))")
        broker.handle(
            .contribute(
                TaskID(known.reference, task.number),
                attempt: task.attempt + UInt32.random(in: 0...2, using: &generator),
                body: contribution.jsonBytes, contribution: .success(contribution)),
            from: worker.peer, session: worker.session, now: now)
    }

    /// Has a conflict settled with what one of the departments says.
    private func settle(_ known: Case, _ broker: inout Broker, now: Now) {
        let conflicts = Reconciliation(known, by: policy).record().conflicts
        guard let conflict = conflicts.randomElement(using: &generator),
            let value = conflict.statements.randomElement(using: &generator)?.finding.value
        else { return }
        demandCount += 1
        let reason = "\(MeshWitness.name) is right, \(demandCount)."
        let what = "settles \(conflict.key) of \(known.reference)"
        demand(what, known.reference, reason) { broker, now throws(Refusal) in
            try broker.settle(conflict.key, as: value, reason: reason, of: known.reference, by: Self.owner, now: now)
        }
    }

    /// Has the words of a case erased; sometimes does without all that is not done, so that it is finished.
    private func erase(_ known: Case, _ broker: inout Broker, now: Now) {
        demandCount += 1
        let reason = "On request \(demandCount)."
        let isHasty = faults.giveUp && Bool.random(using: &generator)
        demand("erases \(known.reference)", known.reference, reason) { broker, now throws(Refusal) in
            for task in broker.cases[known.reference]?.tasks ?? [] where isHasty && task.state != .ended {
                try broker.act(
                    .cancel, on: TaskID(known.reference, task.number), by: Self.owner, reason: Self.reason, now: now)
            }
            try broker.erase(known.reference, by: Self.owner, reason: reason, now: now)
        }
    }

    /// Has something done that is to hold once it is acknowledged, though the coordinator may be killed at that very time.
    /// Who hears nothing of it may want it again, and now and then somebody who has heard.
    private func demand(
        _ what: String, _ reference: CaseReference, _ reason: String,
        _ does: @escaping (inout Broker, Now) throws(Refusal) -> Void
    ) {
        order(about: reference) { mesh, broker, now in
            mesh.attempt(what) { () throws(Refusal) in
                try does(&broker, now)
                mesh.coordinator?.answer(reason, about: reference)
            }
        }
        if faults.coordinatorCrash > 0, fails(0.3) {
            schedule(after: generator.duration(in: .zero...(faults.writing.upperBound * 2))) { $0.killCoordinator() }
        }
        schedule(after: pause(.seconds(10))) { mesh in
            guard mesh.fails(mesh.witness.hasAcknowledged(reason) ? 0.2 : 0.5) else { return }
            mesh.demand(what, reference, reason, does)
        }
    }

    private func someCase(_ broker: borrowing Broker) -> Case? {
        broker.cases.keys.sorted().randomElement(using: &generator).flatMap { broker.cases[$0] }
    }

    private func pauseCase(_ broker: inout Broker, now: Now) {
        guard let known = someCase(broker) else { return }
        let event: HouseEntry.Event = known.pause == nil ? .paused : .resumed
        attempt("\(event) \(known.reference)") { () throws(Refusal) in
            try broker.set(event, of: known.reference, by: Self.owner, reason: Self.reason, now: now)
        }
    }

    private func pauseHouse(_ broker: inout Broker, now: Now) {
        let department = policy.departments.randomElement(using: &generator)?.name
        let worker = workers.randomElement(using: &generator)?.name
        let subject: HouseEntry.Subject? =
            Bool.random(using: &generator) ? department.map { .department($0) } : worker.map { .worker($0) }
        guard let subject else { return }
        let event: HouseEntry.Event = broker.pauses[subject] == nil ? .paused : .resumed
        attempt("\(event) \(subject)") { () throws(Refusal) in
            try broker.set(event, of: subject, by: Self.owner, reason: "A person wants it.", now: now)
        }
    }

    /// Resumes what is paused; again and again, since the disk may still be full, and a turn that is not written is no deed.
    private func letAllGoOn() {
        if now < faults.lasting + .seconds(60) { schedule(after: .seconds(5)) { $0.letAllGoOn() } }
        order { mesh, broker, now in
            for subject in broker.pauses.keys.sorted() {
                mesh.attempt("resumed \(subject)") { () throws(Refusal) in
                    try broker.set(.resumed, of: subject, by: Self.owner, reason: "All is well.", now: now)
                }
            }
            for reference in broker.cases.keys.sorted() where broker.cases[reference]?.pause != nil {
                mesh.attempt("resumed \(reference)") { () throws(Refusal) in
                    try broker.set(.resumed, of: reference, by: Self.owner, reason: "All is well.", now: now)
                }
            }
        }
    }

    private func attempt(_ what: String, _ body: () throws(Refusal) -> Void) {
        do throws(Refusal) {
            try body()
            tell("somebody: \(what)")
        } catch {
            tell("somebody: \(what): \(error.sentence)")
        }
    }
}
