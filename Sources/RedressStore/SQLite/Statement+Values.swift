internal import GRDB
internal import GRDBSQLite
internal import RedressCase

/// A prepared statement used directly: values go in and come out without a copy, which GRDB's own arguments and rows
/// would make for each blob. Parameters and columns count from 1 and from 0, as in SQLite.
extension Statement {
    /// Binds a number.
    func bind(_ number: Int64, at index: CInt) throws {
        try check(sqlite3_bind_int64(sqliteStatement, index, number))
    }

    /// Binds the bits of a number.
    func bind(_ number: UInt64, at index: CInt) throws { try bind(Int64(bitPattern: number), at: index) }

    /// Binds a text, or null.
    func bind(_ text: String?, at index: CInt) throws {
        guard var text else { return try check(sqlite3_bind_null(sqliteStatement, index)) }
        try text.withUTF8 { bytes in
            try bytes.withMemoryRebound(to: CChar.self) {
                // A nil address would bind null.
                let address = $0.baseAddress ?? UnsafePointer(bitPattern: 1)
                try check(sqlite3_bind_text(sqliteStatement, index, address, CInt($0.count), Self.copied))
            }
        }
    }

    /// Binds bytes that are copied.
    func bind(_ bytes: [UInt8], at index: CInt) throws {
        try bytes.withUnsafeBytes { try bind($0, lifetime: Self.copied, at: index) }
    }

    /// Binds the 32 bytes of a digest.
    func bind(_ digest: Digest, at index: CInt) throws {
        let words = (
            digest.words.0.bigEndian, digest.words.1.bigEndian, digest.words.2.bigEndian, digest.words.3.bigEndian
        )
        try withUnsafeBytes(of: words) { try bind($0, lifetime: Self.copied, at: index) }
    }

    /// Binds bytes that must stay where they are until the statement has run; null where there are none.
    func bind(unowned bytes: UnsafeRawBufferPointer, at index: CInt) throws {
        try bind(bytes, lifetime: nil, at: index)
    }

    private func bind(
        _ bytes: UnsafeRawBufferPointer, lifetime: sqlite3_destructor_type?, at index: CInt
    ) throws {
        try check(sqlite3_bind_blob64(sqliteStatement, index, bytes.baseAddress, UInt64(bytes.count), lifetime))
    }

    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// Whether there is a next row; after the last one the statement is ready to be bound and run again.
    func step() throws -> Bool {
        let code = sqlite3_step(sqliteStatement)
        if code == SQLITE_ROW { return true }
        let error = code == SQLITE_DONE ? nil : failure()
        sqlite3_reset(sqliteStatement)
        if let error { throw error }
        return false
    }

    /// Runs a statement that has no rows.
    func run() throws { while try step() {} }

    /// Makes the statement ready to be bound, before its first use and after one that was left early.
    func rewind() -> Statement {
        sqlite3_reset(sqliteStatement)
        return self
    }

    /// The number in a column.
    func number(_ column: CInt) -> Int64 { sqlite3_column_int64(sqliteStatement, column) }

    /// The bits in a column.
    func bits(_ column: CInt) -> UInt64 { UInt64(bitPattern: number(column)) }

    /// The text in a column; nil where it is null.
    func text(_ column: CInt) -> String? {
        sqlite3_column_text(sqliteStatement, column).map { String(cString: $0) }
    }

    /// The bytes in a column, until the next step.
    func bytes(_ column: CInt) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(sqliteStatement, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(sqliteStatement, column)))
    }

    private func check(_ code: CInt) throws { if code != SQLITE_OK { throw failure() } }

    private func failure() -> DatabaseError {
        let connection = sqlite3_db_handle(sqliteStatement)
        return DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: String(cString: sqlite3_errmsg(connection)))
    }
}
