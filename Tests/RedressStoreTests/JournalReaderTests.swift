import RedressCase
import RedressContract
import Testing

@testable import RedressStore

@Suite struct JournalReaderTests {
    let temporary: TemporaryFolder
    let folder: DataFolder
    let journal: SQLiteJournal
    let reader: JournalReader

    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.folder()
        journal = try SQLiteJournal(folder)
        try journal.appendSample()
        reader = try JournalReader(folder)
    }

    @Test func viewsAreReadAsTheyWereProjected() throws {
        try journal.project([view(1), view(2, state: "reconciled", isUnfinished: false)], upTo: 4)
        #expect(try reader.view(reference(1)) == view(1))
        #expect(try reader.view(reference(2)) == view(2, state: "reconciled", isUnfinished: false))
        #expect(try reader.view(reference(3)) == nil)
        #expect(try reader.view(reference(9)) == nil)
        #expect(try reader.watermark() == 4)
        var changed = try view(1, state: "closed")
        changed.tasks.removeLast()
        changed.conflicts = []
        try journal.project([changed], upTo: 3)
        #expect(try reader.view(reference(1)) == changed)
        #expect(try reader.watermark() == 4)
    }

    @Test func casesComeInPages() throws {
        try journal.project([view(1), view(2), view(3)], upTo: 5)
        let first = try #require(try reader.cases(after: nil, limit: 2))
        #expect(first.cases == [try view(1), try view(2)])
        let second = try #require(try reader.cases(after: first.next, limit: 2))
        #expect(second.cases == [try view(3)])
        #expect(second.next == nil)
        #expect(try reader.cases(after: "nonsense", limit: 2) == nil)
        #expect(try reader.cases(after: reference(9).description, limit: 2) == nil)
        #expect(try reader.cases(after: nil, limit: -1)?.cases.count == 1)
    }

    @Test func theOwnersTasksAreListedWhereTheyAreAskedFor() throws {
        func withOwners(_ number: UInt64, isUnfinished: Bool, outcome: String? = nil) throws -> CaseView {
            var view = try view(number, isUnfinished: isUnfinished)
            view.tasks.append(
                CaseView.TaskView(
                    number: 3, type: "owner/unplaced", department: "owner", state: "ready", outcome: outcome,
                    attempt: 0, worker: nil))
            return view
        }
        try journal.project(
            [
                withOwners(1, isUnfinished: true), withOwners(2, isUnfinished: false),
                withOwners(3, isUnfinished: false, outcome: "cancelled"),
            ], upTo: 5)
        func listed(parked: Bool = false, department: String? = nil, of number: UInt64? = nil) throws -> [TaskID] {
            try reader.tasks(
                parked: parked, department: department, of: try number.map { try reference($0) }, after: nil, limit: 9)
        }
        #expect(try listed() == [TaskID(reference(1), 2)])
        #expect(try reader.ownersTasks() == 2)
        #expect(try listed(department: "owner") == [TaskID(reference(1), 3), TaskID(reference(2), 3)])
        #expect(try listed(of: 1) == [TaskID(reference(1), 2), TaskID(reference(1), 3)])
        #expect(try listed(department: "owner", of: 2) == [TaskID(reference(2), 3)])
        #expect(try listed(of: 3) == [])
        #expect(try listed(parked: true, department: "owner") == [])
        for outcome in ["failed", "timed-out", "no-worker", "skipped"] {
            var ended = try view(2, isUnfinished: false)
            ended.tasks[1].outcome = outcome
            try journal.project([ended], upTo: 5)
            #expect(try listed(parked: true) == (outcome == "skipped" ? [] : [TaskID(reference(2), 2)]))
        }
    }

    @Test func rowsOfAStreamAreReadAfterATurn() throws {
        let rows = try reader.rows(of: .case(reference(1)))
        #expect(rows.map(\.turn) == [1, 2, 3, 5])
        #expect(try reader.rows(of: .case(reference(1)), after: 2, limit: 1).map(\.turn) == [3])
        #expect(try reader.rows(of: .case(reference(1)), after: .max).isEmpty)
        #expect(try reader.rows(of: .house).map(\.turn) == [2, 4])
        #expect(try reader.entries(of: .case(reference(1))) == journal.entries(of: .case(reference(1))))
        let heads = try journal.append(add: [1])
        #expect(try reader.rows(of: .case(reference(1)), after: 5).map(\.head) == heads)
    }

    @Test func viewsAreRebuiltFromTheJournal() throws {
        try journal.project([view(1, state: "wrong")], upTo: 2)
        var folded: [CaseReference: Int] = [:]
        let cases = try journal.rebuildViews { reference, entries in
            folded[reference] = entries.count
            return (1...2).compactMap { try? view($0) }.first { $0.reference == reference }
        }
        #expect(cases == 3)
        #expect(folded == [try reference(1): 8, try reference(2): 6, try reference(3): 4])
        #expect(
            try reader.cases(after: nil, limit: 10)?.cases
                == [try view(1), try view(2), CaseView(setAside: try reference(3))])
        #expect(try reader.watermark() == 5)
    }

    @Test func aFolderWithoutAJournalIsNoJournal() throws {
        let empty = temporary.folder("empty")
        try empty.create()
        let error = #expect(throws: JournalError.self) { try JournalReader(empty) }
        #expect(error?.sentence.contains(empty.path) == true)
    }

    @Test func manyThreadsReadBesideTheWriter() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { [reader] in
                    let rows = try reader.rows(of: .case(reference(1)))
                    return try reader.lastTurn().number >= rows.last?.turn ?? 0
                }
            }
            for _ in 0..<20 { try journal.append(add: [1], house: true) }
            for try await isConsistent in group { #expect(isConsistent) }
        }
    }
}
