internal import GRDB
package import RedressCase
internal import RedressContract

extension SQLiteJournal {
    package func append(_ turn: Turn) throws(JournalError) -> [Digest] { try append(turn, showing: [], upTo: 0) }

    /// Appends the next turn, as ``Journal/append(_:)`` does, and brings the views up to `shown`, that turn at the most, in the
    /// same transaction: one `fsync` for both.
    package func append(
        _ turn: Turn, showing views: [CaseView], upTo shown: UInt64
    ) throws(JournalError) -> [Digest] {
        guard turn.epoch == epoch else { throw stale(turn) }
        guard turn.number == durableTurn &+ 1, turn.number <= Int64.max else {
            throw JournalError(.badTurn, "Turn \(turn.number) does not follow turn \(durableTurn) of \(folder.path).")
        }
        if heads.count > Self.headsMaximum { heads.removeAll() }
        var hashes: [Digest] = []
        var hash = Digest.zero
        var turnHash = TurnHash(number: turn.number, epoch: turn.epoch, after: lastHash)
        var ordinal = nextOrdinal
        let hasErasure = turn.rows.contains { $0.entries.contains { $0.erasedPerson != nil } }
        do throws(JournalError) {
            try commit("append turn \(turn.number)") { connection in
                for intake in turn.intakes {
                    try insert(intake, ordinal: ordinal, turn: turn.number, connection)
                    guard ordinal < .max else { throw JournalError(.badTurn, "\(folder.path) holds no more cases.") }
                    ordinal += 1
                    turnHash.add(intake)
                }
                let streams = try insert(turn.rows, of: turn.number, connection) { hash in
                    hashes.append(hash)
                    turnHash.add(row: hash)
                }
                if let intake = turn.intakes.first(where: { heads[$0.reference.rawValue]?.turn != turn.number }) {
                    throw JournalError(
                        .badTurn, "Turn \(turn.number) takes in \(intake.reference) without a row for it.")
                }
                hash = turnHash.digest()
                try insert(turn, hash: hash, streams: streams, connection)
                if !views.isEmpty { try show(views, upTo: min(shown, turn.number), connection) }
                for row in turn.rows where hasErasure { try erase(row, in: turn.number, connection) }
            }
        } catch {
            // Some heads may be those of rows that are not on disk.
            heads.removeAll()
            throw error
        }
        if hasErasure { log.holdsErased = true }
        durableTurn = turn.number
        lastHash = hash
        nextOrdinal = ordinal
        return hashes
    }

    private func insert(_ intake: Turn.Intake, ordinal: UInt32, turn: UInt64, _ connection: Database) throws {
        let statement = try connection.cachedStatement(sql: "INSERT INTO intake VALUES (?, ?, ?, ?, ?)").rewind()
        try statement.bind(Int64(ordinal), at: 1)
        try statement.bind(intake.reference.rawValue, at: 2)
        try statement.bind(intake.key, at: 3)
        try statement.bind(intake.body, at: 4)
        try statement.bind(turn, at: 5)
        try statement.run()
        heads[intake.reference.rawValue] = Head(hash: .zero, turn: 0, ordinal: ordinal)
    }

    /// Inserts rows, and calls `done` with the hash of each.
    ///
    /// - Returns: the ordinals of their streams, as `turns` keeps them.
    private func insert(
        _ rows: [Turn.Row], of turn: UInt64, _ connection: Database, done: (Digest) -> Void
    ) throws -> [UInt8] {
        let statement = try connection.cachedStatement(
            sql: "INSERT INTO journal(stream, turn, hash, entries, parts) VALUES (?, ?, ?, ?, ?)"
        ).rewind()
        var streams: [UInt8] = []
        streams.reserveCapacity(4 * rows.count)
        for row in rows {
            guard let head = try heads[row.stream.identity] ?? connection.head(of: row.stream, at: folder.path) else {
                throw JournalError(.badTurn, "Turn \(turn) has a row for \(row.stream), a case that never began.")
            }
            guard head.turn < turn else { throw JournalError(.badTurn, "Turn \(turn) has two rows for \(row.stream).") }
            let hash = try frame.take(row, turn: turn, after: head.hash)
            try statement.bind(Int64(head.ordinal), at: 1)
            try statement.bind(turn, at: 2)
            try frame.withBlobs { hash, entries, parts in
                try statement.bind(unowned: hash, at: 3)
                try statement.bind(unowned: entries, at: 4)
                try statement.bind(unowned: parts, at: 5)
                try statement.run()
            }
            heads[row.stream.identity] = Head(hash: hash, turn: turn, ordinal: head.ordinal)
            streams.append(number: head.ordinal)
            done(hash)
        }
        return streams
    }

    private func insert(_ turn: Turn, hash: Digest, streams: [UInt8], _ connection: Database) throws {
        var statement = try connection.cachedStatement(sql: "INSERT INTO turns VALUES (?, ?, ?, ?, ?)").rewind()
        try statement.bind(turn.number, at: 1)
        try statement.bind(turn.epoch.number, at: 2)
        try statement.bind(turn.epoch.nonce, at: 3)
        try statement.bind(hash, at: 4)
        try streams.withUnsafeBytes { bytes in
            // An empty turn has an empty list, not none.
            try bytes.isEmpty ? statement.bind([], at: 5) : statement.bind(unowned: bytes, at: 5)
            try statement.run()
        }
        // The fence: whoever opened the journal since changed the epoch.
        statement = try connection.cachedStatement(
            sql: "UPDATE meta SET turn = ?, hash = ? WHERE epoch = ? AND nonce = ? AND turn = ?"
        ).rewind()
        try statement.bind(turn.number, at: 1)
        try statement.bind(hash, at: 2)
        try statement.bind(turn.epoch.number, at: 3)
        try statement.bind(turn.epoch.nonce, at: 4)
        try statement.bind(durableTurn, at: 5)
        try statement.run()
        guard connection.changesCount == 1 else { throw stale(turn) }
    }

    private func stale(_ turn: Turn) -> JournalError {
        JournalError(
            .staleEpoch,
            "Turn \(turn.number) is of epoch \(turn.epoch), but \(folder.path) was opened again since: refused."
        )
    }
}
