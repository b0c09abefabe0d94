internal import GRDB
internal import RedressCase

/// The tables of a journal and their version. What each column means is in <doc:Journal-format>.
enum Format {
    /// `application_id` of the database: "RDRS".
    static let application: Int32 = 0x5244_5253

    /// The steps from each version to the next. A step that was released never changes; new ones are added at the end.
    static let steps = [
        """
        CREATE TABLE meta(
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER NOT NULL,
            nonce INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            hash BLOB NOT NULL,
            projected INTEGER NOT NULL
        ) STRICT;
        INSERT INTO meta VALUES (1, 0, 0, 0, zeroblob(32), 0);

        CREATE TABLE turns(
            number INTEGER PRIMARY KEY,
            epoch INTEGER NOT NULL,
            nonce INTEGER NOT NULL,
            hash BLOB NOT NULL,
            streams BLOB NOT NULL
        ) STRICT;

        CREATE TABLE intake(
            ordinal INTEGER PRIMARY KEY,
            reference INTEGER NOT NULL UNIQUE,
            key BLOB NOT NULL UNIQUE,
            body BLOB NOT NULL,
            turn INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE journal(
            row INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            hash BLOB NOT NULL,
            entries BLOB NOT NULL,
            parts BLOB
        ) STRICT;
        CREATE UNIQUE INDEX journal_stream ON journal(stream, turn);

        CREATE TABLE cases(
            stream INTEGER PRIMARY KEY,
            state TEXT NOT NULL,
            unfinished INTEGER NOT NULL,
            received INTEGER NOT NULL,
            deadline INTEGER NOT NULL,
            issues INTEGER NOT NULL,
            points INTEGER NOT NULL,
            outcome TEXT
        ) STRICT;
        CREATE INDEX cases_unfinished ON cases(stream) WHERE unfinished = 1;

        CREATE TABLE tasks(
            stream INTEGER NOT NULL,
            number INTEGER NOT NULL,
            type TEXT NOT NULL,
            department TEXT NOT NULL,
            state TEXT NOT NULL,
            outcome TEXT,
            attempt INTEGER NOT NULL,
            worker TEXT,
            PRIMARY KEY (stream, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE conflicts(
            stream INTEGER NOT NULL,
            position INTEGER NOT NULL,
            fact TEXT NOT NULL,
            issues TEXT NOT NULL,
            PRIMARY KEY (stream, position)
        ) STRICT, WITHOUT ROWID;
        """,
        "CREATE INDEX tasks_parked ON tasks(stream, number) WHERE outcome = 'failed';",
        "CREATE INDEX tasks_owners ON tasks(stream, number) WHERE department = 'owner' AND outcome IS NULL;",
        // Entries tell a part that was never there from one that is missing: the bit StoredRow.tellsAbsence. The views keep
        // the tasks that are not done.
        "DELETE FROM tasks WHERE outcome IS NOT NULL AND outcome <> 'failed';",
        // A task that was not done by the deadline waits for a person, too. Views without a case are made anew.
        """
        DROP INDEX tasks_parked;
        CREATE INDEX tasks_parked ON tasks(stream, number) WHERE outcome IN ('failed', 'timed-out', 'no-worker');
        DELETE FROM cases;
        DELETE FROM tasks;
        DELETE FROM conflicts;
        """,
    ]

    /// The version that this program writes.
    static var version: Int { steps.count }

    /// Brings the database at `place` up to the version of this program; an empty one becomes a journal.
    ///
    /// - Parameter steps: those of the program; an older one knows fewer.
    /// - Throws: `format` where it is newer or another program's; it is then unchanged.
    static func migrate(_ database: Database, at place: String, by steps: [String] = steps) throws {
        let version = steps.count
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
        let found = isEmpty ? 0 : try check(database, at: place, upTo: version)
        guard found < version else { return }
        try database.inTransaction(.immediate) {
            for step in steps[found...] { try database.execute(sql: step) }
            try database.execute(sql: "PRAGMA application_id = \(application)")
            try database.execute(sql: "PRAGMA user_version = \(version)")
            return .commit
        }
    }

    /// The version of the journal at `place`, which this program can read.
    ///
    /// - Throws: `format` where it is newer or another program's.
    @discardableResult
    static func check(_ database: Database, at place: String, upTo version: Int = version) throws -> Int {
        guard try Int32.fetchOne(database, sql: "PRAGMA application_id") == application,
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version"), found > 0
        else {
            throw JournalError(.format, "\(place) is a database, but no journal. Name a folder that Redress made.")
        }
        guard found <= version else {
            throw JournalError(
                .format,
                "\(place) has format \(found); this program knows formats up to \(version). Use a newer program."
            )
        }
        return found
    }

    /// Refuses a journal that is not of exactly this version: what only reads cannot bring it up to date.
    static func checkCurrent(_ database: Database, at place: String) throws {
        let found = try check(database, at: place)
        guard found == version else {
            throw JournalError(
                .format,
                "\(place) has format \(found), this program \(version). Start a coordinator on it once."
            )
        }
    }
}
