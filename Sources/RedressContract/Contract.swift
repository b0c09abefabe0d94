/// What a worker serves: a type of task in one version, `billing/charge-review@2`, or in all versions, without the `@`.
///
/// A version is a promise about briefs and contributions of that type. It is 1 unless the playbook says otherwise; a case
/// keeps the one that it was planned with.
public struct Contract: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The type of task.
    public let type: TaskType
    /// The version, from 1; nil for all.
    public let version: UInt16?

    /// `type` in `version`.
    public init(_ type: TaskType, version: UInt16?) {
        self.type = type
        self.version = version
    }

    /// The contract `text`, or nil where that is not `department/kind` or `department/kind@version`.
    public init?(_ text: some StringProtocol) {
        let utf8 = text.utf8
        guard let at = utf8.firstIndex(of: UInt8(ascii: "@")) else {
            guard let type = TaskType(text) else { return nil }
            self.init(type, version: nil)
            return
        }
        let digits = text[at...].dropFirst()
        guard let type = TaskType(text[..<at]), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let version = UInt16(digits), version > 0
        else { return nil }
        self.init(type, version: version)
    }

    /// Whether who serves this can do a task of `contract`.
    public func covers(_ contract: Contract) -> Bool {
        type == contract.type && (version == nil || version == contract.version)
    }

    public var description: String { version.map { "\(type)@\($0)" } ?? type.description }

    public static func < (a: Self, b: Self) -> Bool { (a.type, a.version ?? 0) < (b.type, b.version ?? 0) }
}
