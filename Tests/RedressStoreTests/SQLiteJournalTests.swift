import Foundation
import GRDB
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

@Suite struct SQLiteJournalTests {
    let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    @Test func theWriterSyncsEveryCommitAndLeavesCheckpointsToItself() throws {
        let journal = try SQLiteJournal(temporary.folder())
        let settings = try journal.read("read the settings") { connection in
            try ["synchronous", "wal_autocheckpoint", "secure_delete"].map {
                try Int.fetchOne(connection, sql: "PRAGMA \($0)")
            }
        }
        // 2 is FULL.
        #expect(settings == [2, 0, 1])
        #expect(try journal.read("mode") { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    }

    @Test func everyTurnIsOneCommit() throws {
        let journal = try SQLiteJournal(temporary.folder())
        let before = journal.commits
        try journal.appendSample()
        #expect(journal.commits == before + 5)
    }

    @Test func aSecondOpeningOfAFolderIsRefusedAndToldWhoHoldsIt() throws {
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        let error = #expect(throws: JournalError.self) { try SQLiteJournal(folder) }
        #expect(error?.code == .locked)
        #expect(error?.sentence.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(error?.sentence.contains(folder.path) == true)
        journal.close()
        #expect(try SQLiteJournal(folder).epoch.number == 2)
    }

    @Test func whoIsRefusedTheLockClosesNobodyElsesFile() async throws {
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        let others = Task.detached {
            (0..<20_000).count { _ in
                let descriptor = open("/dev/null", O_RDONLY)
                sched_yield()
                return fcntl(descriptor, F_GETFD) < 0 || close(descriptor) < 0
            }
        }
        for _ in 0..<2_000 { #expect(throws: JournalError.self) { try SQLiteJournal(folder) } }
        #expect(await others.value == 0)
        journal.close()
    }

    @Test func anOpeningBehindTheLockFencesTheOneBefore() throws {
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        try journal.append(begin: [1])
        let intruder = try DatabaseQueue(path: folder.database)
        try intruder.write { try $0.execute(sql: "UPDATE meta SET epoch = epoch + 1") }
        let error = #expect(throws: JournalError.self) { try journal.append(add: [1]) }
        #expect(error?.code == .staleEpoch)
        #expect(journal.durableTurn == 1)
        #expect(try journal.entries(of: .case(try reference(1))).count == 2)
    }

    @Test func aNewerFormatIsRefusedAndLeftAlone() throws {
        let folder = temporary.folder()
        try SQLiteJournal(folder).close()
        let newer = try DatabaseQueue(path: folder.database)
        try newer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = \(Format.version + 1)") }
        try newer.close()
        for open in [{ _ = try SQLiteJournal(folder) }, { _ = try JournalReader(folder) }] as [() throws -> Void] {
            let error = #expect(throws: JournalError.self) { try open() }
            #expect(error?.code == .format)
            #expect(error?.sentence.contains("format \(Format.version + 1)") == true)
        }
    }

    @Test func whatIsNoJournalIsRefusedAndLeftAlone() throws {
        let folder = temporary.folder()
        try folder.create()
        let text = Data("Dear Sir or Madam, ".utf8) + Data(repeating: 65, count: 5000)
        try text.write(to: URL(fileURLWithPath: folder.database))
        #expect(#expect(throws: JournalError.self) { try SQLiteJournal(folder) }?.code == .format)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == text)

        let other = temporary.folder("other")
        try other.create()
        let foreign = try DatabaseQueue(path: other.database)
        try foreign.write { try $0.execute(sql: "CREATE TABLE letters(text TEXT)") }
        try foreign.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: other.database))
        #expect(#expect(throws: JournalError.self) { try SQLiteJournal(other) }?.code == .format)
        #expect(try Data(contentsOf: URL(fileURLWithPath: other.database)) == bytes)
    }

    @Test func aFullDiskIsReportedAndTheJournalGoesOnAfterwards() throws {
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        try journal.append(begin: [1])
        try journal.read("limit") { connection in
            let pages = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
            try connection.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let large = StoredEntry(structure: [UInt8](repeating: 1, count: 1_000_000))
        let turn = Turn(
            number: 2, epoch: journal.epoch, rows: [Turn.Row(stream: .case(try reference(1)), entries: [large])])
        let error = #expect(throws: JournalError.self) { try journal.append(turn) }
        #expect(error?.code == .inputOutput)
        #expect(error?.sentence.contains(folder.path) == true)
        #expect(error?.sentence.contains("full") == true)
        #expect(journal.durableTurn == 1)
        try journal.read("lift the limit") { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        _ = try journal.append(turn)
        let verification = try JournalVerification(folder)
        #expect(verification.fault == nil)
        #expect(verification.turns == 2)
    }

    @Test func aRefusedTurnLeavesTheChainsWhole() throws {
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        try journal.appendSample()
        #expect(throws: JournalError.self) { try journal.append(begin: [4, 1], add: [2, 3], house: true) }
        #expect(throws: JournalError.self) { try journal.append(add: [1, 2, 9]) }
        try journal.append(begin: [4], add: [1, 2, 3], house: true)
        let verification = try JournalVerification(folder)
        #expect(verification.fault == nil)
        #expect(verification.turns == 6)
        #expect(verification.cases == 4)
    }

    @Test func theWriteAheadLogIsWrittenBackWhenItIsLong() throws {
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        try journal.append(begin: [1])
        let large = StoredEntry(structure: [UInt8](repeating: 1, count: 16 << 20))
        for _ in 0..<6 {
            let row = Turn.Row(stream: .case(try reference(1)), entries: [large])
            _ = try journal.append(Turn(number: journal.durableTurn + 1, epoch: journal.epoch, rows: [row]))
        }
        let size = try FileManager.default.attributesOfItem(atPath: folder.database)[.size] as? Int
        #expect(try #require(size) > 60 << 20)
    }

    @Test func theFolderSaysWhatIsFree() throws {
        let folder = temporary.folder()
        #expect(folder.freeBytes == nil)
        try folder.create()
        #expect(try #require(folder.freeBytes) > 0)
    }

    @Test func aDigestIsTheSHA256() {
        let digest = Array("abc".utf8).withUnsafeBytes { RedressCase.Digest(sha256: $0) }
        #expect("\(digest)" == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
