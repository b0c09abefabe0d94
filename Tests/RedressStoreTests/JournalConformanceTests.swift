import RedressCase
import RedressStore
import RedressTesting
import Testing

@Suite struct JournalConformanceTests {
    @Test func theModelKeepsThePromises() throws {
        try JournalConformance.check {
            let disk = JournalModel.Disk()
            var nonce: UInt64 = 0
            return {
                nonce += 1
                return JournalModel(disk, nonce: nonce)
            }
        }
    }

    @Test func sqliteKeepsThePromises() throws {
        let temporary = try TemporaryFolder()
        var stores = 0
        try JournalConformance.check {
            stores += 1
            let folder = temporary.folder("store \(stores)")
            weak var last: SQLiteJournal?
            return {
                // The suite lets go of the opening before only when it has the next one.
                last?.close()
                let journal = try SQLiteJournal(folder)
                last = journal
                return journal
            }
        }
    }

    @Test func aStoreThatForgetsIsFound() throws {
        #expect(throws: JournalBreach.self) {
            try JournalConformance.check { { JournalModel(JournalModel.Disk(), nonce: .random(in: 1 ... .max)) } }
        }
    }

    @Test func theModelFailsAsItIsTold() throws {
        let disk = JournalModel.Disk()
        let journal = JournalModel(disk, nonce: 1)
        let error = JournalError(.inputOutput, "The disk is full.")
        let turn = Turn(
            number: 1, epoch: journal.epoch, rows: [Turn.Row(stream: .house, entries: [StoredEntry(structure: [1])])])
        journal.failure = { _ in .refused(error) }
        #expect(throws: error) { try journal.append(turn) }
        #expect(journal.durableTurn == 0)
        journal.failure = { _ in .unanswered(error) }
        #expect(throws: error) { try journal.append(turn) }
        #expect(journal.durableTurn == 1)
    }
}
