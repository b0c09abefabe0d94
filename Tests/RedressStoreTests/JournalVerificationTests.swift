import Foundation
import GRDB
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

@Suite struct JournalVerificationTests {
    let temporary: TemporaryFolder
    let folder: DataFolder
    let heads: [RedressCase.Digest]

    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        heads = try journal.append(begin: [1, 2])
        try journal.append(begin: [3], add: [1], house: true)
        try journal.append(add: [2, 1])
        try journal.append(house: true)
        try journal.append(add: [3, 2, 1])
        journal.close()
    }

    /// What is found after `sql` has changed the database behind the journal's back.
    private func fault(after sql: String, _ arguments: StatementArguments = []) throws -> JournalFault? {
        let database = try DatabaseQueue(path: folder.database)
        try database.write { try $0.execute(sql: sql, arguments: arguments) }
        try database.close()
        return try JournalVerification(folder).fault
    }

    @Test func aWholeJournalIsCounted() throws {
        let verification = try JournalVerification(folder)
        #expect(verification.fault == nil)
        #expect(verification.turns == 5)
        #expect(verification.cases == 3)
        #expect(verification.entries == 20)
        #expect(try JournalReader(folder).lastTurn() == (5, verification.lastHash))
    }

    @Test func itRunsBesideTheCoordinator() throws {
        let journal = try SQLiteJournal(folder)
        try journal.append(add: [1])
        #expect(try JournalVerification(folder).turns == 6)
        try journal.append(add: [1])
        #expect(try JournalVerification(folder).fault == nil)
    }

    /// Every fifth byte of each row, turn and intake, one after the other; which fifth, differs from row to row.
    @Test func anyChangedByteIsNamed() throws {
        let database = try DatabaseQueue(path: folder.database)
        let fields = [
            "journal": ["entries", "hash", "parts"], "turns": ["hash", "streams"], "intake": ["key", "body"],
            "meta": ["hash"],
        ]
        for (table, columns) in fields {
            for column in columns {
                let rows = try database.read { connection in
                    try Row.fetchAll(
                        connection, sql: "SELECT rowid, \(column) FROM \(table) WHERE \(column) IS NOT NULL")
                }
                for row in rows {
                    let id: Int64 = row[0]
                    let bytes: Data = row[1]
                    for index in stride(from: Int(id % 5), to: bytes.count, by: 5) {
                        var changed = bytes
                        changed[index] ^= 1 << UInt8(index % 8)
                        try database.write {
                            try $0.execute(
                                sql: "UPDATE \(table) SET \(column) = ? WHERE rowid = ?", arguments: [changed, id])
                        }
                        let fault = try JournalVerification(folder).fault
                        #expect(fault != nil, "\(table).\(column) \(id) byte \(index)")
                        #expect(fault?.turn != nil)
                        if table == "journal" {
                            #expect(fault?.kind == .changed)
                            #expect(fault?.stream != nil && fault?.entry != nil)
                        }
                    }
                    try database.write {
                        try $0.execute(
                            sql: "UPDATE \(table) SET \(column) = ? WHERE rowid = ?", arguments: [bytes, id])
                    }
                }
            }
        }
        #expect(try JournalVerification(folder).fault == nil)
    }

    @Test func aChangedPersonalPartIsNamedWithItsEntry() throws {
        let fault = try fault(
            after: """
                UPDATE journal SET parts = CAST(replace(parts, 'secret', 'public') AS BLOB)
                WHERE stream = 1 AND turn = 3
                """)
        #expect(fault?.kind == .changed)
        #expect(fault?.stream == .case(try reference(1)))
        #expect(fault?.turn == 3)
        #expect(fault?.entry == 5)
    }

    @Test(arguments: 1...11) func aMissingRowIsNamed(row: Int) throws {
        let (stream, turn) = try DatabaseQueue(path: folder.database).read { connection in
            let row = try #require(
                try Row.fetchOne(connection, sql: "SELECT stream, turn FROM journal WHERE row = ?", arguments: [row]))
            return (row[0] as Int64, row[1] as Int64)
        }
        let fault = try fault(after: "DELETE FROM journal WHERE row = ?", [row])
        #expect(fault?.kind == .missing)
        #expect(fault?.turn == UInt64(turn))
        #expect(fault?.stream == (stream == 0 ? .house : .case(try reference(UInt64(stream)))))
    }

    @Test func twoSwappedRowsAreNamed() throws {
        let fault = try fault(
            after: """
                UPDATE journal SET row = 100 WHERE row = 7;
                UPDATE journal SET row = 7 WHERE row = 8;
                UPDATE journal SET row = 8 WHERE row = 100;
                """)
        #expect(fault?.kind == .outOfOrder)
        #expect(fault?.turn == 3)
    }

    @Test func twoSwappedTurnsAreNamed() throws {
        let fault = try fault(
            after: """
                UPDATE turns SET number = 100 WHERE number = 3;
                UPDATE turns SET number = 3 WHERE number = 4;
                UPDATE turns SET number = 4 WHERE number = 100;
                """)
        #expect(fault?.turn == 3)
    }

    @Test func entriesThatChangedPlacesAreNamed() throws {
        let fault = try fault(
            after: """
                UPDATE journal SET (hash, entries, parts) =
                    (SELECT hash, entries, parts FROM journal AS other WHERE other.row = 12 - journal.row)
                WHERE row IN (4, 6, 8)
                """)
        #expect(fault != nil)
    }

    @Test func aLostTailIsNamed() throws {
        let fault = try fault(after: "DELETE FROM journal WHERE turn > 3; DELETE FROM turns WHERE number > 3")
        #expect(fault?.kind == .lostTail)
        #expect(fault?.turn == 4)
    }

    @Test func aMissingTurnIsNamed() throws {
        let fault = try fault(after: "DELETE FROM journal WHERE turn = 4; DELETE FROM turns WHERE number = 4")
        #expect(fault?.kind == .missing)
        #expect(fault?.turn == 4)
    }

    @Test func aMissingIntakeIsNamed() throws {
        let fault = try fault(after: "DELETE FROM intake WHERE ordinal = 2")
        #expect(fault != nil)
        #expect(fault?.turn == 1)
    }

    @Test func aRowTooManyIsNamed() throws {
        let fault = try fault(
            after:
                "INSERT INTO journal(stream, turn, hash, entries) SELECT 3, 4, hash, entries FROM journal WHERE row = 1"
        )
        #expect(fault?.kind == .outOfOrder)
    }

    @Test func anAnchorFindsAJournalThatWasCutAndMended() throws {
        let anchor = JournalVerification.Anchor(reference: try reference(2), head: heads[1])
        #expect(try JournalVerification(folder, anchors: [anchor]).fault == nil)
        let lost = JournalVerification.Anchor(reference: try reference(1), head: heads[1])
        let fault = try JournalVerification(folder, anchors: [anchor, lost]).fault
        #expect(fault?.kind == .lostTail)
        #expect(fault?.stream == .case(try reference(1)))
    }

    @Test func aViewThatIsNotWhatTheJournalFoldsToIsNamed() throws {
        func fold(_ reference: CaseReference, _ entries: [StoredEntry]) -> CaseView? {
            guard var view = (1...3).compactMap({ try? view($0) }).first(where: { $0.reference == reference }) else {
                return nil
            }
            view.issues = entries.count
            return view
        }
        func fault(after sql: String? = nil) throws -> JournalFault? {
            let database = try DatabaseQueue(path: folder.database)
            if let sql { try database.write { try $0.execute(sql: sql) } }
            try database.close()
            return try JournalVerification(folder, views: fold).fault
        }
        #expect(try fault() == nil, "what the views do not show yet is not missed")
        let journal = try SQLiteJournal(folder)
        try journal.rebuildViews(fold)
        try journal.append(add: [1])
        #expect(try fault() == nil, "views are of the turn that they show")
        try journal.append(begin: [4], add: [2])
        for entries in [6, 8] {
            try journal.project([#require(fold(reference(2), Array(repeating: entry("e"), count: entries)))], upTo: 5)
            #expect(try fault() == nil, "a view may be ahead of the others")
        }
        for entries in [4, 7] {
            try journal.project([#require(fold(reference(2), Array(repeating: entry("e"), count: entries)))], upTo: 5)
            #expect(try fault()?.kind == .wrongView)
        }
        try journal.rebuildViews(fold)
        for sql in [
            "UPDATE cases SET unfinished = 0 WHERE stream = 2", "UPDATE tasks SET worker = NULL WHERE stream = 2",
            "DELETE FROM conflicts WHERE stream = 2", "DELETE FROM cases WHERE stream = 2",
            "DELETE FROM tasks WHERE stream > 1",
        ] {
            let fault = try fault(after: sql)
            #expect(fault?.kind == .wrongView, "\(sql)")
            #expect(fault?.stream == .case(try reference(2)), "\(sql)")
            #expect(try JournalVerification(folder).fault == nil, "the chains hold")
            try journal.rebuildViews(fold)
        }
        #expect(try fault(after: "UPDATE meta SET projected = 99")?.kind == .wrongView)
        #expect(try !journal.hasWholeViews())
        try journal.rebuildViews(fold)
        #expect(try fault(after: "INSERT INTO cases SELECT 77, state, 0, 0, 0, 0, 0, '' FROM cases LIMIT 1") != nil)
    }

    @Test func lostViewsShowAtAGlance() throws {
        let views = try [view(1), view(2), view(3, state: "reconciled", isUnfinished: false), view(4)]
        let journal = try SQLiteJournal(folder)
        #expect(try journal.hasWholeViews(), "nothing is shown yet")
        try journal.project(Array(views.dropLast()), upTo: 5)
        #expect(try journal.hasWholeViews())
        try journal.append(begin: [4])
        #expect(try journal.hasWholeViews())
        for sql in [
            "UPDATE cases SET unfinished = 0", "UPDATE cases SET unfinished = 1", "DELETE FROM cases",
            "DELETE FROM cases WHERE stream = 1",
        ] {
            let database = try DatabaseQueue(path: folder.database)
            try database.write { try $0.execute(sql: sql) }
            try database.close()
            #expect(try !journal.hasWholeViews(), "\(sql)")
            try journal.rebuildViews { reference, _ in views.first { $0.reference == reference } }
            #expect(try journal.hasWholeViews())
        }
    }

    @Test func hostileNumbersAreFaultsAndNotTraps() throws {
        for sql in [
            "UPDATE journal SET stream = -1 WHERE row = 3",
            "UPDATE journal SET stream = 9223372036854775807 WHERE row = 3",
            "UPDATE journal SET turn = -9223372036854775808 WHERE row = 3", "UPDATE turns SET streams = x'ffffffff'",
            "UPDATE turns SET streams = x'00'", "UPDATE intake SET reference = -1 WHERE ordinal = 2",
            "UPDATE intake SET turn = -4 WHERE ordinal = 2", "UPDATE turns SET number = -1 WHERE number = 1",
            "UPDATE meta SET turn = -1", "DELETE FROM meta",
        ] {
            let copy = temporary.folder("copy")
            try copy.create()
            try FileManager.default.copyItem(atPath: folder.database, toPath: copy.database)
            let database = try DatabaseQueue(path: copy.database)
            try database.write { try $0.execute(sql: sql) }
            try database.close()
            #expect(try JournalVerification(copy).fault != nil, "\(sql)")
            try FileManager.default.removeItem(atPath: copy.path)
        }
    }
}
