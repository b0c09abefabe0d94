/// The parties of RDP/1, and sets of them.
package struct Role: OptionSet, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A department's process.
    package static let worker = Role(rawValue: 1)
    /// Who submits, follows, commands and asks.
    package static let client = Role(rawValue: 2)
    /// Who holds the record.
    package static let coordinator = Role(rawValue: 4)

    package var description: String {
        let names = [(Role.worker, "worker"), (.client, "client"), (.coordinator, "coordinator")]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: " or ")
    }
}
