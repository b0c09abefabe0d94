internal import RedressCase
internal import RedressContract

/// A journal row on its way to disk: its entries and their personal parts as bytes. The layout is that of
/// <doc:Journal-format>; one frame is used for row after row, so that its memory is too.
struct RowFrame {
    /// What the row's hash covers, and then the hash: previous hash, stream, turn, entries, hash.
    private var hashed: [UInt8] = []
    private var personal: [UInt8] = []
    private var salts = Salts()

    /// The bytes of `hashed` before the entries.
    private static let headSize = 32 + 8 + 8

    /// Takes up `row` of `turn`, whose stream ended in `previous`.
    ///
    /// - Returns: the row's hash.
    /// - Throws: `badTurn` where the row is empty or something in it is larger than the layout can say.
    mutating func take(_ row: Turn.Row, turn: UInt64, after previous: Digest) throws(JournalError) -> Digest {
        guard !row.entries.isEmpty else {
            throw JournalError(.badTurn, "Turn \(turn) has a row without entries for \(row.stream).")
        }
        hashed.removeAll(keepingCapacity: true)
        personal.removeAll(keepingCapacity: true)
        hashed.append(previous)
        hashed.append(number: row.stream.identity)
        hashed.append(number: turn)
        var index: UInt32 = 0
        for entry in row.entries {
            guard let size = UInt32(exactly: entry.structure.count), let count = UInt16(exactly: entry.parts.count),
                count < StoredRow.tellsAbsence
            else {
                throw JournalError(.badTurn, "An entry of \(row.stream) is too large: 4 GiB and 32767 parts at most.")
            }
            hashed.append(number: size)
            hashed.append(contentsOf: entry.structure)
            hashed.append(number: count | StoredRow.tellsAbsence)
            for part in entry.parts {
                try take(part, index: index, of: row.stream)
                index &+= 1
            }
        }
        let hash = hashed.withUnsafeBytes { Digest(sha256: $0) }
        hashed.append(hash)
        return hash
    }

    private mutating func take(_ part: PersonalPart, index: UInt32, of stream: Stream) throws(JournalError) {
        var part = part
        guard let nameSize = UInt8(exactly: part.person.utf8.count), let size = UInt32(exactly: part.bytes?.count ?? 0)
        else {
            throw JournalError(.badTurn, "A part of \(stream) is too large: 4 GiB, and 255 bytes for a role, at most.")
        }
        hashed.append(nameSize)
        part.person.withUTF8 { hashed.append(contentsOf: $0) }
        guard let bytes = part.bytes else { return hashed.append(Digest.zero) }
        personal.append(number: index)
        personal.append(number: size)
        let salted = personal.count
        salts.draw(into: &personal)
        personal.append(contentsOf: bytes)
        hashed.append(personal.withUnsafeBytes { Digest(sha256: UnsafeRawBufferPointer(rebasing: $0[salted...])) })
    }

    /// Calls `body` with the blobs of the row that was taken last: its hash, its entries and its personal parts.
    func withBlobs(
        _ body: (_ hash: UnsafeRawBufferPointer, _ entries: UnsafeRawBufferPointer, _ parts: UnsafeRawBufferPointer)
            throws -> Void
    ) rethrows {
        try hashed.withUnsafeBytes { hashed in
            try personal.withUnsafeBytes { personal in
                let entries = hashed[Self.headSize..<hashed.count - 32]
                try body(
                    UnsafeRawBufferPointer(rebasing: hashed[entries.endIndex...]),
                    UnsafeRawBufferPointer(rebasing: entries),
                    personal.isEmpty ? UnsafeRawBufferPointer(start: nil, count: 0) : personal)
            }
        }
    }

    /// The hash that a row of these entries must have.
    mutating func hash(
        of entries: UnsafeRawBufferPointer, stream: Stream, turn: UInt64, after previous: Digest
    ) -> Digest {
        hashed.removeAll(keepingCapacity: true)
        hashed.append(previous)
        hashed.append(number: stream.identity)
        hashed.append(number: turn)
        hashed.append(contentsOf: entries)
        return hashed.withUnsafeBytes { Digest(sha256: $0) }
    }
}

extension Stream {
    /// The number that stands for the stream in hashes: the 60 bits of the reference, 0 for the house.
    var identity: UInt64 {
        switch self {
        case .house: 0
        case .case(let reference): reference.rawValue
        }
    }
}
