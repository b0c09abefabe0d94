internal import RedressCase
internal import RedressContract
internal import RedressDispatch

/// What people do while things go wrong.
extension SimulatedMesh {
    private static let owner = "owner:ann"

    /// Once a second, perhaps, somebody does something about a task, a case, a department or a worker. What cannot be done
    /// is refused.
    func letPeopleAct() {
        guard isFaulty else { return letAllGoOn() }
        if fails(faults.interference) {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: order { $0.act(&$1, now: $2) }
            case 1: order { $0.pauseCase(&$1, now: $2) }
            default: order { $0.pauseHouse(&$1, now: $2) }
            }
        }
        schedule(after: .seconds(1)) { $0.letPeopleAct() }
    }

    private func act(_ broker: inout Broker, now: Now) {
        guard let known = someCase(broker),
            let task = known.tasks.filter({ !$0.isOwners }).randomElement(using: &generator)
        else { return }
        let deed: Broker.Deed =
            switch Int.random(in: 0..<(faults.giveUp ? 4 : 2), using: &generator) {
            case 0:
                .retry(asking: Bool.random(using: &generator) ? workers.randomElement(using: &generator)?.name : nil)
            case 1: .edit(Entry.TaskChange(timeLimitMilliseconds: 15_000, note: "Look again."))
            case 2: .cancel
            default: .reassign(policy.tasks.randomElement(using: &generator)?.type ?? task.plan.type)
            }
        attempt("\(deed) \(TaskID(known.reference, task.number))") { () throws(Refusal) in
            try broker.act(
                deed, on: TaskID(known.reference, task.number), by: Self.owner, reason: "A person wants it.", now: now)
        }
    }

    private func someCase(_ broker: Broker) -> Case? {
        broker.cases.keys.sorted().randomElement(using: &generator).flatMap { broker.cases[$0] }
    }

    private func pauseCase(_ broker: inout Broker, now: Now) {
        guard let known = someCase(broker) else { return }
        let event: HouseEntry.Event = known.pause == nil ? .paused : .resumed
        attempt("\(event) \(known.reference)") { () throws(Refusal) in
            try broker.set(event, of: known.reference, by: Self.owner, reason: "A person wants it.", now: now)
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
