internal import GRDB
internal import RedressCase
internal import RedressContract

/// The views, written and read.
extension Database {
    /// Makes all views anew out of the journal.
    ///
    /// - Parameters:
    ///   - turn: the last one.
    ///   - place: the folder, for errors.
    ///   - progress: called after each case with how many are done, and how many there are.
    /// - Returns: how many cases they show.
    func rebuildViews(
        upTo turn: UInt64, _ fold: CaseFold, at place: String, progress: (_ done: Int, _ cases: Int) -> Void
    ) throws -> Int {
        for deletion in Self.deletions { try execute(sql: deletion) }
        let last = try lastOrdinal(upTo: turn)
        for number in stride(from: 1, through: last, by: 1) {
            guard let ordinal = UInt32(exactly: number), let reference = try reference(of: ordinal) else { continue }
            let entries = try undamagedRows(of: reference, at: place)?.flatMap(\.entries)
            let view = entries.flatMap { fold(reference, $0) } ?? CaseView(setAside: reference)
            try write(view, ordinal: ordinal)
            progress(Int(number), Int(last))
        }
        try setWatermark(turn)
        return Int(last)
    }

    /// The number of the last case that began in `turn` or before; 0 where there is none.
    func lastOrdinal(upTo turn: UInt64) throws -> Int64 {
        let sql = "SELECT ordinal FROM intake WHERE turn <= ? ORDER BY ordinal DESC LIMIT 1"
        return try Int64.fetchOne(self, sql: sql, arguments: [Int64(clamping: turn)]) ?? 0
    }

    /// The rows of a case; nil where one of them is damaged.
    func undamagedRows(of reference: CaseReference, at place: String) throws -> [JournalRow]? {
        do {
            return try checkedRows(of: .case(reference), at: place)
        } catch let error as JournalError where error.code == .broken {
            return nil
        }
    }

    /// The turn that the views show.
    func watermark() throws -> UInt64 {
        UInt64(bitPattern: try Int64.fetchOne(cachedStatement(sql: "SELECT projected FROM meta")) ?? 0)
    }

    /// Says that the views show `turn`.
    func setWatermark(_ turn: UInt64) throws {
        let statement = try cachedStatement(sql: "UPDATE meta SET projected = ?").rewind()
        try statement.bind(turn, at: 1)
        try statement.run()
    }

    private static let deletions = ["cases", "tasks", "conflicts"].map { "DELETE FROM \($0)" }
    private static let deletionsOfCase = deletions.map { $0 + " WHERE stream = ?" }

    /// Writes or replaces the view of the case `ordinal`.
    func write(_ view: CaseView, ordinal: UInt32) throws {
        let stream = Int64(ordinal)
        let row = try cachedStatement(sql: "INSERT OR IGNORE INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?)").rewind()
        try row.bind(stream, at: 1)
        try row.bind(view.state, at: 2)
        try row.bind(view.isUnfinished ? 1 : 0 as Int64, at: 3)
        try row.bind(view.receivedAt.milliseconds, at: 4)
        try row.bind(view.deadline.milliseconds, at: 5)
        try row.bind(Int64(view.issues), at: 6)
        try row.bind(Int64(view.openPoints), at: 7)
        try row.bind(view.outcome, at: 8)
        try row.run()
        if changesCount == 0 {
            // It has been shown before.
            for sql in Self.deletionsOfCase {
                let deletion = try cachedStatement(sql: sql).rewind()
                try deletion.bind(stream, at: 1)
                try deletion.run()
            }
            try row.run()
        }
        let task = try cachedStatement(sql: "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)").rewind()
        for view in view.tasks {
            try task.bind(stream, at: 1)
            try task.bind(Int64(view.number), at: 2)
            try task.bind(view.type, at: 3)
            try task.bind(view.department, at: 4)
            try task.bind(view.state, at: 5)
            try task.bind(view.outcome, at: 6)
            try task.bind(Int64(view.attempt), at: 7)
            try task.bind(view.worker, at: 8)
            try task.run()
        }
        let conflict = try cachedStatement(sql: "INSERT INTO conflicts VALUES (?, ?, ?, ?)").rewind()
        for (position, view) in view.conflicts.enumerated() {
            try conflict.bind(stream, at: 1)
            try conflict.bind(Int64(position), at: 2)
            try conflict.bind(view.fact, at: 3)
            try conflict.bind(view.issues.map(String.init).joined(separator: " "), at: 4)
            try conflict.run()
        }
    }

    /// The views of the cases whose numbers follow `ordinal`, `limit` at most.
    func views(after ordinal: UInt32, limit: Int) throws -> [CaseView] {
        let statement = try cachedStatement(
            sql: """
                SELECT stream, reference, state, unfinished, received, deadline, issues, points, outcome
                FROM cases JOIN intake ON ordinal = stream WHERE stream > ? ORDER BY stream LIMIT ?
                """
        ).rewind()
        try statement.bind(Int64(ordinal), at: 1)
        try statement.bind(Int64(limit), at: 2)
        var views: [CaseView] = []
        while try statement.step() {
            guard let reference = CaseReference(rawValue: statement.bits(1)) else { continue }
            let stream = statement.number(0)
            views.append(
                CaseView(
                    reference: reference, state: statement.text(2) ?? "", isUnfinished: statement.number(3) != 0,
                    receivedAt: Timestamp(milliseconds: statement.number(4)),
                    deadline: Timestamp(milliseconds: statement.number(5)),
                    issues: Int(statement.number(6)), openPoints: Int(statement.number(7)), outcome: statement.text(8),
                    tasks: try tasks(of: stream), conflicts: try conflicts(of: stream)))
        }
        return views
    }

    private func tasks(of stream: Int64) throws -> [CaseView.TaskView] {
        let statement = try cachedStatement(
            sql: """
                SELECT number, type, department, state, outcome, attempt, worker FROM tasks
                WHERE stream = ? ORDER BY number
                """
        ).rewind()
        try statement.bind(stream, at: 1)
        var tasks: [CaseView.TaskView] = []
        while try statement.step() {
            tasks.append(
                CaseView.TaskView(
                    number: UInt16(clamping: statement.number(0)), type: statement.text(1) ?? "",
                    department: statement.text(2) ?? "", state: statement.text(3) ?? "", outcome: statement.text(4),
                    attempt: UInt32(clamping: statement.number(5)), worker: statement.text(6)))
        }
        return tasks
    }

    private func conflicts(of stream: Int64) throws -> [CaseView.ConflictView] {
        let statement = try cachedStatement(
            sql: "SELECT fact, issues FROM conflicts WHERE stream = ? ORDER BY position"
        ).rewind()
        try statement.bind(stream, at: 1)
        var conflicts: [CaseView.ConflictView] = []
        while try statement.step() {
            let issues = (statement.text(1) ?? "").split(separator: " ").compactMap { Int($0) }
            conflicts.append(CaseView.ConflictView(fact: statement.text(0) ?? "", issues: issues))
        }
        return conflicts
    }
}
