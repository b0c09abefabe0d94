package import RedressCase
internal import RedressClient
internal import RedressContract
internal import RedressWorker

/// A random mesh that one seed makes: workers, complaints and faults, and a playbook where none is given.
package struct World {
    package let mesh: SimulatedMesh
    /// In the order of their submission.
    package private(set) var submissions: [SimulatedMesh.Submission] = []
    /// Whether there is time and patience for every task to be contributed.
    private let isPatient: Bool
    /// How long everything may take once the faults have ended.
    private let bound: Duration

    package init(
        seed: UInt64, playbook: Playbook? = nil, scheduling: Scheduling? = nil, sabotage: Sabotage? = nil,
        isLogging: Bool = false, isRecording: Bool = false
    ) {
        var generator = SeededGenerator(seed: seed &* 31)
        isPatient = playbook == nil && Bool.random(using: &generator)
        let isOwn = playbook == nil
        let playbook = playbook ?? .random(isPatient: isPatient, using: &generator)
        let policy = playbook.policy
        let scheduling = scheduling ?? (isOwn ? .random(for: policy, using: &generator) : Scheduling())
        var faults = Faults.some(using: &generator)
        faults.giveUp = !isPatient
        mesh = SimulatedMesh(
            playbook, scheduling, seed: seed, faults: faults, sabotage: sabotage, isRecording: isRecording)
        mesh.isLogging = isLogging
        // What was planned while the wall clock was an hour ahead falls due an hour later.
        let ahead: Duration = mesh.faults.clockJump > 0 ? .seconds(3600) : .zero
        bound = ahead + (isPatient ? .seconds(1800) : .milliseconds(policy.caseDeadlineMilliseconds) + .seconds(600))
        for department in policy.departments.map(\.name) {
            for number in 1...Int.random(in: 1...3, using: &generator) {
                let handler = RandomDepartment(policy, seed: generator.next(), isPatient: isPatient)
                // The first serves whatever there is.
                let contracts = policy.tasks
                    .filter { $0.type.department == department && number > 1 && generator.happens(0.3) }
                    .map { "\($0.type)@\(Int.random(in: 1...2, using: &generator))" }
                mesh.addWorker(
                    "\(department)-\(number)", for: ["\(department)"], contracts: contracts,
                    concurrency: Int.random(in: 1...3, using: &generator),
                    takes: .milliseconds(1)...(.milliseconds(Int.random(in: 2...4000, using: &generator))),
                    handler: handler.answer)
            }
        }
        // Mostly a few complaints; now and then more than the departments have hands for. They come while things go wrong.
        let count = generator.happens(0.03) ? 60 : Int.random(in: 1...8, using: &generator)
        for number in 1...count where mesh.breaches.isEmpty {
            submit(number, policy, using: &generator)
            mesh.run(for: generator.duration(in: .zero...(mesh.faults.lasting * 2 / count)))
        }
    }

    private mutating func submit(_ number: Int, _ policy: Policy, using generator: inout SeededGenerator) {
        var split = Split(issues: [], unplaced: [], sentences: 0)
        var text = ""
        func add(_ words: String) -> Range<Int> {
            let start = text.utf8.count
            text += words
            defer { text += " " }
            return start..<text.utf8.count
        }
        for issue in 1...Int.random(in: 1...4, using: &generator) {
            guard let department = policy.departments.randomElement(using: &generator)?.name else { continue }
            let words = add("Complaint \(number) of \(MeshWitness.name), issue \(issue).")
            split.issues.append(Split.Issue(department: department, ranges: [words]))
        }
        if Bool.random(using: &generator) { split.unplaced.append(add("I am \(MeshWitness.name).")) }
        for name in Set(policy.tasks.flatMap(\.particulars)).sorted() where Bool.random(using: &generator) {
            split.particulars.append(Split.Particular(name: name, range: add("\(MeshWitness.name)-\(number)")))
        }
        split.sentences = split.issues.count + split.unplaced.count
        let scope = [FollowScope.everyEntry, .record, nil].randomElement(using: &generator) ?? nil
        let client = Bool.random(using: &generator) ? "desk" : "shop"
        let complaint = Complaint(
            text: text, priority: [nil, 0, 9].randomElement(using: &generator) ?? nil,
            customer: [nil, "ann", "bob"].randomElement(using: &generator) ?? nil)
        submissions.append(mesh.submit(complaint, split: split, by: client, following: scope))
    }

    /// Plays until everything is done and at rest.
    ///
    /// - Returns: what must never be and was seen; empty when all is right.
    package func play() -> [String] {
        mesh.run(for: max(.zero, mesh.faults.lasting - mesh.now) + .seconds(1))
        if !mesh.runUntilReconciled(within: bound), mesh.breaches.isEmpty {
            for undone in mesh.undone { mesh.breach("\(undone), \(bound) after the faults have ended") }
        }
        for submission in submissions where isPatient && mesh.breaches.isEmpty {
            for task in mesh.tasks(of: submission) where !task.isOwners && task.outcome != .contributed {
                mesh.breach("task \(task.number) of \(submission) ends as \(task.outcome?.rawValue ?? "nothing")")
            }
        }
        // Results that nobody needs any more are settled, and what is left over is forgotten.
        mesh.run(for: .seconds(90))
        if mesh.breaches.isEmpty { mesh.verifyRest() }
        return mesh.breaches
    }
}

extension Playbook {
    /// Rules of the house that `generator` makes; those of a patient one let nothing end without a contribution.
    fileprivate static func random(isPatient: Bool, using generator: inout SeededGenerator) -> Playbook {
        var playbook = Playbook(
            deadline: isPatient ? .seconds(100_000) : .seconds(90),
            lease: .milliseconds([300, 2000, 10_000].randomElement(using: &generator) ?? 10_000),
            retryLongest: .seconds(5))
        let attempts = isPatient ? 10_000 : 2
        let departments = ["billing", "logistics", "technical"].prefix(Int.random(in: 1...3, using: &generator))
        for department in departments {
            playbook.addTask("\(department)/review", timeLimit: .seconds(20), attempts: attempts)
            playbook.addFact("\(department).count", owners: [department], rule: .sum)
            playbook.addFact("\(department).verdict", owners: [department], rule: .person)
        }
        // What goes on after the reviews, and what goes on after that.
        for kind in ["sequel", "finale"] {
            let before = playbook.policy.tasks.map(\.type.description)
            for department in departments where Bool.random(using: &generator) {
                playbook.addTask(
                    "\(department)/\(kind)", issuesOf: departments.first, required: Bool.random(using: &generator),
                    after: Array(before.shuffled(using: &generator).prefix(Int.random(in: 1...3, using: &generator))),
                    particulars: ["order"], timeLimit: .seconds(20), attempts: attempts)
                let last = playbook.policy.tasks.indices.last ?? 0
                playbook.policy.tasks[last].join = .random(isPatient: isPatient, using: &generator)
                playbook.policy.tasks[last].version = UInt16.random(in: 1...2, using: &generator)
            }
        }
        if let department = departments.randomElement(using: &generator) {
            playbook.addTask("\(department)/second-look", timeLimit: .seconds(20), attempts: attempts)
            let last = playbook.policy.tasks.indices.last ?? 0
            playbook.policy.tasks[last].onRequest = true
            playbook.policy.tasks[last].askedBy = playbook.policy.departments.map(\.name)
        }
        playbook.policy.onFailure = Join.Failure.allCases.randomElement(using: &generator) ?? .proceed
        playbook.policy.asksMaximum = isPatient ? 1000 : Int.random(in: 0...4, using: &generator)
        return playbook
    }
}

extension Join {
    /// How a task goes on; in a patient house so that none is skipped.
    fileprivate static func random(isPatient: Bool, using generator: inout SeededGenerator) -> Join {
        let within: Int64? = [nil, 2000, 30_000].randomElement(using: &generator) ?? nil
        let failures: [Failure] = isPatient && within != nil ? [.wait, .proceed] : Failure.allCases
        return Join(
            needed: [nil, 1, 2].randomElement(using: &generator) ?? nil, withinMilliseconds: within,
            onFailure: failures.randomElement(using: &generator) ?? .proceed)
    }
}

extension Scheduling {
    /// An order and limits; no limit so low that not everything could be done in time.
    fileprivate static func random(for policy: Policy, using generator: inout SeededGenerator) -> Scheduling {
        var scheduling = Scheduling()
        scheduling.waitingMaximum = .milliseconds([100, 5000, 300_000].randomElement(using: &generator) ?? 5000)
        scheduling.dueStepMilliseconds = [1000, 900_000].randomElement(using: &generator) ?? 1000
        scheduling.askedAlone = .milliseconds([100, 30_000].randomElement(using: &generator) ?? 100)
        func limit(atOnce: ClosedRange<Int>, perSecond: ClosedRange<Int>) -> Limit {
            Limit(
                atOnce: Bool.random(using: &generator) ? Int.random(in: atOnce, using: &generator) : nil,
                perSecond: Bool.random(using: &generator) ? Int.random(in: perSecond, using: &generator) : nil)
        }
        for department in policy.departments.map(\.name) where generator.happens(0.2) {
            scheduling.departments[department] = limit(atOnce: 2...4, perSecond: 2...20)
        }
        if generator.happens(0.3) { scheduling.otherClients = limit(atOnce: 5...20, perSecond: 1...4) }
        return scheduling
    }
}

/// A department whose handlers do all that handlers do.
private final class RandomDepartment {
    private struct Trouble: Error, CustomStringConvertible {
        let description = "\(MeshWitness.name) is not in the books."
    }

    private let policy: Policy
    private let isPatient: Bool
    private var generator: SeededGenerator

    init(_ policy: Policy, seed: UInt64, isPatient: Bool) {
        self.policy = policy
        self.isPatient = isPatient
        generator = SeededGenerator(seed: seed)
    }

    func answer(_ brief: Brief) throws -> Contribution {
        if generator.happens(isPatient ? 0.1 : 0.3) { throw Trouble() }
        if generator.happens(0.05) {
            throw TryAgainLater(after: .milliseconds(300), "Not now, \(MeshWitness.name).")
        }
        if !isPatient, generator.happens(0.05) { throw Declined("\(MeshWitness.name) is not ours.") }
        var contribution = Contribution(
            answers: brief.issues.map {
                Contribution.Answer(
                    issue: $0.number, Outcome.allCases.randomElement(using: &generator) ?? .cannotSay,
                    reasons: ["\(MeshWitness.name) says so."])
            })
        for rule in policy.facts where rule.owners.contains(brief.type.department) {
            if Bool.random(using: &generator) { contribution.findings.append(finding(rule)) }
        }
        for rule in policy.tasks where rule.askedBy.contains(brief.type.department) && rule.type != brief.type {
            if generator.happens(0.15) {
                contribution.asks.append(Contribution.Ask(rule.type, reason: "\(MeshWitness.name) asks."))
            }
        }
        if !isPatient, generator.happens(0.05) {
            // A breach of the rules: another department's fact, or another task's issue.
            if let foreign = policy.facts.first(where: { !$0.owners.contains(brief.type.department) }) {
                contribution.findings.append(finding(foreign))
            } else {
                contribution.answers.append(Contribution.Answer(issue: 999, .upheld))
            }
        }
        return contribution
    }

    private func finding(_ rule: Policy.FactRule) -> Finding {
        let number = Int.random(in: 0...3, using: &generator)
        let value: FactValue =
            switch rule.rule {
            case .min, .max, .sum: .number(ExactNumber(number))
            case .union: .words(["\(MeshWitness.name) \(number)"])
            case .owner, .agree, .latest, .earliest, .person: .text("\(MeshWitness.name) \(number)")
            }
        let subject = generator.happens(0.3) ? FactKey("\(rule.key)#\(MeshWitness.name)") : nil
        return Finding(subject ?? rule.key, value, at: Timestamp(milliseconds: Int64(number) * 1000))
    }
}
