import Counterpart
import Foundation
import RedressTesting
import Subprocess
import SystemPackage

/// What a program did to the files of a folder, and from it the folder as a power failure at any moment would leave it.
///
/// What was synced is there. What was written since may be there, wholly or in part, in any order: a disk may keep its newest
/// write and lose an older one, and cut one off in the middle. A file that was made or removed since the last sync of its
/// folder may be there or not.
struct RecordedDisk {
    /// How much of what was not synced is there afterwards.
    enum Luck: CaseIterable {
        /// Nothing.
        case none
        /// All up to some write, which is cut off.
        case torn
        /// Some writes, some of which are cut off.
        case scattered
    }

    /// The ends of the records, counted in bytes of the recording.
    let moments: [Int]
    private let files: [File]
    /// When the folder was synced, in the order of time.
    private let folderSyncs: [Int]

    /// One file from its making to its removal. Times are indices of records.
    private struct File {
        var name: String
        var made: Int
        var removed: Int?
        var changes: [Change] = []
        var syncs: [Int] = []

        enum Change {
            case written(Int, at: Int, ArraySlice<UInt8>)
            case cut(Int, to: Int)

            var time: Int {
                switch self {
                case .written(let time, _, _), .cut(let time, _): time
                }
            }
        }
    }

    /// Something in the recording is no record.
    struct Malformed: Error {}

    /// Reads a recording of `DiskRecorder.c`.
    init(reading path: String) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        var moments: [Int] = []
        var files: [File] = []
        var folderSyncs: [Int] = []
        var place = 0
        func number(_ offset: Int, _ size: Int) -> Int {
            bytes[place + offset..<place + offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        while place < bytes.count {
            guard bytes.count - place >= 24 else { throw Malformed() }
            let (kind, nameLength, offset, count) = (number(0, 4), number(4, 4), number(8, 8), number(16, 8))
            let start = place + 24 + nameLength
            guard start + count <= bytes.count else { throw Malformed() }
            let name = String(decoding: bytes[place + 24..<start], as: UTF8.self)
            let time = moments.count
            moments.append(start + count)
            place = start + count
            if kind == 5 {
                folderSyncs.append(time)
                continue
            }
            let index =
                files.lastIndex { $0.name == name && $0.removed == nil }
                ?? {
                    files.append(File(name: name, made: time))
                    return files.count - 1
                }()
            switch kind {
            case 1: files[index].changes.append(.written(time, at: offset, bytes[start..<start + count]))
            case 2: files[index].changes.append(.cut(time, to: offset))
            case 3: files[index].syncs.append(time)
            case 4: files[index].removed = time
            default: throw Malformed()
            }
        }
        (self.moments, self.files, self.folderSyncs) = (moments, files, folderSyncs)
    }

    /// Writes the files into `folder` as they may be when the power fails at the end of record `time`.
    func write(to folder: String, at time: Int, luck: Luck, using random: inout SeededGenerator) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let listed = luck != .none && Bool.random(using: &random) ? time : folderSyncs.last { $0 <= time } ?? -1
        for file in files where file.made <= listed && file.removed.map({ $0 > listed }) ?? true {
            let content = content(of: file, at: time, luck, &random)
            try Data(content).write(to: URL(fileURLWithPath: "\(folder)/\(file.name)"))
        }
    }

    private func content(of file: File, at time: Int, _ luck: Luck, _ random: inout SeededGenerator) -> [UInt8] {
        let synced = file.syncs.last { $0 <= time } ?? -1
        let changes = file.changes.filter { $0.time <= time }
        let kept = changes.prefix { $0.time <= synced }
        var content: [UInt8] = []
        for change in kept { apply(change, to: &content) }
        let loose = changes.dropFirst(kept.count)
        switch luck {
        case .none: break
        case .torn:
            let end = Int.random(in: 0...loose.count, using: &random)
            for change in loose.prefix(end) { apply(change, to: &content) }
            if let next = loose.dropFirst(end).first { apply(torn(next, &random), to: &content) }
        case .scattered:
            for change in loose where Bool.random(using: &random) {
                apply(Int.random(in: 0..<4, using: &random) == 0 ? torn(change, &random) : change, to: &content)
            }
        }
        return content
    }

    private func torn(_ change: File.Change, _ random: inout SeededGenerator) -> File.Change {
        guard case .written(let time, let offset, let bytes) = change else { return change }
        return .written(time, at: offset, bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
    }

    private func apply(_ change: File.Change, to content: inout [UInt8]) {
        switch change {
        case .cut(_, let length):
            content = Array(content.prefix(length)) + Array(repeating: 0, count: max(0, length - content.count))
        case .written(_, let offset, let bytes):
            let end = offset + bytes.count
            if content.count < end { content += Array(repeating: 0, count: end - content.count) }
            content.replaceSubrange(offset..<end, with: bytes)
        }
    }
}

extension RecordedDisk {
    /// Compiles the recorder into `folder`.
    ///
    /// - Returns: the path of the library; nil where there is no compiler.
    static func recorder(in folder: String) async -> String? {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "DiskRecorder.c").path
        let library = "\(folder)/recorder.so"
        for compiler in ["cc", "clang"] {
            let ran = try? await Subprocess.run(
                .name(compiler), arguments: ["-O1", "-fPIC", "-shared", "-o", .init(library), .init(source), "-ldl"],
                output: .discarded, error: .discarded)
            if case .exited(0)? = ran?.terminationStatus { return library }
        }
        return nil
    }

    /// Whether there is a compiler for the recorder.
    static func isAvailable() async -> Bool {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        return await recorder(in: folder.path) != nil
    }
}
