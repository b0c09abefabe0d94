/// A decimal number as it was written, without rounding: up to 34 significant digits and a decimal exponent within ±999.
///
/// Two numbers are equal when their values are: `1.50` equals `1.5`.
public struct ExactNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// How many significant digits a number may have: those of IEEE 754's decimal128.
    public static let digitsMaximum = 34
    private static let exponents = -999...999

    /// The significant digits and sign; not divisible by ten unless zero.
    public let significand: Int128
    /// The power of ten that the significand is multiplied by; zero for zero.
    public let exponent: Int

    /// `significand` × 10^`exponent`.
    ///
    /// - Precondition: the number has at most 34 significant digits and an exponent within ±999.
    public init(significand: Int128, exponent: Int) {
        guard let number = ExactNumber(trimming: significand, exponent) else {
            preconditionFailure("an exact number has at most 34 digits and an exponent within ±999")
        }
        self = number
    }

    /// The number without the zeros that its significand ends with, or nil where it does not fit.
    private init?(trimming significand: Int128, _ exponent: Int) {
        var digits = significand
        var zeros = 0
        // Division of 64 bits is many times faster, and nearly every number fits.
        if var small = Int64(exactly: digits) {
            while small != 0, small % 10 == 0 { (small, zeros) = (small / 10, zeros + 1) }
            digits = Int128(small)
        } else {
            while digits % 10 == 0 { (digits, zeros) = (digits / 10, zeros + 1) }
        }
        let (power, overflow) = exponent.addingReportingOverflow(zeros)
        guard digits == 0 || !overflow && Self.exponents.contains(power), Self.digitCount(digits) <= Self.digitsMaximum
        else { return nil }
        self.significand = digits
        self.exponent = digits == 0 ? 0 : power
    }

    /// The whole number `number`.
    public init(_ number: Int) { self.init(significand: Int128(number), exponent: 0) }

    /// Reads a number in JSON's grammar; nil for anything else, for more than 34 digits and for exponents beyond ±999.
    public init?(_ text: some Collection<UInt8>) {
        var at = text.startIndex
        var significand: Int128 = 0
        var digits = 0
        var exponent = 0

        func next() -> UInt8? { at < text.endIndex ? text[at] : nil }
        func skip(_ byte: UInt8) -> Bool {
            guard next() == byte else { return false }
            text.formIndex(after: &at)
            return true
        }
        func digit() -> Int? {
            guard let byte = next(), (0x30...0x39).contains(byte) else { return nil }
            text.formIndex(after: &at)
            return Int(byte - 0x30)
        }
        func take(_ digit: Int) -> Bool {
            significand = significand &* 10 &+ Int128(truncatingIfNeeded: digit)
            if significand != 0 { digits += 1 }
            return digits <= Self.digitsMaximum
        }

        let negative = skip(UInt8(ascii: "-"))
        guard let leading = digit(), take(leading) else { return nil }
        while let digit = digit() {
            guard leading != 0, take(digit) else { return nil }
        }
        if skip(UInt8(ascii: ".")) {
            repeat {
                guard let digit = digit(), take(digit), exponent > Self.exponents.lowerBound else { return nil }
                exponent -= 1
            } while next().map { (0x30...0x39).contains($0) } ?? false
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            let down = skip(UInt8(ascii: "-"))
            if !down { _ = skip(UInt8(ascii: "+")) }
            guard var power = digit() else { return nil }
            while let digit = digit() {
                power = power * 10 + digit
                guard Self.exponents.contains(power) else { return nil }
            }
            exponent += down ? -power : power
        }
        guard at == text.endIndex else { return nil }
        self.init(trimming: negative ? -significand : significand, exponent)
    }

    /// The number as a whole one of `Number`, or nil where it is none or out of its range.
    public func whole<Number: FixedWidthInteger>(as: Number.Type) -> Number? {
        guard exponent >= 0 else { return nil }
        return Self.raise(significand, by: exponent).flatMap { Number(exactly: $0) }
    }

    /// The sum, or nil where it needs more than 34 digits or an exponent beyond ±999.
    public func adding(_ other: ExactNumber) -> ExactNumber? {
        if significand == 0 { return other }
        if other.significand == 0 { return self }
        let low = min(exponent, other.exponent)
        guard let a = Self.raise(significand, by: exponent - low),
            let b = Self.raise(other.significand, by: other.exponent - low)
        else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : ExactNumber(trimming: sum, low)
    }

    public static func < (a: Self, b: Self) -> Bool {
        if a.significand.signum() != b.significand.signum() { return a.significand < b.significand }
        // Same sign: the place of the leading digit decides, then the digits brought to one length.
        let places = (digitCount(a.significand) + a.exponent, digitCount(b.significand) + b.exponent)
        if places.0 != places.1 { return (places.0 < places.1) == (a.significand > 0) }
        let low = min(a.exponent, b.exponent)
        guard let left = raise(a.significand, by: a.exponent - low),
            let right = raise(b.significand, by: b.exponent - low)
        else { return false }
        return left < right
    }

    private static func digitCount(_ number: Int128) -> Int {
        if let small = Int64(exactly: number) {
            var (rest, count) = (small.magnitude, 0)
            while rest > 0 { (rest, count) = (rest / 10, count + 1) }
            return count
        }
        return number.magnitude.description.utf8.count
    }

    /// `number` × 10^`power`, or nil where that overflows; any number of at most 34 digits fits when raised to that length.
    private static func raise(_ number: Int128, by power: Int) -> Int128? {
        guard power > 0, number != 0 else { return number }
        guard power <= 38 else { return nil }
        var number = number
        for _ in 0..<power {
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            number = product
        }
        return number
    }

    /// The number in JSON's grammar: in full where that takes at most 34 digits, or 40 places behind the point.
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends ``description`` to `bytes`.
    func append(to bytes: inout [UInt8]) {
        if significand < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        if let small = UInt64(exactly: significand.magnitude) {
            bytes.append(contentsOf: small.description.utf8)
        } else {
            bytes.append(contentsOf: significand.magnitude.description.utf8)
        }
        let digits = bytes.count - start
        switch exponent {
        case 0...max(0, Self.digitsMaximum - digits):
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: exponent))
        case -40 ... -1:
            let zeros = repeatElement(UInt8(ascii: "0"), count: max(0, 1 - exponent - digits))
            bytes.insert(contentsOf: zeros, at: start)
            bytes.insert(UInt8(ascii: "."), at: bytes.count + exponent)
        default:
            bytes.append(UInt8(ascii: "e"))
            bytes.append(contentsOf: exponent.description.utf8)
        }
    }
}
