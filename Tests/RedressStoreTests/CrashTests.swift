import Foundation
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

@Suite struct CrashTests {
    /// A process or machine that stops leaves some beginning of the write-ahead log: it must be one of the journal.
    @Test func anyBeginningOfTheLogIsABeginningOfTheJournal() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        for number in 1...12 as ClosedRange<UInt64> {
            try journal.append(begin: [number], add: number > 2 ? [1, number - 1] : [], house: true)
        }
        let whole = try JournalReader(folder).rows(of: .case(try reference(1)))
        let log = try Data(contentsOf: URL(fileURLWithPath: folder.database + "-wal"))
        var seen: Set<UInt64> = []
        // A frame of the log is 4120 bytes; a step that does not divide it cuts frames everywhere.
        for end in stride(from: 0, through: log.count, by: 5003) {
            // Each stays until the end: SQLite knows files by their inode, and one that is free again may be in use still by a
            // reader that is about to close.
            let copy = temporary.folder("copy-\(end)")
            try copy.create()
            try FileManager.default.copyItem(atPath: folder.database, toPath: copy.database)
            try log.prefix(end).write(to: URL(fileURLWithPath: copy.database + "-wal"))
            do {
                let recovered = try SQLiteJournal(copy)
                let turn = recovered.durableTurn
                seen.insert(turn)
                let verification = try JournalVerification(copy)
                #expect(verification.fault == nil, "log cut at \(end)")
                #expect(verification.turns == turn)
                let expected = whole.filter { $0.turn <= turn }.flatMap(\.entries)
                #expect(try recovered.entries(of: .case(try reference(1))) == expected)
                #expect(recovered.epoch.number >= 1)
                try recovered.append(begin: [100 + turn], house: true)
                #expect(try JournalVerification(copy).fault == nil)
            }
        }
        #expect(seen.count > 8)
    }

    @Test func acknowledgedTurnsAreThereWhenTheProcessStopsWithoutClosing() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        try journal.appendSample()
        let copy = temporary.folder("copy")
        try copy.create()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: folder.database + suffix, toPath: copy.database + suffix)
        }
        let recovered = try SQLiteJournal(copy)
        #expect(recovered.durableTurn == 5)
        var open: [CaseReference: Int] = [:]
        try recovered.forEachUnfinishedCase { reference, entries, _ in open[reference] = (try? entries.get())?.count }
        #expect(open == [try reference(1): 8, try reference(2): 6, try reference(3): 4])
    }
}
