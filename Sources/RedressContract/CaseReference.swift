/// The name of a case in the world: random, with a check digit, and no personal data.
///
/// Written `R-XXXX-XXXX-XXXX-C`: twelve characters of Crockford's base 32 (60 random bits) and one check character
/// (Luhn's rule modulo 32), so that a misread character or two swapped neighbours are noticed. Read without regard to
/// case or hyphens; I and L count as 1, O as 0.
public struct CaseReference: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The 60 bits; never zero.
    public let rawValue: UInt64

    /// The reference of these 60 bits, or nil where they are zero or more than 60.
    public init?(rawValue: UInt64) {
        guard rawValue != 0, rawValue >> 60 == 0 else { return nil }
        self.rawValue = rawValue
    }

    /// A new reference out of `generator`.
    public static func random(using generator: inout some RandomNumberGenerator) -> CaseReference {
        CaseReference(unchecked: UInt64.random(in: 1..<1 << 60, using: &generator))
    }

    private init(unchecked rawValue: UInt64) { self.rawValue = rawValue }

    /// The reference written as `text`, or nil where it is malformed or its check character is wrong.
    public init?(_ text: some StringProtocol) {
        var characters = text.uppercased().utf8.filter { $0 != UInt8(ascii: "-") }
        guard characters.count == 14, characters.removeFirst() == UInt8(ascii: "R") else { return nil }
        var digits: [UInt8] = []
        for character in characters {
            guard let digit = Self.digit(character) else { return nil }
            digits.append(digit)
        }
        let check = digits.removeLast()
        guard check == Self.checkDigit(digits) else { return nil }
        self.init(rawValue: digits.reduce(0) { $0 << 5 | UInt64($1) })
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "I"), UInt8(ascii: "L"): 1
        case UInt8(ascii: "O"): 0
        default: alphabet.firstIndex(of: character).map { UInt8($0) }
        }
    }

    /// Luhn's sum modulo 32 over the digits, the last one doubled.
    private static func checkDigit(_ digits: [UInt8]) -> UInt8 {
        var sum: UInt8 = 0
        for (index, digit) in digits.reversed().enumerated() {
            let weighted = index.isMultiple(of: 2) ? digit * 2 : digit
            sum = (sum + weighted / 32 + weighted % 32) % 32
        }
        return (32 - sum) % 32
    }

    public var description: String {
        let digits = (0..<12).map { UInt8(truncatingIfNeeded: rawValue >> (55 - 5 * $0)) & 31 }
        var text: [UInt8] = [UInt8(ascii: "R")]
        for (index, digit) in (digits + [Self.checkDigit(digits)]).enumerated() {
            if index.isMultiple(of: 4) { text.append(UInt8(ascii: "-")) }
            text.append(Self.alphabet[Int(digit)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A task of a case: the case and the task's number within it. It is the idempotency key for a department's effects in
/// the world.
public struct TaskID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The case that the task belongs to.
    public let reference: CaseReference
    /// The number within the case, from 1.
    public let number: UInt16

    /// Task `number` of the case `reference`.
    public init(_ reference: CaseReference, _ number: UInt16) {
        self.reference = reference
        self.number = number
    }

    /// The task written as `R-XXXX-XXXX-XXXX-C/3`, or nil where it is malformed.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let reference = CaseReference(parts[0]), let number = UInt16(parts[1]), number > 0 else {
            return nil
        }
        self.init(reference, number)
    }

    public var description: String { "\(reference)/\(number)" }

    public static func < (a: Self, b: Self) -> Bool { (a.reference, a.number) < (b.reference, b.number) }
}
