import Foundation
import GRDB
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

/// Folders of other versions of the format.
@Suite struct FormatTests {
    private let temporary: TemporaryFolder
    private let folder: DataFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.folder()
        try folder.create()
    }

    private func number(of folder: DataFolder) throws -> Int? {
        try DatabaseQueue(path: folder.database).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    }

    /// Makes a database as the program of `version` did, with `turns` of one row each that begin a case. Their parts are
    /// as before format 4: one of them was never there and has a salted digest all the same.
    private func make(version: Int, turns: UInt64) throws {
        let database = try DatabaseQueue(path: folder.database)
        try database.writeWithoutTransaction { connection in
            for step in Format.steps.prefix(version) { try connection.execute(sql: step) }
            try connection.execute(sql: "PRAGMA application_id = \(Format.application)")
            try connection.execute(sql: "PRAGMA user_version = \(version)")
        }
        let epoch = Epoch(number: 1, nonce: 7)
        var last = RedressCase.Digest.zero
        for number in 1...turns {
            let reference = try reference(number)
            let received = try received(number)
            let (entries, parts) = Self.bytes(of: received)
            var frame = RowFrame()
            let hash = entries.withUnsafeBytes {
                frame.hash(of: $0, stream: .case(reference), turn: number, after: .zero)
            }
            var turn = TurnHash(number: number, epoch: epoch, after: last)
            turn.add(Turn.Intake(reference: reference, key: digest(number), body: digest(1000 + number)))
            turn.add(row: hash)
            last = turn.digest()
            var streams: [UInt8] = []
            streams.append(number: UInt32(number))
            try database.write { connection in
                try connection.execute(
                    sql: """
                        INSERT INTO intake VALUES (:number, :reference, :key, :body, :number);
                        INSERT INTO journal VALUES (:number, :number, :number, :hash, :entries, :parts);
                        INSERT INTO turns VALUES (:number, 1, 7, :turn, :streams);
                        UPDATE meta SET epoch = 1, nonce = 7, turn = :number, hash = :turn;
                        """,
                    arguments: [
                        "number": Int64(number), "reference": Int64(reference.rawValue),
                        "key": Data(digest(number).bytes), "body": Data(digest(1000 + number).bytes),
                        "hash": Data(hash.bytes), "entries": Data(entries), "parts": Data(parts),
                        "turn": Data(last.bytes), "streams": Data(streams),
                    ])
            }
        }
        try database.close()
    }

    private func received(_ number: UInt64) throws -> StoredEntry {
        Entry(
            at: Timestamp(milliseconds: Int64(number)), actor: "client:shop",
            event: .received(
                policy: "p", deadline: Timestamp(milliseconds: 1000), body: Array("Words \(number).".utf8))
        ).stored
    }

    /// A row of one entry, with a part that is there and one that never was, as it was laid out before format 4.
    private static func bytes(of entry: StoredEntry) -> (entries: [UInt8], parts: [UInt8]) {
        let salt = [UInt8](repeating: 9, count: Salts.size)
        let words = entry.parts[0].bytes ?? []
        var entries: [UInt8] = []
        entries.append(number: UInt32(entry.structure.count))
        entries += entry.structure
        entries.append(number: 2 as UInt16)
        for part in [salt + words, salt] {
            entries.append(number: UInt8("complainant".utf8.count))
            entries += Array("complainant".utf8)
            entries.append(part.withUnsafeBytes { RedressCase.Digest(sha256: $0) })
        }
        var parts: [UInt8] = []
        parts.append(number: 0 as UInt32)
        parts.append(number: UInt32(words.count))
        return (entries, parts + salt + words)
    }

    @Test(arguments: 1..<Format.version) func anOlderFolderIsBroughtUpToDate(version: Int) throws {
        try make(version: version, turns: 3)
        let error = #expect(throws: JournalError.self) { try JournalReader(folder) }
        #expect(error?.code == .format)
        #expect(try number(of: folder) == version, "who only reads changes nothing")
        let restored = temporary.folder("restored")
        try JournalBackup.copy(from: folder, to: restored)
        #expect(try number(of: restored) == Format.version)
        #expect(try number(of: folder) == version, "a backup that is restored stays as it is")

        let journal = try SQLiteJournal(folder)
        #expect(try number(of: folder) == Format.version)
        #expect(journal.durableTurn == 3)
        #expect(journal.epoch.number == 2)
        var cases: [CaseReference: [StoredEntry]] = [:]
        try journal.forEachUnfinishedCase { reference, entries, _ in cases[reference] = try? entries.get() }
        for number in 1...3 as ClosedRange<UInt64> {
            let entries = try #require(cases[reference(number)])
            #expect(entries.map(\.structure) == [try received(number).structure])
            #expect(entries[0].parts.map(\.bytes) == [Array("Words \(number).".utf8), nil])
            #expect(try Case(reference(number), stored: entries).client == "client:shop")
            #expect(try journal.intake(key: digest(number))?.reference == reference(number))
        }
        #expect(try JournalVerification(folder).fault == nil, "what never was there is not missed")
        try journal.append(begin: [4], add: [1], house: true)
        try journal.project([view(1), view(4)], upTo: 4)
        #expect(try JournalReader(folder).tasks(parked: true, department: nil, of: nil, after: nil, limit: 9).isEmpty)
        let verification = try JournalVerification(folder)
        #expect(verification.fault == nil)
        #expect(verification.turns == 4)
        #expect(verification.cases == 4)
    }

    @Test func anOlderProgramRefusesANewerFolderAndChangesNothing() throws {
        try SQLiteJournal(folder).appendSample()
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        // What the program of each version before this one checks first.
        for version in 1..<Format.version {
            let error = #expect(throws: JournalError.self) {
                try DatabaseQueue(path: folder.database).writeWithoutTransaction {
                    try Format.migrate($0, at: folder.path, by: Array(Format.steps.prefix(version)))
                }
            }
            #expect(error?.code == .format)
            #expect(error?.sentence.contains("has format \(Format.version)") == true)
            #expect(error?.sentence.contains("up to \(version)") == true)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == before)

        try DatabaseQueue(path: folder.database).writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA user_version = \(Format.version + 1)")
        }
        let newer = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        #expect(#expect(throws: JournalError.self) { try SQLiteJournal(folder) }?.code == .format)
        #expect(#expect(throws: JournalError.self) { try JournalReader(folder) }?.code == .format)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == newer)
    }
}
