/// Reads JSON texts: one pass, strict, bounded in depth; the caller bounds the size.
public struct JSONReader {
    /// How deeply arrays and objects may nest. Bodies of RDP/1 need six; the bound keeps recursion off the stack's end.
    public static let depthMaximum = 32

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    static func read(_ bytes: some Collection<UInt8>) throws(JSONError) -> JSON {
        let outcome =
            bytes.withContiguousStorageIfAvailable { Self.readWhole($0) }
            ?? Array(bytes).withUnsafeBufferPointer { Self.readWhole($0) }
        return try outcome.get()
    }

    private static func readWhole(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSON, JSONError> {
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            let value = try reader.value(depth: 0)
            reader.skipSpace()
            guard reader.at == bytes.count else { throw reader.fault("more follows the value") }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    private func fault(_ reason: String) -> JSONError { JSONError(reason, offset: at) }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    /// Reads the value that stands within `depth` arrays and objects.
    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < Self.depthMaximum else { throw fault("nested deeper than \(Self.depthMaximum)") }
            return next == UInt8(ascii: "{") ? try object(depth: depth) : try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return .number(try number())
        case nil: throw fault("the text ends where a value should stand")
        default: throw fault("no value starts like this")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        for index in 0..<word.utf8CodeUnitCount {
            guard next == word.utf8Start[index] else { throw fault("expected \(word)") }
            at += 1
        }
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        at += 1
        var elements: [JSON] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            if try endsOrGoesOn(UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        at += 1
        var members: [JSON.Member] = []
        members.reserveCapacity(4)
        var names: Set<String> = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("expected a member's name in quotes") }
            let name = try string()
            // A linear look while there are few members; a set once a stranger sends many.
            let repeated = members.count < 16 ? members.contains { $0.name == name } : !names.insert(name).inserted
            guard !repeated else { throw fault("the name \(name.quoted) stands twice in one object") }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw fault("expected a colon") }
            at += 1
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            if members.count == 16 { names = Set(members.map(\.name)) }
            if try endsOrGoesOn(UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func endsOrGoesOn(_ end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        switch next {
        case end:
            at += 1
            return true
        case UInt8(ascii: ","):
            at += 1
            return false
        default: throw fault("expected a comma or \(end == UInt8(ascii: "]") ? "]" : "}")")
        }
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        var run = bytes.plainRun(from: at)
        at = run.end
        if next == UInt8(ascii: "\"") {
            let text = try utf8(UnsafeBufferPointer(rebasing: bytes[start..<at]), isASCII: run.isASCII)
            at += 1
            return text
        }
        var plain = Array(bytes[start..<at])
        var isASCII = run.isASCII
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                let text = try plain.withUnsafeBufferPointer { buffer throws(JSONError) in
                    try utf8(buffer, isASCII: isASCII)
                }
                at += 1
                return text
            case UInt8(ascii: "\\"):
                at += 1
                isASCII = false
                try escape(into: &plain)
            case ..<0x20:
                throw fault("a control character stands unescaped in a string")
            default:
                run = bytes.plainRun(from: at)
                plain.append(contentsOf: bytes[at..<run.end])
                isASCII = isASCII && run.isASCII
                at = run.end
            }
        }
        throw fault("the text ends within a string")
    }

    private func utf8(_ slice: UnsafeBufferPointer<UInt8>, isASCII: Bool) throws(JSONError) -> String {
        // Decoding is several times faster than validating, and cannot go wrong on ASCII.
        if isASCII { return String(decoding: slice, as: UTF8.self) }
        guard let text = String(validating: slice, as: UTF8.self) else { throw fault("a string is not UTF-8") }
        return text
    }

    private mutating func escape(into plain: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw fault("the text ends within an escape") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(byte)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "u"):
            var scalar = try hexadecimal()
            if (0xD800...0xDBFF).contains(scalar) {
                guard next == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") else {
                    throw fault("a surrogate stands alone")
                }
                at += 2
                let low = try hexadecimal()
                guard (0xDC00...0xDFFF).contains(low) else { throw fault("a surrogate stands alone") }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let unicode = Unicode.Scalar(scalar) else { throw fault("a surrogate stands alone") }
            plain.append(contentsOf: UTF8.encode(unicode) ?? UTF8.encodedReplacementCharacter)
        default: throw fault("no such escape")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("expected four hexadecimal digits")
            }
            number = number << 4 | UInt32(digit)
            at += 1
        }
        return number
    }

    private mutating func number() throws(JSONError) -> ExactNumber {
        let start = at
        while let byte = next, byte >= UInt8(ascii: "+"), byte <= UInt8(ascii: "e"), byte != UInt8(ascii: ","),
            byte <= UInt8(ascii: "9") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
        {
            at += 1
        }
        guard let number = ExactNumber(UnsafeBufferPointer(rebasing: bytes[start..<at])) else {
            at = start
            throw fault("not a number of at most 34 digits and an exponent within ±999")
        }
        return number
    }
}
