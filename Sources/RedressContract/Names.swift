/// The name of a department: a lower-case letter, then lower-case letters, digits or hyphens, 32 bytes at most.
public struct DepartmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name as written in `Config/` and on the wire.
    public let description: String

    /// The case owner's own desk: where unplaced sentences and conflicts wait.
    public static let owner = DepartmentName(unchecked: "owner")

    /// The department `name`, or nil where it is not a well-formed name.
    public init?(_ name: some StringProtocol) {
        guard isName(name.utf8, extra: []) else { return nil }
        description = String(name)
    }

    private init(unchecked name: String) { description = name }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

/// The name of a kind of task, `department/kind`, for example `billing/charge-review`.
public struct TaskType: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name as written in `Config/` and on the wire.
    public let description: String
    /// The department that does such tasks.
    public let department: DepartmentName

    /// The task type `name`, or nil where it is not `department/kind` of two well-formed names.
    public init?(_ name: some StringProtocol) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let department = DepartmentName(parts[0]), DepartmentName(parts[1]) != nil else { return nil }
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
    public var base: Substring { description.prefix { $0 != "#" } }

    /// The fact key `key`, or nil where it is malformed.
    public init?(_ key: some StringProtocol) {
        guard key.utf8.count <= 128 else { return nil }
        let parts = key.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || (!parts[1].isEmpty && parts[1].utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }),
            parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ isName($0.utf8, extra: [0x5F]) })
        else { return nil }
        description = String(key)
    }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

/// Whether `bytes` are a lower-case letter followed by lower-case letters, digits, hyphens or `extra`, 32 bytes at most.
private func isName(_ bytes: some Collection<UInt8>, extra: [UInt8]) -> Bool {
    guard let first = bytes.first, (0x61...0x7A).contains(first), bytes.count <= 32 else { return false }
    return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || extra.contains($0) }
}
