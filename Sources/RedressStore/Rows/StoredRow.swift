internal import RedressCase

/// A journal row as it is on disk, read back.
struct StoredRow {
    /// Set in the number of an entry's parts since format 4: a part that was never there has the digest of zeros. Before,
    /// such a part cannot be told from one that is missing.
    static let tellsAbsence: UInt16 = 0x8000

    /// A personal part's place in an entry: whose it is, and what its digest must be.
    struct Slot {
        var person: String
        var digest: Digest
        /// Whether the part is known to have been there when it was written: where it is missing, it was erased.
        var wasThere: Bool
    }

    /// A personal part that has not been erased.
    struct Part {
        /// Its place, counted over all entries of the row.
        var index: UInt32
        var salt: [UInt8]
        var bytes: [UInt8]
    }

    /// The structures, each with the slots of its parts.
    var entries: [(structure: [UInt8], slots: [Slot])] = []
    /// The parts, in the order of their places.
    var parts: [Part] = []

    /// The row in these two blobs; nil where they are malformed.
    init?(entries: UnsafeRawBufferPointer, parts: UnsafeRawBufferPointer) {
        var reader = ByteReader(entries)
        var places: UInt32 = 0
        while !reader.isAtEnd {
            guard let size = reader.number(UInt32.self), let structure = reader.bytes(size),
                let count = reader.number(UInt16.self)
            else { return nil }
            var slots: [Slot] = []
            for _ in 0..<count & ~Self.tellsAbsence {
                guard let size = reader.number(UInt8.self), let person = reader.bytes(size),
                    let digest = reader.digest()
                else { return nil }
                slots.append(
                    Slot(
                        person: String(decoding: person, as: UTF8.self), digest: digest,
                        wasThere: count >= Self.tellsAbsence && digest != .zero))
            }
            places &+= UInt32(slots.count)
            self.entries.append((Array(structure), slots))
        }
        reader = ByteReader(parts)
        while !reader.isAtEnd {
            guard let index = reader.number(UInt32.self), index < places,
                index > self.parts.last?.index ?? 0 || self.parts.isEmpty,
                let size = reader.number(UInt32.self), let salt = reader.bytes(Salts.size),
                let bytes = reader.bytes(size)
            else { return nil }
            self.parts.append(Part(index: index, salt: Array(salt), bytes: Array(bytes)))
        }
    }

    /// The entries with their parts.
    var storedEntries: [StoredEntry] {
        var place: UInt32 = 0
        var rest = parts[...]
        return entries.map { entry in
            let parts = entry.slots.map { slot in
                defer { place &+= 1 }
                return PersonalPart(
                    person: slot.person, bytes: rest.first?.index == place ? rest.removeFirst().bytes : nil)
            }
            return StoredEntry(structure: entry.structure, parts: parts)
        }
    }

    /// The first entry, counted within the row, that has a part which does not fit its digest.
    var firstUnfittingEntry: Int? {
        var place: UInt32 = 0
        var rest = parts[...]
        for (index, entry) in entries.enumerated() {
            for slot in entry.slots {
                defer { place &+= 1 }
                guard rest.first?.index == place, let part = rest.popFirst() else { continue }
                if (part.salt + part.bytes).withUnsafeBytes({ Digest(sha256: $0) }) != slot.digest { return index }
            }
        }
        return nil
    }

    /// Keeps account of parts that are missing from a stream, row by row: of each person the first, until an entry erases
    /// what stands before it.
    ///
    /// - Parameter place: where the entry is, which is counted within the row.
    func follow<Place>(_ missing: inout [String: Place], at place: (_ entry: Int) -> Place) {
        let gaps = places.filter { $0.slot.wasThere && !$0.isThere }
        guard !gaps.isEmpty || !missing.isEmpty else { return }
        for (index, entry) in entries.enumerated() {
            for gap in gaps where gap.entry == index && missing[gap.slot.person] == nil {
                missing[gap.slot.person] = place(index)
            }
            if let person = StoredEntry(structure: entry.structure).erasedPerson { missing[person] = nil }
        }
    }

    /// For each part that an entry has or had: the entry, counted within the row, whose part it is, and whether it is there.
    var places: [(entry: Int, slot: Slot, isThere: Bool)] {
        var place: UInt32 = 0
        var rest = parts[...]
        return entries.enumerated().flatMap { index, entry in
            entry.slots.map { slot in
                defer { place &+= 1 }
                let isThere = rest.first?.index == place
                if isThere { rest.removeFirst() }
                return (index, slot, isThere)
            }
        }
    }

    /// The parts without those of `person` in the first `count` entries, as bytes of a row; nil where there are none.
    func parts(without person: String, inFirst count: Int) -> [UInt8]? {
        let people = places.map { $0.entry < count ? $0.slot.person : nil }
        let kept = parts.filter { people[Int($0.index)] != person }
        guard kept.count < parts.count else { return nil }
        return kept.reduce(into: []) { bytes, part in
            bytes.append(number: part.index)
            bytes.append(number: UInt32(part.bytes.count))
            bytes.append(contentsOf: part.salt)
            bytes.append(contentsOf: part.bytes)
        }
    }
}
