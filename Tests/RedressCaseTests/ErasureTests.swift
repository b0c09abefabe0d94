import RedressContract
import Testing

@testable import RedressCase

/// What an erased case folds to.
@Suite struct ErasureTests {
    private func entries() throws -> [StoredEntry] {
        let contribution = Contribution(
            answers: [.init(issue: 1, .upheld, reasons: ["Zoë is right."])],
            findings: [Finding(try #require(FactKey("fact")), .text("2"), source: "ledger")])
        let body = Entry.ContributionBody(contribution, from: contribution.jsonBytes)
        let words = Array("Zoë said so.".utf8)
        let review = try #require(TaskType("b/review"))
        let plan = (1...2 as ClosedRange<UInt16>).map {
            Entry.PlannedTask(
                number: $0, type: review, issues: [1], after: [], required: true, timeLimitMilliseconds: 5,
                attemptsMaximum: 3, particulars: [])
        }
        let events: [Entry.Event] = [
            .received(policy: "p", deadline: at(100), body: words),
            .assessed(Split(issues: [], unplaced: [], sentences: 1)), .planned(plan),
            .edited(task: 1, change: .init(note: "Ask Zoë."), reason: words),
            .contributed(
                task: 1, attempt: 1, worker: "w", digest: Entry.ContributionDigest(contribution), body: body),
            .late(task: 1, attempt: 2, worker: "w", body: contribution.jsonBytes),
            .conflictSettled(
                fact: "fact", issues: [1],
                ConflictSettlement(key: try key("fact#Zoë"), value: .text("3"), reason: "Zoë.", sides: [])),
            .attemptEnded(task: 2, attempt: 1, cause: .failed, reason: words, retryAt: at(3)),
            .ended(task: 2, outcome: .cancelled, reason: "cancelled", kept: words), .paused(reason: words),
            .reconciled(outcome: .upheld, missing: 0, conflicts: [], openPoints: 0, record: .bytes(words)),
            .erased(person: Entry.complainant, reason: "on request"),
        ]
        return events.map { Entry(at: at(9), actor: "client:desk", event: $0).stored }
    }

    @Test func theCaseIsTheSameBeforeAndAfterTheBytesAreGone() throws {
        let entries = try entries()
        var erased = entries
        for entry in erased.indices {
            for part in erased[entry].parts.indices { erased[entry].parts[part].bytes = nil }
        }
        let folded = try Case(reference, stored: entries)
        #expect(try folded == Case(reference, stored: erased))
        #expect(folded.isErased)
        #expect(folded.tasks[0].contributionKept?.findings.map(\.value) == [.erased])
        #expect(folded.tasks[0].late.map(\.body) == [nil])
        let facts = Reconciliation(folded, by: try policy()).record().facts
        #expect(facts.map(\.value) == [.erased] && facts.map(\.settled?.by) == ["client:desk"])
        #expect(!"\(folded)".contains("Zoë"))
    }

    @Test func theStateAndTheViewStayAsTheyWere() throws {
        let entries = try entries()
        let before = try Case(reference, stored: entries.dropLast())
        let after = try Case(reference, stored: entries)
        #expect(!before.isErased)
        #expect(after.view == before.view)
        #expect(after.outcome == .upheld)
        #expect(before.brief(1, attempt: 1, text: []) != nil)
        #expect(after.brief(1, attempt: 1, text: []) == nil, "nobody is told anything of it any more")
        #expect(after.entryCount == before.entryCount + 1)
    }

    @Test func onlyTheEntryOfAnErasureErases() throws {
        let entries = try entries()
        #expect(entries.map(\.erasedPerson) == Array(repeating: nil, count: entries.count - 1) + ["complainant"])
        #expect(try #require(entries.last).parts.isEmpty, "it is structure only")
        #expect(StoredEntry(structure: Array(#"{"type":"erased""#.utf8)).erasedPerson == nil)
    }
}
