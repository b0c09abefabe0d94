import RedressCase
import RedressContract
import RedressTesting
import Testing

@Suite struct EntryTests {
    static func events() throws -> [Entry.Event] {
        let type = try #require(TaskType("b/review"))
        let digest = Entry.ContributionDigest(
            outcomes: [.init(1, .upheld), .init(7, .cannotSay)],
            facts: ["fact", "other"], declined: true)
        let conflict = Entry.RecordedConflict(fact: "fact", issues: [1, 2])
        let added = Entry.PlannedTask(
            number: 5, type: type, issues: [1], after: [1], required: true, timeLimitMilliseconds: 1,
            attemptsMaximum: 1, particulars: [])
        var events: [Entry.Event] = [
            .received(policy: "p", deadline: at(9), body: Array("{}".utf8)),
            .received(policy: "", deadline: at(-1), body: nil),
            .assessed(try split()), .assessed(Split(issues: [], unplaced: [], sentences: 0)),
            .planned([
                Entry.PlannedTask(
                    number: 1, type: type, issues: [1, 65535], after: [], required: false, timeLimitMilliseconds: .max,
                    attemptsMaximum: 3, particulars: ["order"]),
                Entry.PlannedTask(
                    number: 2, type: type, issues: [1], after: [1], required: true, timeLimitMilliseconds: 1,
                    attemptsMaximum: 3, particulars: [], version: .max,
                    join: Join(needed: 1, withinMilliseconds: .max, onFailure: .cancel)),
            ]), .planned([]),
            .ready([Entry.Disclosure(task: 2, issues: [1], particulars: ["order"], findingsOf: [1, .max])]),
            .accepted(task: 1, attempt: .max, worker: "w \"1\"", incarnation: .max),
            .contributed(
                task: 1, attempt: 2, worker: "w", digest: digest,
                body: Entry.ContributionBody(parsing: Contribution.declining("Not ours.").jsonBytes)),
            .contributed(task: 1, attempt: 2, worker: "w", digest: digest, body: nil),
            .late(task: 1, attempt: 3, worker: "w", body: []), .late(task: 1, attempt: 3, worker: "w", body: nil),
            .ended(task: .max, outcome: .failed, reason: "parked", kept: [0]),
            .ended(task: 1, outcome: .skipped, reason: "", kept: nil),
            .reconciled(
                outcome: .undecided, missing: 2, conflicts: [conflict], openPoints: 4, record: .bytes(Array("{}".utf8))),
            .reconciled(outcome: .upheld, missing: 0, conflicts: [], openPoints: 0, record: nil),
            .ready([Entry.Disclosure(task: 2, issues: [], particulars: [], findingsOf: [], without: [1])]),
            .added(Entry.Addition(plan: added, before: [3], askedBy: 1), reason: Array("why".utf8)),
            .added(Entry.Addition(plan: added), reason: nil),
            .adopted(
                task: 1, attempt: 2, worker: "w", digest: digest, reopens: [Entry.Reopening(task: 3, attempt: .max)],
                reason: Array("why".utf8)),
            .adopted(task: 1, attempt: 2, worker: nil, digest: digest, reopens: [], reason: nil),
            .corrected(
                task: 1, attempt: 9, worker: "w", digest: digest, reopens: [Entry.Reopening(task: 3, attempt: 0)],
                body: Entry.ContributionBody(parsing: Contribution.declining("Ours after all.").jsonBytes)),
            .corrected(task: 1, attempt: 9, worker: "w", digest: digest, reopens: [], body: nil),
            .reopened(deadline: at(.max)),
            .conflictSettled(
                fact: "f", issues: [1, 2],
                ConflictSettlement(
                    key: try key("f#a"), value: .words(["a", "b"]), reason: "why",
                    sides: [.init(task: 3, value: .flag(true)), .init(task: .max, value: .text("\"é"))])),
            .conflictSettled(fact: "f", issues: [], nil),
        ]
        var task = Entry.PlannedTask(
            number: 2, type: type, issues: [1], after: [1], required: true, timeLimitMilliseconds: 1,
            attemptsMaximum: 1,
            particulars: [])
        events.append(.planned([task]))
        task.endsMaximum = [.crashed: 2, .released: 7]
        events += [
            .received(policy: "p", deadline: at(9), body: nil, precedence: .init(priority: 9, customer: .max)),
            .planned([task]), .reopened(deadline: at(.max)),
            .retried(
                task: 1, attempt: 4, reopens: [Entry.Reopening(task: 2, attempt: .max)],
                asked: Entry.Asked(worker: "w", othersFrom: at(8)), reason: Array("why".utf8)),
            .retried(task: 1, attempt: 0, reopens: [], asked: nil, reason: nil),
            .edited(
                task: 1, change: .init(timeLimitMilliseconds: 5, attemptsMaximum: 6, note: "n \"1\""),
                reason: Array("why".utf8)),
            .edited(task: 1, change: .init(), reason: nil),
            .reassigned(task, attempt: 3, reason: Array("why".utf8)), .paused(reason: Array("why".utf8)),
            .paused(reason: nil), .resumed(reason: []), .erased(person: Entry.complainant, reason: "on request"),
        ]
        for end in Entry.AttemptEnd.allCases {
            events.append(.attemptEnded(task: 1, attempt: 1, cause: end, reason: Array("why".utf8), retryAt: at(.max)))
            events.append(.attemptEnded(task: 1, attempt: 1, cause: end, reason: nil, retryAt: at(0)))
        }
        for outcome in TaskOutcome.allCases { events.append(.ended(task: 1, outcome: outcome, reason: "r", kept: nil)) }
        return events
    }

    @Test func everyKindIsReadAsItWasWritten() throws {
        for event in try Self.events() {
            let entry = Entry(at: at(1_700_000_000_000), actor: "worker:é", event: event)
            #expect(try Entry(entry.stored) == entry)
        }
    }

    @Test func anOlderJournalMeansWhatItMeant() throws {
        let received = StoredEntry(
            structure: Array(#"{"type":"received","at":1,"actor":"client:c","policy":"p","deadline":9}"#.utf8))
        let known = try Case(reference, stored: [received])
        #expect(known.precedence == Entry.Precedence())
        let planned =
            #"{"type":"planned","at":1,"actor":"coordinator","tasks":[{"number":1,"type":"b/review","issues":[1],"after":[],"required":true,"timeLimitMilliseconds":1,"attemptsMaximum":4,"particulars":[]}]}"#
        let entry = try Entry(StoredEntry(structure: Array(planned.utf8)))
        guard case .planned(let tasks) = entry.event else {
            Issue.record("not a plan")
            return
        }
        #expect(tasks.first?.endsMaximum == [:])
        #expect(tasks.first?.limit(of: .crashed) == 2)
    }

    @Test func ofSeveralAnswersToOneIssueTheLastCounts() throws {
        let digest = Entry.ContributionDigest(
            outcomes: [.init(2, .upheld), .init(1, .upheld), .init(2, .cannotSay)], facts: [], declined: false)
        #expect(digest.outcomes == [.init(1, .upheld), .init(2, .cannotSay)])
    }

    @Test func anErasedPartLeavesTheStructure() throws {
        for event in try Self.events() {
            var stored = Entry(at: at(5), actor: "a", event: event).stored
            for index in stored.parts.indices { stored.parts[index].bytes = nil }
            #expect(try Entry(stored).event.type == event.type)
        }
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"type":"received"}"#, #"{"type":"dreamt","at":1,"actor":"a"}"#,
        #"{"type":"assessed","at":1,"actor":"a","sentences":1,"issues":[],"unplaced":[3,1],"particulars":[]}"#,
        #"{"type":"assessed","at":1,"actor":"a","sentences":1,"issues":[],"unplaced":[0,9223372036854775807],"particulars":[]}"#,
        #"{"type":"assessed","at":1,"actor":"a","sentences":1,"issues":[],"unplaced":[1],"particulars":[]}"#,
        #"{"type":"planned","at":1,"actor":"a","tasks":[{"number":70000}]}"#,
        #"{"type":"accepted","at":1,"actor":"a","task":1,"attempt":-1,"worker":"w","incarnation":"1"}"#,
        #"{"type":"contributed","at":1,"actor":"a","task":1,"attempt":1,"worker":"w","outcomes":[{"issue":-9223372036854775808,"outcome":"upheld"}],"facts":[]}"#,
    ])
    func whatCannotBeReadIsAnErrorOfTheFold(structure: String) {
        let received = Entry(at: at(1), actor: "c", event: .received(policy: "p", deadline: at(2), body: nil)).stored
        let strange = StoredEntry(structure: Array(structure.utf8))
        #expect(throws: FoldError.self) { try Case(reference, stored: [strange]) }
        #expect(throws: FoldError.self) { try Case(reference, stored: [received, strange]) }
    }

    /// What was written before there were joins, versions and run-time tasks means what it meant then.
    @Test func entriesOfBeforeFoldAsTheyDid() throws {
        let old = [
            #"{"type":"received","at":1,"actor":"client:c","policy":"p","deadline":100}"#,
            #"{"type":"assessed","at":2,"actor":"coordinator","sentences":1,"issues":[{"department":"b","ranges":[0,3]}],"unplaced":[],"particulars":[]}"#,
            #"{"type":"planned","at":3,"actor":"coordinator","tasks":[{"number":1,"type":"b/review","issues":[1],"after":[],"required":true,"timeLimitMilliseconds":5,"attemptsMaximum":3,"particulars":[]},{"number":2,"type":"l/sequel","issues":[1],"after":[1],"required":false,"timeLimitMilliseconds":5,"attemptsMaximum":3,"particulars":[]}]}"#,
            #"{"type":"ready","at":4,"actor":"coordinator","discloses":[{"task":1,"issues":[1],"particulars":[],"findingsOf":[]}]}"#,
            #"{"type":"late","at":5,"actor":"worker:w","task":1,"attempt":1,"worker":"w"}"#,
            #"{"type":"contributed","at":6,"actor":"worker:w","task":1,"attempt":2,"worker":"w","outcomes":[{"issue":1,"outcome":"upheld"}],"facts":["fact"]}"#,
            #"{"type":"ready","at":7,"actor":"coordinator","discloses":[{"task":2,"issues":[1],"particulars":[],"findingsOf":[1]}]}"#,
        ]
        let known = try Case(reference, stored: old.map { StoredEntry(structure: Array($0.utf8)) })
        #expect(known.tasks.map(\.plan.join) == [.unwritten(required: true), .unwritten(required: false)])
        #expect(known.tasks.map(\.plan.version) == [1, 1])
        #expect(known.tasks.map(\.counted) == [2, nil])
        #expect(known.tasks[0].late.map(\.attempt) == [1])
        #expect(known.brief(2, attempt: 1, text: [])?.findings.map(\.key.description) == ["fact"])
        #expect(known.tasks[1].state == .ready)
        let rules = try Policy(parsing: Array(Self.oldPolicy.utf8))
        #expect(rules.tasks.map(\.join) == [.unwritten(required: false)])
        #expect(rules.onFailure == .proceed)
    }

    static let oldPolicy =
        #"{"departments":[{"name":"b","answers":""}],"tasks":[{"type":"b/review","issuesOf":"b","required":false,"#
        + #""after":[],"particulars":[],"timeLimitMilliseconds":5,"attemptsMaximum":3}],"facts":[],"#
        + #""caseDeadlineMilliseconds":1,"leaseMilliseconds":1,"retryMilliseconds":1,"retryMillisecondsMaximum":1}"#

    @Test func damagedBytesNeverTrap() throws {
        var generator = SeededGenerator(seed: 7)
        let stored = try Self.events().map { Entry(at: at(5), actor: "a", event: $0).stored }
        for _ in 0..<4000 {
            guard var entry = stored.randomElement(using: &generator) else { return }
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: entry.structure.indices, using: &generator)
                entry.structure[index] = "0123456789-,:\"{}[]".utf8.randomElement(using: &generator) ?? 0
            }
            guard let read = try? Entry(entry), var folding = try? plannedCase(policy(), split()) else { continue }
            guard (try? folding.fold(read)) != nil else { continue }
            _ = folding.consequences(at: at(50))
            _ = folding.branch(behind: 1, now: Contribution(answers: []))
            _ = folding.brief(1, attempt: 1, text: words)
            _ = Reconciliation(folding, by: try policy()).record()
        }
    }
}
