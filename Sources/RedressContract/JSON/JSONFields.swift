/// The members of a JSON object as a reader of a certain shape sees them: each look-up either gives the value wanted or
/// an error that names the member by its path. Members that nobody asks for are passed over, so that newer peers can
/// say more.
public struct JSONFields: Sendable {
    private let members: [JSON.Member]
    // The path in two halves, since only errors need it whole.
    private let base: String
    private let index: Int?

    /// The members of `json`, which must be an object.
    public init(_ json: JSON, path: String = "") throws(JSONError) { try self.init(json, base: path, index: nil) }

    private init(_ json: JSON, base: String, index: Int?) throws(JSONError) {
        guard case .object(let members) = json else {
            throw JSONError("expected an object", path: Self.path(base, index))
        }
        self.members = members
        self.base = base
        self.index = index
    }

    private static func path(_ base: String, _ index: Int?) -> String { index.map { "\(base)[\($0)]" } ?? base }

    /// The path of the object, for errors; empty at the root.
    public var path: String { Self.path(base, index) }

    /// The value of the member `name`, where it is there and not null.
    public func value(_ name: String) -> JSON? {
        for index in members.indices where members[index].name == name {
            if case .null = members[index].value { return nil }
            return members[index].value
        }
        return nil
    }

    /// The error that the member `name` is wrong in the way that `reason` says.
    public func fault(_ name: String, _ reason: String) -> JSONError { JSONError(reason, path: join(name)) }

    private func join(_ name: String) -> String {
        let path = path
        return path.isEmpty ? name : "\(path).\(name)"
    }

    private func required<Value>(_ name: String, _ value: Value?) throws(JSONError) -> Value {
        guard let value else { throw fault(name, "is required") }
        return value
    }

    /// The string `name`, or nil where there is none.
    public func stringIfPresent(_ name: String) throws(JSONError) -> String? {
        switch value(name) {
        case nil: return nil
        case .string(let text): return text
        default: throw fault(name, "expected a string")
        }
    }

    /// The string `name`.
    public func string(_ name: String) throws(JSONError) -> String { try required(name, try stringIfPresent(name)) }

    /// The whole number `name`, or nil where there is none.
    public func integerIfPresent<Number: FixedWidthInteger>(
        _ name: String, as: Number.Type = Number.self
    ) throws(JSONError) -> Number? {
        switch value(name) {
        case nil: return nil
        case .number(let number):
            guard let whole = number.whole(as: Number.self) else {
                throw fault(name, "expected a whole number from \(Number.min) to \(Number.max)")
            }
            return whole
        default: throw fault(name, "expected a whole number")
        }
    }

    /// The whole number `name`.
    public func integer<Number: FixedWidthInteger>(
        _ name: String, as type: Number.Type = Number.self
    ) throws(JSONError) -> Number {
        try required(name, try integerIfPresent(name, as: type))
    }

    /// The flag `name`, or nil where there is none.
    public func boolIfPresent(_ name: String) throws(JSONError) -> Bool? {
        switch value(name) {
        case nil: return nil
        case .bool(let flag): return flag
        default: throw fault(name, "expected true or false")
        }
    }

    /// The object `name`, or nil where there is none.
    public func fieldsIfPresent(_ name: String) throws(JSONError) -> JSONFields? {
        guard let value = value(name) else { return nil }
        return try JSONFields(value, path: join(name))
    }

    /// The object `name`.
    public func fields(_ name: String) throws(JSONError) -> JSONFields { try required(name, try fieldsIfPresent(name)) }

    private func array(_ name: String) throws(JSONError) -> [JSON] {
        switch value(name) {
        case nil: return []
        case .array(let elements): return elements
        default: throw fault(name, "expected an array")
        }
    }

    /// The elements of the array `name`, each with its path; none where there is no such member.
    public func elements(_ name: String) throws(JSONError) -> [(value: JSON, path: String)] {
        let elements = try array(name)
        let path = join(name)
        return elements.enumerated().map { ($0.element, Self.path(path, $0.offset)) }
    }

    /// The elements of the array `name`, each made a `Value` by `make`, which gives nil for one that is not `what`; none
    /// where there is no such member.
    func elements<Value>(_ name: String, as what: String, _ make: (JSON) -> Value?) throws(JSONError) -> [Value] {
        let elements = try array(name)
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for index in elements.indices {
            guard let value = make(elements[index]) else { throw fault("\(name)[\(index)]", "expected \(what)") }
            values.append(value)
        }
        return values
    }

    /// The objects in the array `name`; none where there is no such member.
    public func objects(_ name: String) throws(JSONError) -> [JSONFields] {
        let elements = try array(name)
        guard !elements.isEmpty else { return [] }
        let base = join(name)
        var objects: [JSONFields] = []
        objects.reserveCapacity(elements.count)
        for index in elements.indices { objects.append(try JSONFields(elements[index], base: base, index: index)) }
        return objects
    }

    /// The strings in the array `name`; none where there is no such member.
    public func strings(_ name: String) throws(JSONError) -> [String] {
        try elements(name, as: "a string") { element in
            guard case .string(let text) = element else { return nil }
            return text
        }
    }

    /// The string `name` as a `Value`, by `make`; `what` names what it should be in the error.
    public func parse<Value>(
        _ name: String, as what: String, _ make: (String) -> Value?
    ) throws(JSONError) -> Value {
        try required(name, try parseIfPresent(name, as: what, make))
    }

    /// The string `name` as a `Value`, by `make`, or nil where there is none.
    public func parseIfPresent<Value>(
        _ name: String, as what: String, _ make: (String) -> Value?
    ) throws(JSONError) -> Value? {
        guard let text = try stringIfPresent(name) else { return nil }
        guard let value = make(text) else { throw fault(name, "\(text.quoted) is not \(what)") }
        return value
    }
}
