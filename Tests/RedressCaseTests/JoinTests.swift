import RedressCase
import RedressContract
import RedressTesting
import Testing

@Suite struct JoinTests {
    /// Tasks 1 to `count` of b, and one more after them all with `join`.
    static func planned(_ count: Int, _ join: Join) throws -> Case {
        let type = try #require(TaskType("b/review"))
        let numbers = (1...count + 1).map { UInt16($0) }
        let plan = numbers.map { number in
            Entry.PlannedTask(
                number: number, type: type, issues: [1], after: number == numbers.last ? numbers.dropLast() : [],
                required: true, timeLimitMilliseconds: 1, attemptsMaximum: 1, particulars: [],
                join: number == numbers.last ? join : nil)
        }
        var known = try Case(
            reference, Entry(at: at(1), actor: "c", event: .received(policy: "p", deadline: at(1000), body: nil)))
        try known.fold(Entry(at: at(2), actor: "c", event: .assessed(try split())))
        try known.fold(Entry(at: at(10), actor: "c", event: .planned(plan)))
        try known.fold(Entry(at: at(10), actor: "c", event: .ready(known.consequences(at: at(10)).ready)))
        return known
    }

    static func end(_ known: inout Case, _ number: UInt16, _ outcome: TaskOutcome) throws {
        if outcome == .contributed {
            try known.fold(contributed(number, Contribution(answers: [.init(issue: 1, .upheld)])))
        } else {
            try known.fold(
                Entry(at: at(11), actor: "c", event: .ended(task: number, outcome: outcome, reason: "", kept: nil)))
        }
    }

    /// What becomes of a task after others that have ended so; nil: that have not.
    func verdict(_ join: Join, _ ends: [TaskOutcome?], at time: Int64 = 11) throws -> String {
        var known = try Self.planned(ends.count, join)
        for (index, end) in ends.enumerated() {
            if let end { try Self.end(&known, UInt16(index + 1), end) }
        }
        let next = known.consequences(at: at(time))
        let last = UInt16(ends.count + 1)
        if let fired = next.ready.first(where: { $0.task == last }) {
            #expect(Set(fired.findingsOf).union(fired.without) == Set((1..<last)))
            return "fires with \(fired.findingsOf)"
        }
        guard next.skipped.contains(last) else { return "waits" }
        return next.cancelled.isEmpty ? "is skipped" : "is skipped, cancels \(next.cancelled)"
    }

    @Test func allMustHaveContributed() throws {
        let join = Join(onFailure: .proceed)
        #expect(try verdict(join, [.contributed, .contributed, nil]) == "waits")
        #expect(try verdict(join, [.contributed, .contributed, .contributed]) == "fires with [1, 2, 3]")
    }

    @Test func oneIsEnoughForAny() throws {
        for onFailure in Join.Failure.allCases {
            let join = Join(needed: 1, onFailure: onFailure)
            #expect(try verdict(join, [nil, nil, nil]) == "waits")
            #expect(try verdict(join, [nil, .contributed, nil]) == "fires with [2]")
            #expect(try verdict(join, [.failed, .declined, nil]) == "waits")
            #expect(try verdict(join, [.failed, .contributed, .skipped]) == "fires with [2]")
        }
    }

    @Test func twoOfThree() throws {
        let join = Join(needed: 2, onFailure: .skip)
        #expect(try verdict(join, [.contributed, nil, nil]) == "waits")
        #expect(try verdict(join, [.contributed, .failed, nil]) == "waits")
        #expect(try verdict(join, [.contributed, nil, .contributed]) == "fires with [1, 3]")
        #expect(try verdict(join, [.noWorker, .failed, nil]) == "is skipped")
    }

    @Test func moreThanThereAreMeansAll() throws {
        let join = Join(needed: 5, onFailure: .skip)
        #expect(try verdict(join, [.contributed, nil]) == "waits")
        #expect(try verdict(join, [.contributed, .contributed]) == "fires with [1, 2]")
    }

    @Test func onFailureItProceedsIsSkippedWaitsOrCancelsTheRest() throws {
        let table: [(Join.Failure, one: String, all: String)] = [
            (.proceed, "waits", "fires with [1]"), (.skip, "is skipped", "is skipped"), (.wait, "waits", "waits"),
            (.cancel, "is skipped, cancels [3]", "is skipped"),
        ]
        for (onFailure, one, all) in table {
            let join = Join(onFailure: onFailure)
            #expect(try verdict(join, [.contributed, .failed, nil]) == one)
            #expect(try verdict(join, [.contributed, .failed, .timedOut]) == all)
        }
    }

    @Test func whenItsTimeHasComeItGoesOnWithWhatThereIs() throws {
        let table: [(Join.Failure, String)] = [
            (.proceed, "fires with [1]"), (.wait, "fires with [1]"), (.skip, "is skipped"),
            (.cancel, "is skipped, cancels [2]"),
        ]
        for (onFailure, due) in table {
            let join = Join(withinMilliseconds: 40, onFailure: onFailure)
            #expect(try verdict(join, [.contributed, nil], at: 49) == "waits")
            #expect(try verdict(join, [.contributed, nil], at: 50) == due)
        }
        #expect(try Self.planned(2, Join(withinMilliseconds: 40, onFailure: .skip)).joinDues == [at(50)])
        #expect(try Self.planned(2, Join(withinMilliseconds: .max, onFailure: .skip)).joinDues == [at(.max)])
    }

    @Test func whatAnotherTaskWaitsForIsNotCancelled() throws {
        var known = try Self.planned(2, Join(onFailure: .cancel))
        let type = try #require(TaskType("b/review"))
        let other = Entry.PlannedTask(
            number: 4, type: type, issues: [1], after: [2], required: true, timeLimitMilliseconds: 1,
            attemptsMaximum: 1, particulars: [])
        try known.fold(Entry(at: at(11), actor: "c", event: .added(Entry.Addition(plan: other), reason: nil)))
        try Self.end(&known, 1, .failed)
        #expect(known.consequences(at: at(12)).skipped == [3])
        #expect(known.consequences(at: at(12)).cancelled == [])
    }

    @Test func theRecordOfACaseWithAParkedTaskGoesByThePolicy() throws {
        var known = try Self.planned(2, Join(onFailure: .skip))
        try Self.end(&known, 1, .failed)
        var rules = try policy()
        #expect(known.cancelledRest(after: 1, by: rules) == [])
        rules.onFailure = .cancel
        #expect(known.cancelledRest(after: 1, by: rules) == [2, 3])
        rules.onFailure = .wait
        #expect(known.cancelledRest(after: 1, by: rules) == [])
        #expect(known.isHeldUp(by: rules, at: at(999)))
        #expect(!known.isHeldUp(by: rules, at: at(1000)), "no longer than the case's deadline")
    }

    /// However tasks end: the graph is worked off, each join fires or fails once, and only with what there is.
    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func everyJoinFiresOnceNeverEarlyAndNoneIsStuck(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var known = try Self.planned(1, Join(onFailure: .proceed))
        let type = try #require(TaskType("b/review"))
        for number in 3...UInt16.random(in: 3...9, using: &generator) {
            let after = (1..<number).filter { _ in Bool.random(using: &generator) }
            let join = Join(
                needed: Bool.random(using: &generator) ? Int.random(in: 1...3, using: &generator) : nil,
                onFailure: [.proceed, .skip, .cancel].randomElement(using: &generator) ?? .skip)
            let plan = Entry.PlannedTask(
                number: number, type: type, issues: [1], after: after, required: true, timeLimitMilliseconds: 1,
                attemptsMaximum: 1, particulars: [], join: join)
            try known.fold(Entry(at: at(11), actor: "c", event: .added(Entry.Addition(plan: plan), reason: nil)))
        }
        var fired: [UInt16: Int] = [:]
        while true {
            while case let next = known.consequences(at: at(20)), !next.isEmpty {
                for number in next.cancelled + next.skipped {
                    #expect(known.task(number)?.state != .ended)
                    try Self.end(&known, number, next.cancelled.contains(number) ? .cancelled : .skipped)
                }
                guard !next.ready.isEmpty else { continue }
                for disclosure in next.ready {
                    fired[disclosure.task, default: 0] += 1
                    #expect(disclosure.findingsOf.allSatisfy { known.task($0)?.outcome == .contributed })
                    let open = disclosure.without.filter { known.task($0)?.state != .ended }
                    let needed = known.task(disclosure.task)?.plan.join.needed ?? .max
                    #expect(open.isEmpty || disclosure.findingsOf.count >= needed, "never early")
                }
                try known.fold(Entry(at: at(20), actor: "c", event: .ready(next.ready)))
            }
            guard let task = known.tasks.filter({ $0.state == .ready }).randomElement(using: &generator) else { break }
            let ends: [TaskOutcome] = [.contributed, .contributed, .failed]
            try Self.end(&known, task.number, ends.randomElement(using: &generator) ?? .failed)
        }
        #expect(known.canReconcile, "none is stuck")
        #expect(fired.values.allSatisfy { $0 == 1 })
    }
}
