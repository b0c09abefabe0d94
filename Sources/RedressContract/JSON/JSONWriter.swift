/// Writes JSON texts straight into bytes, without an intermediate tree.
///
/// Names are written as given: the caller sees to it that none stands twice in an object.
public struct JSONWriter: Sendable {
    /// What has been written.
    public internal(set) var bytes: [UInt8] = []
    @usableFromInline var followsValue = false

    /// A writer with nothing written.
    public init(reserving capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    @usableFromInline mutating func separate() {
        if followsValue { bytes.append(UInt8(ascii: ",")) }
        followsValue = true
    }

    /// Writes an object with the members that `members` writes.
    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        begin(UInt8(ascii: "{"))
        members(&self)
        end(UInt8(ascii: "}"))
    }

    @usableFromInline mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        followsValue = false
    }

    @usableFromInline mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        followsValue = true
    }

    /// Writes an array of `elements`, each by `write`.
    @inlinable public mutating func array<Elements: Sequence>(
        _ elements: Elements, _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        begin(UInt8(ascii: "["))
        for element in elements { write(&self, element) }
        end(UInt8(ascii: "]"))
    }

    /// Writes the name of the member whose value comes next, as the program spells it: it must need no escapes. Half of all
    /// that is written are names, and these are copied as they are.
    public mutating func name(_ name: StaticString) {
        append(quoted: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), isName: true)
    }

    /// Writes the name of the member whose value comes next, whatever it is.
    public mutating func name(any name: String) {
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        followsValue = false
    }

    /// Appends what separates a text from what came before, the text in quotes, and a colon behind a name.
    private mutating func append(quoted text: UnsafeBufferPointer<UInt8>, isName: Bool) {
        // Put together on the stack, so that the array is grown once.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count + 4) { whole in
            whole[0] = UInt8(ascii: ",")
            var count = followsValue ? 1 : 0
            whole[count] = UInt8(ascii: "\"")
            count += 1
            _ = whole[count...].update(fromContentsOf: text)
            count += text.count
            whole[count] = UInt8(ascii: "\"")
            whole[count + 1] = UInt8(ascii: ":")
            count += isName ? 2 : 1
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: whole[..<count]))
        }
        followsValue = !isName
    }

    /// Writes a string.
    public mutating func value(_ text: String) { quote(text) }

    /// Writes a whole number.
    @inlinable public mutating func value(_ number: some BinaryInteger) {
        if let small = Int64(exactly: number) { value(whole: small) } else { value(digits: number.description) }
    }

    @usableFromInline mutating func value(whole number: Int64) {
        separate()
        guard !(0..<10).contains(number) else { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
        // Digit by digit from the last, behind what is there; 20 are enough for 64 bits.
        var rest = number.magnitude
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var first = 20
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.append(contentsOf: digits[first...])
        }
    }

    @usableFromInline mutating func value(digits: String) {
        separate()
        bytes.append(contentsOf: digits.utf8)
    }

    /// Writes true or false.
    public mutating func value(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    /// Writes an exact number.
    public mutating func value(_ number: ExactNumber) {
        separate()
        number.append(to: &bytes)
    }

    /// Writes any JSON value.
    public mutating func value(_ json: JSON) {
        switch json {
        case .null: null()
        case .bool(let flag): value(flag)
        case .number(let number): value(number)
        case .string(let text): value(text)
        case .array(let elements): array(elements) { writer, element in writer.value(element) }
        case .object(let members):
            object { writer in
                for member in members {
                    writer.name(any: member.name)
                    writer.value(member.value)
                }
            }
        }
    }

    /// Writes null.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes what encodes itself.
    @inlinable public mutating func value(_ value: some JSONEncodable) { value.encode(to: &self) }

    /// Writes a JSON text that is known to be one, as it is.
    public mutating func raw(_ text: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: text)
    }

    /// Writes the member `name` with `text`.
    public mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        value(text)
    }

    /// Writes the member `name` with `number`.
    @inlinable public mutating func member(_ name: StaticString, _ number: some BinaryInteger) {
        self.name(name)
        value(number)
    }

    /// Writes the member `name` with `flag`.
    public mutating func member(_ name: StaticString, _ flag: Bool) {
        self.name(name)
        value(flag)
    }

    /// Writes the member `name` with what encodes itself.
    @inlinable public mutating func member(_ name: StaticString, _ value: some JSONEncodable) {
        self.name(name)
        self.value(value)
    }

    /// Writes the member `name` with an array of what encode themselves.
    @inlinable public mutating func member(_ name: StaticString, _ values: some Sequence<some JSONEncodable>) {
        self.name(name)
        array(values) { writer, value in writer.value(value) }
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if utf8.count <= 256, utf8.plainRun(from: 0).end == utf8.count {
                return append(quoted: utf8, isName: false)
            }
            separate()
            bytes.append(UInt8(ascii: "\""))
            escape(utf8)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) {
        var at = 0
        while true {
            let end = utf8.plainRun(from: at).end
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[at..<end]))
            guard end < utf8.count else { return }
            bytes.append(UInt8(ascii: "\\"))
            switch utf8[end] {
            case 0x0A: bytes.append(UInt8(ascii: "n"))
            case 0x0D: bytes.append(UInt8(ascii: "r"))
            case 0x09: bytes.append(UInt8(ascii: "t"))
            case let byte where byte < 0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            case let byte: bytes.append(byte)
            }
            at = end + 1
        }
    }
}

/// What writes itself as one JSON value.
public protocol JSONEncodable {
    /// Writes exactly one value.
    func encode(to writer: inout JSONWriter)
}

extension JSONEncodable {
    /// The value as JSON text.
    public var jsonBytes: [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.value(self)
        return writer.bytes
    }
}

extension JSON: JSONEncodable {
    public func encode(to writer: inout JSONWriter) { writer.value(self) }
}

extension String: JSONEncodable {
    public func encode(to writer: inout JSONWriter) { writer.value(self) }
}
