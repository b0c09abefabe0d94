internal import Foundation
package import RedressCase

/// Where one coordinator keeps its journal.
package struct DataFolder: Sendable, Hashable {
    /// The path of the folder.
    package let path: String

    /// The folder at `path`, which need not exist.
    package init(_ path: String) { self.path = path }

    /// The database; SQLite keeps `-wal` and `-shm` beside it.
    var database: String { path + "/journal.sqlite" }

    /// The copy that is to become ``database``; who is cut off while making it leaves it, for the next one to replace.
    var partial: String { database + ".partial" }

    /// The names of an unfinished copy and of what SQLite keeps beside it.
    private static let unfinished = ["", "-journal", "-wal", "-shm"].map { "journal.sqlite.partial" + $0 }

    /// The file whose lock says that a coordinator runs.
    var lock: String { path + "/lock" }

    /// The bytes that are free for this user on the folder's disk; nil where the folder cannot be asked.
    package var freeBytes: UInt64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    /// Makes the folder where it does not exist, readable by its owner alone.
    func create() throws(JournalError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw JournalError(
                .inputOutput,
                "The folder \(path) cannot be made: \(systemReason(of: error)). Name one in a place that this user may write to."
            )
        }
    }

    /// Checks that there is a journal in the folder that this user may read.
    package func checkReadable() throws(JournalError) {
        guard access(database, R_OK) != 0 else { return }
        if errno == ENOENT || errno == ENOTDIR {
            throw JournalError(
                .inputOutput,
                "There is no journal in \(path). Name the data folder of a coordinator, or a backup: it holds journal.sqlite."
            )
        }
        throw JournalError(
            .inputOutput,
            "\(database) cannot be read: \(systemError()). Run this as the user that the coordinator runs as.")
    }

    /// Makes an empty file for a database, readable by its owner alone, where there is none; SQLite gives the files
    /// beside it the same permissions, and says what is wrong where it cannot be made.
    static func makeFile(_ file: String) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Removes a copy that was not finished.
    func removePartial() { for name in Self.unfinished { unlink(path + "/" + name) } }

    /// Whether the folder holds nothing but what a disk, a lock or an unfinished copy puts there.
    func isEmpty() throws(JournalError) -> Bool {
        try JournalError.telling(at: path, while: "list the folder") {
            try FileManager.default.contentsOfDirectory(atPath: path).allSatisfy {
                (["lock", "lost+found"] + Self.unfinished).contains($0)
            }
        }
    }

    /// Makes what was created or renamed in the folder durable.
    func sync() throws(JournalError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw JournalError(.inputOutput, "\(path): cannot make the folder durable: \(systemError()).")
        }
    }
}

/// What the system says of an error of Foundation's.
package func systemReason(of error: any Error) -> String {
    guard let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error,
        (cause as NSError).domain == NSPOSIXErrorDomain
    else { return "\(error)" }
    return String(cString: strerror(CInt((cause as NSError).code)))
}

/// What the system says of the call that failed last.
func systemError() -> String { String(cString: strerror(errno)) }
