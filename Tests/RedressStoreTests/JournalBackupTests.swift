import Foundation
import GRDB
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

@Suite struct JournalBackupTests {
    let temporary: TemporaryFolder
    let folder: DataFolder
    let journal: SQLiteJournal

    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.folder()
        journal = try SQLiteJournal(folder)
        try journal.appendSample()
    }

    @Test func aRunningJournalIsCopiedAndTheCopyRestored() throws {
        let backup = temporary.folder("backup")
        #expect(try JournalBackup.copy(from: folder, to: backup).turns == 5)
        try journal.append(begin: [4])
        let restored = temporary.folder("restored")
        #expect(try JournalBackup.copy(from: backup, to: restored).cases == 3)
        let other = try SQLiteJournal(restored)
        #expect(other.durableTurn == 5)
        #expect(try other.entries(of: .case(reference(1))) == journal.entries(of: .case(reference(1))))
        #expect(other.epoch.number == journal.epoch.number + 1)
        try other.append(begin: [4], add: [1])
        #expect(try JournalVerification(restored).fault == nil)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: backup.path).sorted() == ["journal.sqlite", "lock"])
    }

    @Test func theViewsOfARestoredFolderAreMadeAnew() throws {
        try journal.project([view(1, state: "wrong")], upTo: 5)
        let restored = temporary.folder("restored")
        try JournalBackup.copy(from: folder, to: restored) { reference, _ in
            (1...3).compactMap { try? view($0) }.first { $0.reference == reference }
        }
        #expect(
            try JournalReader(restored).cases(after: nil, limit: 9)?.cases == [view(1), view(2), view(3)])
        #expect(try JournalReader(restored).watermark() == 5)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: restored.path).sorted() == ["journal.sqlite", "lock"])
    }

    @Test func nothingIsOverwritten() throws {
        let backup = temporary.folder("backup")
        try JournalBackup.copy(from: folder, to: backup)
        let before = try Data(contentsOf: URL(fileURLWithPath: backup.database))
        try journal.append(begin: [4])
        let error = #expect(throws: JournalError.self) { try JournalBackup.copy(from: folder, to: backup) }
        #expect(error?.sentence.contains("not empty") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: backup.database)) == before)
        #expect(
            #expect(throws: JournalError.self) { try JournalBackup.copy(from: backup, to: folder) }?.code == .locked)
    }

    @Test func aFaultyJournalMakesNoBackup() throws {
        let intruder = try DatabaseQueue(path: folder.database)
        try intruder.write { try $0.execute(sql: "DELETE FROM journal WHERE row = 3") }
        let backup = temporary.folder("backup")
        let error = #expect(throws: JournalError.self) { try JournalBackup.copy(from: folder, to: backup) }
        #expect(error?.code == .broken)
        #expect(try FileManager.default.contentsOfDirectory(atPath: backup.path) == ["lock"])
    }
}
