import Foundation
import GRDB
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

@Suite struct ErasureTests {
    let temporary: TemporaryFolder
    let folder: DataFolder
    let journal: SQLiteJournal

    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.folder()
        journal = try SQLiteJournal(folder)
        try journal.appendSample()
    }

    /// Appends the entry that erases a person from case `number`, with entries before and behind it in its row.
    private func erase(
        _ person: String, from number: UInt64, before: [StoredEntry] = [], behind: [StoredEntry] = []
    ) throws {
        let erasure = Entry(
            at: Timestamp(milliseconds: 1), actor: "client:desk", event: .erased(person: person, reason: "on request"))
        let row = Turn.Row(stream: .case(try reference(number)), entries: before + [erasure.stored] + behind)
        _ = try journal.append(Turn(number: journal.durableTurn + 1, epoch: journal.epoch, rows: [row]))
        #expect(try journal.emptyLog())
    }

    /// What is found after `sql` has changed the database behind the journal's back.
    private func fault(after sql: String) throws -> JournalFault? {
        let database = try DatabaseQueue(path: folder.database)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
        return try JournalVerification(folder).fault
    }

    @Test func anErasedPersonIsGoneFromTheFolderAndTheChainsHold() throws {
        #expect(try contains("secret of case 1", in: folder))
        try erase("complainant", from: 1, before: [entry("case 1, last")], behind: [entry("new on 1")])
        #expect(try !contains("secret of case 1", in: folder))
        #expect(try contains("word on case 1", in: folder))
        #expect(try contains("secret of new on 1", in: folder))
        #expect(try contains("secret of case 2", in: folder))
        let parts = try journal.entries(of: .case(try reference(1))).flatMap(\.parts)
        #expect(parts.filter { $0.person == "complainant" }.count { $0.bytes == nil } == 5)
        #expect(parts.filter { $0.person == "witness" }.allSatisfy { $0.bytes != nil })
        #expect(try JournalVerification(folder).fault == nil)
        try erase("complainant", from: 1)
        #expect(try !contains("secret of new on 1", in: folder))
        try erase("witness", from: 1)
        #expect(try !contains("word on case 1", in: folder))
        try journal.append(add: [1])
        #expect(try JournalVerification(folder).fault == nil)
    }

    @Test func aReaderOnlyPutsOffThatTheLogIsEmptied() throws {
        let reader = try JournalReader(folder)
        try reader.read { connection in
            #expect(try Int.fetchOne(connection, sql: "SELECT count(*) FROM journal") == 11)
            let row = Turn.Row(
                stream: .case(try reference(1)),
                entries: [
                    Entry(
                        at: Timestamp(milliseconds: 1), actor: "a",
                        event: .erased(person: "complainant", reason: "on request")
                    ).stored
                ])
            _ = try journal.append(Turn(number: journal.durableTurn + 1, epoch: journal.epoch, rows: [row]))
            #expect(try !journal.emptyLog())
            #expect(try contains("secret of case 1", in: folder))
        }
        try journal.append(house: true)
        #expect(try !contains("secret of case 1", in: folder), "the next turn empties it first")
    }

    @Test func aPartThatIsMissingWithoutAnErasureIsNamed() throws {
        let fault = try fault(after: "UPDATE journal SET parts = NULL WHERE row IN (7, 9)")
        #expect(fault?.kind == .missing)
        #expect(fault?.stream == .case(try reference(1)))
        #expect(fault?.turn == 3)
        #expect(fault?.entry == 5)
    }

    @Test func anErasureCoversItsPersonAndWhatIsBeforeItOnly() throws {
        try erase("complainant", from: 1, behind: [entry("new on 1")])
        #expect(try fault(after: "UPDATE journal SET parts = NULL WHERE row = 1")?.entry == 1, "the witness is missing")
        try erase("witness", from: 1)
        #expect(try JournalVerification(folder).fault?.kind == nil)
        try journal.append(add: [1])
        let last = try fault(
            after: "UPDATE journal SET parts = NULL WHERE row = (SELECT max(row) FROM journal WHERE stream = 1)")
        #expect(last?.kind == .missing)
        #expect(last?.turn == 8)
    }

    @Test func aPartThatAnErasureLeftIsNamed() throws {
        let kept = try DatabaseQueue(path: folder.database).read {
            try #require(try Data.fetchOne($0, sql: "SELECT parts FROM journal WHERE row = 1"))
        }
        try erase("complainant", from: 1)
        let intruder = try DatabaseQueue(path: folder.database)
        try intruder.write { try $0.execute(sql: "UPDATE journal SET parts = ? WHERE row = 1", arguments: [kept]) }
        let fault = try JournalVerification(folder).fault
        #expect(fault?.kind == .changed)
        #expect(fault?.turn == 1)
        #expect(fault?.entry == 1)
        #expect(fault?.sentence.contains("erased") == true)
    }

    @Test func aPartThatWasNeverThereIsNotMissed() throws {
        let never = StoredEntry(structure: [1], parts: [PersonalPart(person: "complainant", bytes: nil)])
        let row = Turn.Row(stream: .case(try reference(1)), entries: [never])
        _ = try journal.append(Turn(number: journal.durableTurn + 1, epoch: journal.epoch, rows: [row]))
        #expect(try JournalVerification(folder).fault == nil)
    }

    private func contains(_ text: String, in folder: DataFolder) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { name in
            try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)).range(of: Data(text.utf8)) != nil
        }
    }
}
