/// The name of a case in the world: random, with a check digit, and no personal data.
///
/// Written `R-XXXX-XXXX-XXXX-C`: twelve characters of Crockford's base 32 (60 random bits) and one check character
/// (Luhn's rule modulo 32), so that every misread character is noticed, and every swap of two neighbours but that of 0
/// and Z. Read without regard to case or hyphens; I and L count as 1, O as 0.
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
        var characters = text.utf8.lazy.filter { $0 != UInt8(ascii: "-") }.makeIterator()
        guard let prefix = characters.next(), prefix | 0x20 == UInt8(ascii: "r") else { return nil }
        var number: UInt64 = 0
        for _ in 0..<12 {
            guard let character = characters.next(), let digit = Self.digits[Int(character)] else { return nil }
            number = number << 5 | digit
        }
        guard let check = characters.next(), Self.digits[Int(check)] == Self.checkDigit(number),
            characters.next() == nil
        else { return nil }
        self.init(rawValue: number)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// For each byte, the digit that it stands for.
    private static let digits: [UInt64?] = (0...UInt8.max).map { byte in
        switch (0x61...0x7A).contains(byte) ? byte - 0x20 : byte {
        case UInt8(ascii: "I"), UInt8(ascii: "L"): 1
        case UInt8(ascii: "O"): 0
        case let capital: alphabet.firstIndex(of: capital).map { UInt64($0) }
        }
    }

    /// Luhn's sum modulo 32 over the twelve digits of `number`, the last one doubled.
    private static func checkDigit(_ number: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        for place in 0..<12 {
            let digit = number >> (5 * place) & 31
            let weighted = place.isMultiple(of: 2) ? digit * 2 : digit
            sum += weighted >> 5 + weighted & 31
        }
        return (32 - sum % 32) % 32
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 18) { text in
            text.initialize(repeating: UInt8(ascii: "-"))
            text[0] = UInt8(ascii: "R")
            for place in 0..<12 {
                text[2 + place + place / 4] = Self.alphabet[Int(rawValue >> (55 - 5 * place) & 31)]
            }
            text[17] = Self.alphabet[Int(Self.checkDigit(rawValue))]
            return 18
        }
    }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// A table's hash in a tenth of the standard one's time: every message leads to dozens of look-ups. Nobody can aim at
    /// it without knowing the table's `seed`.
    public func _rawHashValue(seed: Int) -> Int { Int(truncatingIfNeeded: rawValue.mixed(with: seed)) }
}

extension UInt64 {
    /// A hash of the number, for a table with this seed.
    func mixed(with seed: Int) -> UInt64 {
        var hash = (self ^ UInt64(truncatingIfNeeded: seed)) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return hash ^ hash >> 32
    }
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
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")), let reference = CaseReference(text[..<slash])
        else {
            return nil
        }
        let digits = text[text.utf8.index(after: slash)...]
        // One spelling only, without a sign or leading zeros: departments compare these as text.
        guard let first = digits.utf8.first, (0x31...0x39).contains(first), let number = UInt16(digits) else {
            return nil
        }
        self.init(reference, number)
    }

    public var description: String { "\(reference)/\(number)" }

    public static func < (a: Self, b: Self) -> Bool { (a.reference, a.number) < (b.reference, b.number) }

    /// See ``CaseReference/_rawHashValue(seed:)``.
    public func _rawHashValue(seed: Int) -> Int { hash(seed: seed, with: 0) }

    /// The hash of the task together with a number that belongs to it, such as an attempt's.
    package func hash(seed: Int, with other: UInt32) -> Int {
        let rest = UInt64(number) | UInt64(other) << 16
        return Int(truncatingIfNeeded: (reference.rawValue.mixed(with: seed) ^ rest).mixed(with: seed))
    }
}
