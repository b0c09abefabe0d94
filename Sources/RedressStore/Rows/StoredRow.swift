internal import RedressCase

/// A journal row as it is on disk, read back.
struct StoredRow {
    /// A personal part's place in an entry: whose it is, and what its digest must be.
    struct Slot {
        var person: String
        var digest: Digest
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
            for _ in 0..<count {
                guard let size = reader.number(UInt8.self), let person = reader.bytes(size),
                    let digest = reader.digest()
                else { return nil }
                slots.append(Slot(person: String(decoding: person, as: UTF8.self), digest: digest))
            }
            places &+= UInt32(count)
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

    /// The parts of everybody but `person`, as bytes of a row; nil where `person` has none here.
    func parts(without person: String) -> [UInt8]? {
        let people = entries.flatMap { $0.slots.map(\.person) }
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
