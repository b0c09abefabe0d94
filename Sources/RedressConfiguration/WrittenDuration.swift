/// A duration as people write it: a whole number and a unit, `500ms`, `30s`, `15m`, `2h` or `1d`.
package struct WrittenDuration: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The units, the longest first, and their milliseconds.
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// How long it is; never negative.
    package let milliseconds: Int64

    /// A duration of `milliseconds`, or of none where that is negative.
    package init(milliseconds: Int64) { self.milliseconds = max(0, milliseconds) }

    /// The duration written `text`, or nil where it is none or too long to count.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard let number = Int64(String(decoding: digits, as: UTF8.self)),
            let unit = Self.units.first(where: { $0.name.utf8.elementsEqual(text.utf8.dropFirst(digits.count)) })
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow else { return nil }
        milliseconds = product
    }

    /// The same in Swift's terms.
    package var duration: Duration { .milliseconds(milliseconds) }

    /// The duration in the longest unit that it is a whole number of.
    package var description: String {
        let unit = Self.units.first { milliseconds.isMultiple(of: $0.milliseconds) && milliseconds >= $0.milliseconds }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.name)" } ?? "0s"
    }

    package static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
}
