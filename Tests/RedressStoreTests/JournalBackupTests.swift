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
        #expect(!FileManager.default.fileExists(atPath: backup.path))
        let verification = try JournalBackup.copy(from: folder, to: backup, keepsFault: true)
        #expect(verification.fault != nil)
        #expect(try JournalVerification(backup).fault == verification.fault)
        let restored = temporary.folder("restored")
        let refused = #expect(throws: JournalError.self) { try JournalBackup.copy(from: backup, to: restored) }
        #expect(refused?.sentence.contains("has a fault") == true)
    }

    @Test func whatABackupThatWasCutOffLeftIsReplaced() throws {
        let backup = temporary.folder("backup")
        try backup.create()
        for suffix in ["", "-journal", "-wal"] { try Data("x".utf8).write(to: file(backup.partial + suffix)) }
        try Data("x".utf8).write(to: file(backup.partial + ".txt"))
        #expect(throws: JournalError.self) { try JournalBackup.copy(from: folder, to: backup) }
        try FileManager.default.removeItem(atPath: backup.partial + ".txt")
        #expect(try JournalBackup.copy(from: folder, to: backup).turns == 5)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: backup.path).sorted() == ["journal.sqlite", "lock"])
    }

    @Test func itsOwnerAloneMayReadAJournalAndItsCopies() throws {
        let open = temporary.folder("open")
        try FileManager.default.createDirectory(
            atPath: open.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let journal = try SQLiteJournal(open)
        try journal.appendSample()
        let (backup, restored) = (temporary.folder("backup"), temporary.folder("restored"))
        try JournalBackup.copy(from: open, to: backup)
        try JournalBackup.copy(from: backup, to: restored) { _, _ in nil }
        for path in ["", "-wal", "-shm"].map({ open.database + $0 }) + [backup.database, restored.database] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600, "\(path)")
        }
    }

    private func file(_ path: String) -> URL { URL(fileURLWithPath: path) }
}
