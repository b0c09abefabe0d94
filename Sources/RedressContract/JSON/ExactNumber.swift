/// A decimal number as it was written, without rounding: up to 34 significant digits and a decimal exponent.
///
/// Two numbers are equal when their values are: `1.50` equals `1.5`.
public struct ExactNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The significant digits and sign; not divisible by ten unless zero.
    public let significand: Int128
    /// The power of ten that the significand is multiplied by; zero for zero.
    public let exponent: Int

    /// `significand` × 10^`exponent`.
    public init(significand: Int128, exponent: Int) {
        var significand = significand
        var exponent = significand == 0 ? 0 : exponent
        while significand != 0, significand % 10 == 0 {
            significand /= 10
            exponent += 1
        }
        self.significand = significand
        self.exponent = exponent
    }

    /// The whole number `number`.
    public init(_ number: Int) { self.init(significand: Int128(number), exponent: 0) }

    /// Reads a number in JSON's grammar; nil for anything else, for more than 34 digits and for exponents beyond ±999.
    public init?(_ text: some Collection<UInt8>) {
        var rest = text[...]
        let negative = rest.first == UInt8(ascii: "-")
        if negative { rest = rest.dropFirst() }
        var significand: Int128 = 0
        var digits = 0
        var exponent = 0

        func digit(_ byte: UInt8?) -> Int128? {
            guard let byte, (0x30...0x39).contains(byte) else { return nil }
            return Int128(byte - 0x30)
        }
        func take(_ value: Int128) -> Bool {
            significand = significand * 10 + value
            if significand != 0 { digits += 1 }
            return digits <= 34
        }

        guard let leading = digit(rest.first), take(leading) else { return nil }
        rest = rest.dropFirst()
        while let value = digit(rest.first) {
            guard leading != 0, take(value) else { return nil }
            rest = rest.dropFirst()
        }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digit(rest.first) != nil else { return nil }
            while let value = digit(rest.first) {
                guard take(value), exponent > -999 else { return nil }
                exponent -= 1
                rest = rest.dropFirst()
            }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            let down = rest.first == UInt8(ascii: "-")
            if down || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
            guard digit(rest.first) != nil else { return nil }
            var power = 0
            while let value = digit(rest.first) {
                power = power * 10 + Int(value)
                guard power <= 999 else { return nil }
                rest = rest.dropFirst()
            }
            exponent += down ? -power : power
        }
        guard rest.isEmpty else { return nil }
        self.init(significand: negative ? -significand : significand, exponent: exponent)
    }

    /// The number as a whole one of `Number`, or nil where it is none or out of its range.
    public func whole<Number: FixedWidthInteger>(as: Number.Type) -> Number? {
        guard exponent >= 0, exponent <= 38 else { return nil }
        return Self.raise(significand, by: exponent).flatMap { Number(exactly: $0) }
    }

    /// The sum, or nil where it needs more than 34 digits.
    public func adding(_ other: ExactNumber) -> ExactNumber? {
        if significand == 0 { return other }
        if other.significand == 0 { return self }
        let low = min(exponent, other.exponent)
        guard let a = Self.raise(significand, by: exponent - low), let b = Self.raise(other.significand, by: other.exponent - low)
        else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        let exact = ExactNumber(significand: sum, exponent: low)
        return overflow || exact.digitCount > 34 ? nil : exact
    }

    public static func < (a: Self, b: Self) -> Bool {
        if a.significand.signum() != b.significand.signum() { return a.significand < b.significand }
        // Same sign: the place of the leading digit decides, then the digits brought to one length.
        let places = (a.digitCount + a.exponent, b.digitCount + b.exponent)
        if places.0 != places.1, a.significand != 0 { return (places.0 < places.1) == (a.significand > 0) }
        let low = min(a.exponent, b.exponent)
        guard let left = raise(a.significand, by: a.exponent - low), let right = raise(b.significand, by: b.exponent - low)
        else { return false }
        return left < right
    }

    private var digitCount: Int { significand == 0 ? 0 : significand.magnitude.description.utf8.count }

    private static func raise(_ number: Int128, by power: Int) -> Int128? {
        guard power <= 38 else { return nil }
        var number = number
        for _ in 0..<power {
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            number = product
        }
        return number
    }

    public var description: String {
        let digits = significand.magnitude.description
        let sign = significand < 0 ? "-" : ""
        if exponent == 0 { return sign + digits }
        if exponent > 0 {
            return exponent <= 20 ? sign + digits + String(repeating: "0", count: exponent) : "\(sign)\(digits)e\(exponent)"
        }
        let places = -exponent
        if places > 40 { return "\(sign)\(digits)e\(exponent)" }
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
