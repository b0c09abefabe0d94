import RedressContract
import RedressTesting
import Testing

@Suite("Exact numbers")
struct ExactNumberTests {
    private func number(_ text: String) throws -> ExactNumber {
        try #require(ExactNumber(text.utf8), "\(text) is a number")
    }

    @Test(
        "are equal when their values are, and written one way",
        arguments: [
            (["0", "-0", "0.00", "0e5", "0e-999"], "0"),
            (["1.5", "1.50", "15e-1", "0.15E1", "0.0015e3"], "1.5"),
            (["-12.5", "-1250e-2"], "-12.5"),
            (["100", "1e2", "1E+2", "10.0e1"], "100"),
            (["0.05", "5e-2"], "0.05"),
            (["1e-40"], "0." + String(repeating: "0", count: 39) + "1"), (["1e-41"], "1e-41"),
            (["1e33"], "1" + String(repeating: "0", count: 33)), (["1e34"], "1e34"), (["12e33"], "12e33"),
            (["9999999999999999999999999999999999"], "9999999999999999999999999999999999"),
            (["-9.999999999999999999999999999999999e-999"], nil),
            (["123456789012345678.9012345678901234"], "123456789012345678.9012345678901234"),
            (["18446744073709551616"], "18446744073709551616"),
            (["1e999"], "1e999"), (["1e-999"], "1e-999"),
        ] as [([String], String?)])
    func canonical(texts: [String], description: String?) throws {
        guard let description else { return #expect(ExactNumber(texts[0].utf8) == nil) }
        for text in texts {
            let number = try number(text)
            #expect(number.description == description)
            #expect(try number == self.number(description), "what is written reads the same")
        }
    }

    @Test(
        "refuse what has more than 34 digits, an exponent beyond ±999, or another grammar",
        arguments: [
            "10000000000000000000000000000000000", "0.12345678901234567890123456789012345", "1e1000", "1e-1000",
            "10e999", "0.1e-999",
            "1e99999999999999999999", "", "-", "+1", "01", "1.", ".1", "1e", "1e+", "1e-", "0x1", "1 ", " 1", "١",
            "1e1e1", "1.1.1",
        ])
    func refused(text: String) { #expect(ExactNumber(text.utf8) == nil) }

    @Test("are refused, not worked on for ever, when they are very long")
    func long() {
        #expect(ExactNumber(("0." + String(repeating: "0", count: 100_000)).utf8) == nil)
        #expect(ExactNumber(String(repeating: "9", count: 100_000).utf8) == nil)
    }

    @Test("become whole numbers where they are some and fit")
    func whole() throws {
        #expect(try number("255").whole(as: UInt8.self) == 255)
        #expect(try number("25.5e1").whole(as: UInt8.self) == 255)
        #expect(try number("256").whole(as: UInt8.self) == nil)
        #expect(try number("-1").whole(as: UInt8.self) == nil)
        #expect(try number("1.5").whole(as: Int.self) == nil)
        #expect(try number("1e18").whole(as: Int64.self) == 1_000_000_000_000_000_000)
        #expect(try number("1e999").whole(as: Int.self) == nil)
        #expect(try number("-9223372036854775808").whole(as: Int64.self) == .min)
        #expect(try number("0").whole(as: UInt64.self) == 0)
    }

    @Test("are ordered by value", arguments: 0..<16)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var numbers = try [
            "0", "1e999", "-1e999", "1e-999", "-1e-999", "9999999999999999999999999999999999", "1e34", "0.1",
        ].map(number)
        for _ in 0..<40 { numbers.append(Self.random(using: &random)) }
        numbers.sort()
        for (a, b) in zip(numbers, numbers.dropFirst()) { #expect(a <= b && !(b < a)) }
        for a in numbers {
            for b in numbers {
                #expect((a < b ? 1 : 0) + (b < a ? 1 : 0) + (a == b ? 1 : 0) == 1)
                // The sign of the difference, where it can be stated, says the same.
                let minusB = ExactNumber(significand: -b.significand, exponent: b.exponent)
                if let difference = a.adding(minusB) { #expect((difference < ExactNumber(0)) == (a < b)) }
            }
        }
    }

    @Test("add up exactly, in either order, and say so when they cannot", arguments: 0..<16)
    func sums(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let cents = (
                Int.random(in: -9_999_999...9_999_999, using: &random),
                Int.random(in: -9_999_999...9_999_999, using: &random)
            )
            let a = ExactNumber(significand: Int128(cents.0), exponent: -2)
            let b = ExactNumber(significand: Int128(cents.1), exponent: -2)
            #expect(a.adding(b) == ExactNumber(significand: Int128(cents.0 + cents.1), exponent: -2))
            let (c, d) = (Self.random(using: &random), Self.random(using: &random))
            #expect(c.adding(d) == d.adding(c))
            #expect(c.adding(ExactNumber(0)) == c)
            #expect(c.adding(ExactNumber(significand: -c.significand, exponent: c.exponent)) == ExactNumber(0))
        }
        #expect(try number("0.1").adding(number("0.2")) == number("0.3"))
        #expect(try number("1e34").adding(number("1")) == nil)
        #expect(try number("1e33").adding(number("1")) != nil)
        #expect(try number("9999999999999999999999999999999999").adding(number("1")) == number("1e34"))
        #expect(try number("5e999").adding(number("5e999")) == nil)
        #expect(try number("1e999").adding(number("1e-999")) == nil)
    }

    @Test("read the same after writing", arguments: 0..<16)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let value = Self.random(using: &random)
            #expect(try number(value.description) == value)
        }
    }

    private static func random(using random: inout SeededGenerator) -> ExactNumber {
        let digits = Int.random(in: 1...34, using: &random)
        var significand: Int128 = 0
        for _ in 0..<digits { significand = significand * 10 + Int128(Int.random(in: 0...9, using: &random)) }
        let exponents = [-40...5, -3...3, -900...900].randomElement(using: &random) ?? 0...0
        return ExactNumber(
            significand: Bool.random(using: &random) ? -significand : significand,
            exponent: Int.random(in: exponents, using: &random))
    }
}
