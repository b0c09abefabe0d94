/// What triage makes of single bytes of UTF-8.
enum Letters {
    /// What a byte is to the reader.
    enum Kind: UInt8, Sendable {
        case lower, upper, digit
        /// A byte of a character beyond ASCII: part of a word, unless its first bytes say that it is punctuation.
        case beyond
        case apostrophe, space, newline
        /// `.`
        case dot
        /// `?` and `!`
        case stop
        /// `,` `;` `:` and the like: a clause may end behind it.
        case pause
        /// What may stand between a full stop and the end of its sentence: `)` `]` `"`.
        case closer
        case other

        /// Whether words consist of such bytes.
        var isWord: Bool { rawValue <= Kind.beyond.rawValue }
    }

    /// The kind of each byte.
    static let kinds: [Kind] = (0...255).map { (byte: UInt8) in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): .lower
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): .upper
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case 0x80...: .beyond
        case UInt8(ascii: "'"): .apostrophe
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): .newline
        case 0...0x20: .space
        case UInt8(ascii: "."): .dot
        case UInt8(ascii: "?"), UInt8(ascii: "!"): .stop
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "("): .pause
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "\""): .closer
        default: .other
        }
    }

    /// What a character beyond ASCII is when it is no letter: its kind and its length in bytes.
    ///
    /// Known are the quotes, dashes and dots of U+2000 to U+20FF, the stops and commas of Chinese, Japanese and Hindi,
    /// the no-break space, and the pictures from U+1F000 on.
    static func mark(in text: [UInt8], at index: Int) -> (kind: Kind, length: Int)? {
        guard text[index] >= 0xC2, index + 1 < text.count else { return nil }
        let second = text[index + 1]
        if text[index] == 0xC2 { return second == 0xA0 ? (.space, 2) : second < 0xC0 ? (.other, 2) : nil }
        guard index + 2 < text.count else { return nil }
        let third = text[index + 2]
        switch (text[index], second, third) {
        case (0xE2, 0x80, 0x98), (0xE2, 0x80, 0x99): return (.apostrophe, 3)
        case (0xE2, 0x80, 0x9D): return (.closer, 3)
        case (0xE2, 0x80, 0x93), (0xE2, 0x80, 0x94): return (.pause, 3)
        case (0xE2, 0x80, 0xA6): return (.dot, 3)
        case (0xE2, 0x80...0x83, 0x80...0xBF): return (.other, 3)
        case (0xE3, 0x80, 0x82), (0xEF, 0xBC, 0x81), (0xEF, 0xBC, 0x9F), (0xE0, 0xA5, 0xA4): return (.stop, 3)
        case (0xE3, 0x80, 0x80): return (.space, 3)
        case (0xE3, 0x80, 0x81), (0xEF, 0xBC, 0x8C), (0xEF, 0xBC, 0x9B): return (.pause, 3)
        case (0xE3, 0x80, 0x8D): return (.closer, 3)
        case (0xF0, 0x9F, 0x80...0xBF) where index + 3 < text.count && text[index + 3] & 0xC0 == 0x80:
            return (.other, 4)
        default: return nil
        }
    }

    /// `byte` in lower case, where it is an ASCII letter.
    static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// Whether `byte` is an ASCII letter or digit.
    static func isLetterOrDigit(_ byte: UInt8) -> Bool { kinds[Int(byte)].rawValue <= Kind.digit.rawValue }

    /// Whether `byte` is white space of ASCII.
    static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }

    /// Whether a particular may begin or end at `index`: no word goes on across it, with a hyphen or without.
    static func isBound(in text: [UInt8], at index: Int) -> Bool {
        func isWord(_ index: Int) -> Bool {
            text.indices.contains(index) && kinds[Int(text[index])].isWord && mark(in: text, at: index) == nil
        }
        let hyphen = UInt8(ascii: "-")
        if isWord(index - 1), isWord(index) { return false }
        if isWord(index - 1), index < text.count, text[index] == hyphen, isWord(index + 1) { return false }
        if isWord(index), index > 0, text[index - 1] == hyphen, isWord(index - 2) { return false }
        return true
    }
}
