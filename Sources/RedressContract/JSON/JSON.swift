/// A JSON value (RFC 8259) as the bodies of RDP/1 and the entries of the journal hold it: numbers exact, members in
/// their order, names unique.
public enum JSON: Sendable, Hashable {
    /// The value `null`.
    case null
    /// The values `true` and `false`.
    case bool(Bool)
    /// A number, as it was written.
    case number(ExactNumber)
    /// A string.
    case string(String)
    /// The elements in order.
    case array([JSON])
    /// The members in order.
    case object([Member])

    /// A name and its value within an object.
    public struct Member: Sendable, Hashable {
        /// The member's name.
        public var name: String
        /// The member's value.
        public var value: JSON

        /// The member `name` with `value`.
        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// Reads the one JSON value that `bytes` hold, strictly.
    ///
    /// - Throws: ``JSONError`` that names the offset, for anything that RFC 8259 does not allow, invalid UTF-8,
    ///   unpaired surrogates, repeated names (also such as differ only in the composition of their characters), numbers
    ///   of more than 34 digits, and values nested deeper than ``JSONReader/depthMaximum``.
    public init(parsing bytes: some Collection<UInt8>) throws(JSONError) { self = try JSONReader.read(bytes) }

    /// The value as the shortest JSON text.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The value of the member `name` of an object, where there is one.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(ExactNumber(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

/// What is wrong with a JSON text, or with the shape of a value.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, as a sentence without its full stop.
    public var reason: String
    /// The byte offset at which reading stopped, for a text that is not JSON.
    public var offset: Int?
    /// The path of the member that is wrong, for example `findings[2].key`, for a value of the wrong shape.
    public var path: String?

    /// An error at `offset` of a text or `path` of a value.
    public init(_ reason: String, offset: Int? = nil, path: String? = nil) {
        self.reason = reason
        self.offset = offset
        self.path = path
    }

    public var description: String {
        if let offset { return "not JSON at byte \(offset): \(reason)" }
        if let path, !path.isEmpty { return "\(path): \(reason)" }
        return reason
    }
}

extension String {
    /// The text in quotes, for an error: only its beginning, since an error goes back to the peer and a peer may have sent
    /// a megabyte.
    var quoted: String {
        utf8.count <= 64 ? "\"\(self)\"" : "\"\(String(unicodeScalars.prefix(64)))…\""
    }
}
