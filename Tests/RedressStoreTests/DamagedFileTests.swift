import Foundation
import Fuzzing
import GRDB
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

/// Whatever has become of the bytes of a journal: it is read, or the fault is said. Nothing traps.
@Suite struct DamagedFileTests {
    private let temporary = try? TemporaryFolder()

    private func sample() throws -> DataFolder {
        let folder = try #require(temporary).folder()
        try SQLiteJournal(folder).appendSample()
        return folder
    }

    @Test func damagedRowsAreReadOrRefused() throws {
        let folder = try sample()
        let rows = try DatabaseQueue(path: folder.database).read { connection in
            try Row.fetchAll(connection, sql: "SELECT entries, parts FROM journal").map {
                (entries: [UInt8]($0[0] as Data), parts: [UInt8](($0[1] as Data?) ?? Data()))
            }
        }
        var (taken, refused) = (0, 0)
        FuzzRound.play(200, in: "DamagedFileTests") { round in
            for _ in 0..<50 {
                guard var row = rows.randomElement(using: &round.random) else { return }
                if Bool.random(using: &round.random) { round.damage(&row.entries) }
                if Bool.random(using: &round.random) { round.damage(&row.parts) }
                let read = row.entries.withUnsafeBytes { entries in
                    row.parts.withUnsafeBytes { StoredRow(entries: entries, parts: $0) }
                }
                guard let read else {
                    refused += 1
                    continue
                }
                taken += 1
                _ = (
                    read.storedEntries, read.firstUnfittingEntry, read.parts(without: "witness", inFirst: 1),
                    read.places
                )
            }
        }
        #expect(taken > 0 && refused > 0, "both happen")
    }

    @Test func aDamagedDatabaseIsOpenedOrRefused() throws {
        let folder = try sample()
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        var (opened, refused) = (0, 0)
        try FuzzRound.play(40, in: "DamagedFileTests") { round in
            let copy = try #require(temporary).folder("copy")
            try copy.create()
            defer { try? FileManager.default.removeItem(atPath: copy.path) }
            var bytes = Array(whole)
            // One page of them all is damaged in a few places.
            let page = Int.random(in: 0..<bytes.count / 4096, using: &round.random) * 4096
            var part = Array(bytes[page..<page + 4096])
            round.damage(&part, with: [[0], [0xFF, 0xFF]])
            bytes.replaceSubrange(page..<page + 4096, with: (part + Array(repeating: 0, count: 4096)).prefix(4096))
            try Data(bytes).write(to: URL(fileURLWithPath: copy.database))
            _ = try? JournalVerification(copy)
            do {
                let journal = try SQLiteJournal(copy)
                try journal.forEachUnfinishedCase { _, _, _ in }
                for number in 1...3 as ClosedRange<UInt64> {
                    _ = try journal.entries(of: .case(try reference(number)))
                    _ = try journal.intake(key: digest(number))
                }
                try journal.append(begin: [99], house: true)
                opened += 1
            } catch is JournalError {
                refused += 1
            }
        }
        #expect(opened > 0 && refused > 0, "both happen")
    }
}
