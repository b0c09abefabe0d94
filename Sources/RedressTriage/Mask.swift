/// The shape of a particular: `@` a letter, `#` a digit, a `+` at the end one or more of the last; anything else
/// itself, whatever its case. It stands between word bounds: `A-####` is not in `A-10012`, nor in `XA-1001`, nor in
/// `A-1001-7`.
struct Mask: Sendable {
    /// Where its pattern stands among those of all masks.
    private let place: Range<Int>
    private let repeats: Bool

    /// The mask written `text`, whose pattern is added to `patterns`.
    init(_ text: String, at path: [TriageError.Step], in patterns: inout [UInt8]) throws(TriageError) {
        var pattern = text.utf8.map(Letters.lowered)
        repeats = pattern.last == UInt8(ascii: "+")
        if repeats { pattern.removeLast() }
        guard let first = pattern.first, let last = pattern.last else {
            throw TriageError(.empty, at: path, entry: text)
        }
        guard Self.isClass(first) || Letters.isLetterOrDigit(first) else {
            throw TriageError(.badMaskStart, at: path, entry: text)
        }
        guard !pattern.contains(UInt8(ascii: "+")), !repeats || Self.isClass(last) else {
            throw TriageError(.misplacedPlus, at: path, entry: text)
        }
        place = patterns.count..<patterns.count + pattern.count
        patterns += pattern
    }

    /// Whether a value of this shape can begin with `byte`.
    func canBegin(with byte: UInt8, _ patterns: [UInt8]) -> Bool {
        Self.fits(patterns[place.lowerBound], Letters.lowered(byte))
    }

    /// Where the value that begins at `start` of `text` ends, or nil where none begins there. The caller has looked
    /// that a word begins at `start`.
    func end(in text: [UInt8], from start: Int, _ patterns: [UInt8]) -> Int? {
        var end = start + place.count
        guard end <= text.count else { return nil }
        for index in start..<end
        where !Self.fits(patterns[place.lowerBound + index - start], Letters.lowered(text[index])) { return nil }
        if repeats {
            let last = patterns[place.upperBound - 1]
            while end < text.count, Self.fits(last, Letters.lowered(text[end])) { end += 1 }
        }
        return Letters.isBound(in: text, at: end) ? end : nil
    }

    private static func isClass(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "@") || byte == UInt8(ascii: "#") }

    private static func fits(_ pattern: UInt8, _ lowered: UInt8) -> Bool {
        switch pattern {
        case UInt8(ascii: "@"): lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z")
        case UInt8(ascii: "#"): lowered >= UInt8(ascii: "0") && lowered <= UInt8(ascii: "9")
        default: pattern == lowered
        }
    }
}
