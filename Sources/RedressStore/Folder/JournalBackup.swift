internal import Foundation
internal import GRDB
package import RedressCase

/// Copies a journal, of a running coordinator too, and verifies the copy. A backup is a data folder of its own:
/// restoring is the same copy the other way.
package enum JournalBackup {
    /// Copies the journal in `source` into `target`, which must be empty or not there.
    ///
    /// The copy is of one moment. It gets its name only after both chains and SQLite's own check have held, so a
    /// folder with a `journal.sqlite` is a good backup, or as good as its source. It has the format of this program, be
    /// the source older.
    ///
    /// - Parameters:
    ///   - fold: what the views show of a case: those of the copy are made anew. Nil: they are copied.
    ///   - keepsFault: whether a copy whose chains do not hold, as its source's, is kept: the result tells its fault.
    /// - Throws: `inputOutput` where `target` is not empty, `broken` where the copy does not verify: none is left then.
    @discardableResult
    package static func copy(
        from source: DataFolder, to target: DataFolder, viewsAnew fold: CaseFold? = nil, keepsFault: Bool = false
    ) throws(JournalError) -> JournalVerification {
        try source.checkReadable()
        let reader = try JournalReader(file: source.database, of: source, isCopied: true)
        let isNew = access(target.path, F_OK) != 0
        try target.create()
        let lock = try FolderLock(target)
        defer { withExtendedLifetime(lock) {} }
        guard try target.isEmpty() else {
            throw JournalError(
                .inputOutput,
                "\(target.path) is not empty, and nothing is ever overwritten. Name a new or empty folder.")
        }
        let partial = target.partial
        target.removePartial()
        DataFolder.makeFile(partial)
        do throws(JournalError) {
            try JournalError.telling(at: target.path, while: "copy \(source.path) into it") {
                let copy = try DatabaseQueue(path: partial)
                try reader.backUp(to: copy)
                // A write-ahead log would be a second file, and the copy is to be one.
                try copy.writeWithoutTransaction { connection in
                    try connection.execute(sql: "PRAGMA journal_mode = DELETE")
                    try Format.migrate(connection, at: source.path)
                }
                try copy.close()
            }
            let verification = try verify(partial, of: source, for: target)
            if let fault = verification.fault, !keepsFault {
                throw JournalError(.broken, "The journal of \(source.path) has a fault: \(fault).")
            }
            if let fold {
                try JournalError.telling(at: target.path, while: "make the views anew") {
                    let copy = try DatabaseQueue(path: partial)
                    try copy.write {
                        _ = try $0.rebuildViews(upTo: verification.turns, fold, at: target.path) { _, _ in }
                    }
                    try copy.close()
                }
            }
            try JournalError.telling(at: target.path, while: "name the copy") {
                try FileManager.default.moveItem(atPath: partial, toPath: target.database)
            }
            try target.sync()
            return verification
        } catch {
            target.removePartial()
            unlink(target.lock)
            if isNew { rmdir(target.path) }
            throw error
        }
    }

    private static func verify(
        _ file: String, of source: DataFolder, for target: DataFolder
    ) throws(JournalError) -> JournalVerification {
        let reader = try JournalReader(file: file, of: target)
        let damage = try reader.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
        guard damage == ["ok"] else {
            throw JournalError(
                .broken, "The copy of \(source.path) is damaged: \(damage.prefix(3).joined(separator: "; ")).")
        }
        return try JournalVerification(reader, of: target)
    }
}
