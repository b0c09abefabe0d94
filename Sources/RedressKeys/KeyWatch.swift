internal import Glibc

/// The list of a folder, read again when its file has changed.
package struct KeyWatch {
    /// What of a file tells whether it is still the one that was read.
    private struct Stamp: Hashable {
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let folder: KeyFolder
    private var seen: Stamp?
    /// The list as last read: what counts until a change can be read.
    package private(set) var list: KeyList
    /// Why the file as it is now does not count.
    package private(set) var fault: KeyError?

    /// Reads the list of `folder`.
    package init(_ folder: KeyFolder) throws(KeyError) {
        self.folder = folder
        seen = Self.stamp(of: folder)
        list = try folder.list()
    }

    /// Reads the list again, where its file has changed since.
    ///
    /// - Returns: the list before, where there is another one now.
    /// - Throws: ``KeyError``, once, for a file that cannot be read or is wrong; the list stays as it was.
    package mutating func refresh() throws(KeyError) -> KeyList? {
        let now = Self.stamp(of: folder)
        guard now != seen else { return nil }
        seen = now
        let read: KeyList
        do throws(KeyError) {
            read = try folder.list()
        } catch {
            fault = error
            throw error
        }
        fault = nil
        guard read != list else { return nil }
        defer { list = read }
        return list
    }

    private static func stamp(of folder: KeyFolder) -> Stamp? {
        var status = stat()
        guard stat(folder.listFile, &status) == 0 else { return nil }
        return Stamp(
            inode: UInt(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }
}
