internal import Glibc
internal import RedressCase

/// The exclusive lock on a data folder, held while it lives. The system lets go of it when the process ends, however
/// it ends.
final class FolderLock {
    private let descriptor: CInt

    /// Takes the lock of `folder`.
    ///
    /// - Throws: `locked`, with the process that holds it.
    init(_ folder: DataFolder) throws(JournalError) {
        descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw JournalError(.inputOutput, "\(folder.lock): cannot open the lock: \(systemError()).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            var holder = [UInt8](repeating: 0, count: 20)
            let count = pread(descriptor, &holder, holder.count, 0)
            guard reason == EWOULDBLOCK else {
                throw JournalError(.inputOutput, "\(folder.lock): cannot lock: \(String(cString: strerror(reason))).")
            }
            let process = String(decoding: holder.prefix(max(0, count)), as: UTF8.self)
            throw JournalError(
                .locked,
                "The data folder \(folder.path) is in use by process \(process.isEmpty ? "?" : process). "
                    + "Stop it first, or name another folder.")
        }
        let process = Array(String(getpid()).utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, process, process.count, 0) == process.count else {
            throw JournalError(.inputOutput, "\(folder.lock): cannot write the lock: \(systemError()).")
        }
    }

    /// Lets go of the folder; the lock stays open, without effect, until this object goes.
    func release() { _ = flock(descriptor, LOCK_UN) }

    // Also where `init` throws: closed there, it could be another's file by now.
    deinit { if descriptor >= 0 { close(descriptor) } }
}
