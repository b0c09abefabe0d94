internal import Glibc

/// Small files that matter: read only where their owner alone can have written them, written whole or not at all.
enum SafeFile {
    /// More than any of these files has.
    private static let bytesMaximum = 4 << 20

    /// The text of a file.
    ///
    /// - Parameter isSecret: whether nobody but the owner may be able to read it. That nobody else can write it is always
    ///   wanted.
    static func read(_ path: String, isSecret: Bool) throws(KeyError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw KeyError(.unreadable, path, "the file cannot be opened: \(reason)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError(.unreadable, path, "this is not a file")
        }
        guard status.st_mode & (isSecret ? 0o077 : 0o022) == 0 else {
            throw KeyError(
                .open, path,
                "others can \(isSecret ? "read" : "change") it (mode \(String(status.st_mode & 0o777, radix: 8))); "
                    + (isSecret
                        ? "make it yours alone with `chmod 600 \(path)`, and rotate the key if others may have read it"
                        : "make it yours alone to change with `chmod go-w \(path)`, and look whether it is as it should be")
            )
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= bytesMaximum {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw KeyError(.unreadable, path, "the file cannot be read: \(reason)")
            }
            bytes += chunk[..<count]
        }
        guard bytes.count <= bytesMaximum, let text = String(validating: bytes, as: UTF8.self) else {
            throw KeyError(.malformed, path, "the file is too large, or not text")
        }
        return text
    }

    /// Writes a file that nobody else can read: `path` is then the whole of `text`, also after a crash, or what it was.
    ///
    /// What root writes belongs to the owner of the file before, or of the folder: the coordinator goes on to read it.
    static func write(_ text: String, to path: String) throws(KeyError) {
        let draft = "\(path).\(getpid()).new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw KeyError(.unwritable, path, "it cannot be written: \(reason)") }
        if geteuid() == 0 { giveToOwner(descriptor, of: path) }
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { break }
            written += max(count, 0)
        }
        let isDown = written == bytes.count && fsync(descriptor) == 0
        guard isDown, rename(draft, path) == 0 else {
            let error = KeyError(.unwritable, path, "it cannot be written: \(reason)")
            close(descriptor)
            unlink(draft)
            throw error
        }
        close(descriptor)
    }

    private static func giveToOwner(_ descriptor: CInt, of path: String) {
        var status = stat()
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard stat(path, &status) == 0 || stat(folder, &status) == 0 else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    /// What the last call of the system failed with.
    static var reason: String { String(cString: strerror(errno)) }
}
