import Counterpart
import Glibc
import RedressStore

/// A disk of a few MiB in memory, with a folder for a journal; gone with the last reference. Needs root.
final class SmallDisk {
    /// Why none can be mounted: the number of the system's error.
    struct Unavailable: Error {
        let number: Int32
    }

    private let folder = TemporaryFolder()
    let data: DataFolder
    private var filler: String { "\(folder.path)/disk/filler" }

    /// Whether this process may mount one.
    static var isAvailable: Bool { (try? SmallDisk(mebibytes: 1)) != nil }

    init(mebibytes: Int) throws {
        let path = "\(folder.path)/disk"
        data = DataFolder("\(path)/data")
        guard mkdir(path, 0o700) == 0, mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
            throw Unavailable(number: errno)
        }
    }

    deinit { umount2("\(folder.path)/disk", Int32(MNT_DETACH)) }

    /// Fills the disk until `bytes` are left.
    func fill(leaving bytes: UInt64) {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 1 << 16)
        while let free = data.freeBytes, free > bytes,
            write(descriptor, block, min(block.count, Int(free - bytes))) > 0
        {}
    }

    /// Makes room again.
    func clear() { unlink(filler) }
}
