/// An instant of the wall clock, in milliseconds since 1970-01-01T00:00:00Z; written as RFC 3339 in UTC.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970, leap seconds not counted.
    public var milliseconds: Int64

    /// The instant `milliseconds` after the beginning of 1970.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Reads a date (`2026-04-02`, its beginning in UTC) or a date and time of RFC 3339, section 5.6
    /// (`2026-04-02T16:30:00.5+01:00`); nil for anything else.
    public init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        func number(_ digits: Int, in range: ClosedRange<Int64>) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<digits {
                guard let byte = rest.popFirst(), (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return range.contains(value) ? value : nil
        }
        func take(_ character: Unicode.Scalar) -> Bool {
            guard let byte = rest.first, byte == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4, in: 0...9999), take("-"), let month = number(2, in: 1...12), take("-"),
            let day = number(2, in: 1...Self.days(in: month, of: year))
        else { return nil }
        milliseconds = Self.daysSince1970(year, month, day) * 86_400_000
        if rest.isEmpty { return }
        guard take("T") || take("t"), let hour = number(2, in: 0...23), take(":"), let minute = number(2, in: 0...59),
            take(":"), let second = number(2, in: 0...60)
        else { return nil }
        milliseconds += ((hour * 60 + minute) * 60 + second) * 1000
        if take(".") {
            guard let byte = rest.first, (0x30...0x39).contains(byte) else { return nil }
            var scale: Int64 = 100
            while let byte = rest.first, (0x30...0x39).contains(byte) {
                milliseconds += Int64(byte - 0x30) * scale
                scale /= 10
                rest = rest.dropFirst()
            }
        }
        if take("Z") || take("z") {
            guard rest.isEmpty else { return nil }
            return
        }
        let east = take("+")
        guard east || take("-"), let hours = number(2, in: 0...23), take(":"), let minutes = number(2, in: 0...59),
            rest.isEmpty
        else { return nil }
        milliseconds += (hours * 60 + minutes) * (east ? -60_000 : 60_000)
    }

    public var description: String {
        var (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        if rest < 0 { (days, rest) = (days - 1, rest + 86_400_000) }
        // Civil date from days: eras of 400 years that begin on 1 March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let thousandths = rest % 1000
        let fraction = "\(1000 + thousandths)".dropFirst()
        let padded = "\(10_000 + year)".dropFirst()
        return "\(padded)-\(two(month))-\(two(day))T"
            + "\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60)):\(two(rest / 1000 % 60)).\(fraction)Z"
    }

    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
