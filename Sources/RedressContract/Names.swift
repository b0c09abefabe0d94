/// The name of a department: a lower-case letter, then lower-case letters, digits or hyphens, 32 bytes at most.
public struct DepartmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name as written in `Config/` and on the wire.
    public let description: String

    /// The case owner's own desk: where unplaced sentences and conflicts wait.
    public static let owner = DepartmentName(unchecked: "owner")

    /// The department `name`, or nil where it is not a well-formed name.
    public init?(_ name: some StringProtocol) {
        guard isName(name.utf8) else { return nil }
        description = String(name)
    }

    private init(unchecked name: String) { description = name }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }

    /// A table's hash in a fraction of the standard one's time: every offer asks tables of departments several times, and
    /// names are few and short.
    public func _rawHashValue(seed: Int) -> Int {
        var name = description
        // FNV-1a, then mixed with the seed.
        let hash = name.withUTF8 { $0.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
        return Int(truncatingIfNeeded: hash.mixed(with: seed))
    }
}

/// The name of a kind of task, `department/kind`, for example `billing/charge-review`.
public struct TaskType: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name as written in `Config/` and on the wire.
    public let description: String
    /// The department that does such tasks.
    public let department: DepartmentName

    /// The task type `name`, or nil where it is not `department/kind` of two well-formed names.
    public init?(_ name: some StringProtocol) {
        guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")), let department = DepartmentName(name[..<slash]),
            isName(name.utf8[slash...].dropFirst())
        else { return nil }
        self.department = department
        description = String(name)
    }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

/// The key of a fact: names joined by dots, for example `charge.count`, and optionally `#` and the subject that it is
/// about, for example `charge.count#A-1001`. Ownership and rules go by the part before `#`. 128 bytes at most.
public struct FactKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The key as written by departments.
    public let description: String

    /// The key without its subject: what `Config/` gives owners and a rule.
    public var base: Substring {
        let utf8 = description.utf8
        return description[..<(utf8.firstIndex(of: UInt8(ascii: "#")) ?? utf8.endIndex)]
    }

    /// The fact key `key`, or nil where it is malformed.
    public init?(_ key: some StringProtocol) {
        let utf8 = key.utf8
        guard utf8.count <= 128 else { return nil }
        var rest = utf8[...]
        if let hash = utf8.firstIndex(of: UInt8(ascii: "#")) {
            let subject = utf8[hash...].dropFirst()
            guard !subject.isEmpty, subject.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
            rest = utf8[..<hash]
        }
        while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
            guard isName(rest[..<dot], underscores: true) else { return nil }
            rest = rest[dot...].dropFirst()
        }
        guard isName(rest, underscores: true) else { return nil }
        description = String(key)
    }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

/// Whether `bytes` are a lower-case letter followed by lower-case letters, digits, hyphens or, where they are allowed,
/// underscores; 32 bytes at most.
private func isName(_ bytes: some Collection<UInt8>, underscores: Bool = false) -> Bool {
    guard let first = bytes.first, (0x61...0x7A).contains(first), bytes.count <= 32 else { return false }
    return bytes.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || underscores && $0 == 0x5F
    }
}
