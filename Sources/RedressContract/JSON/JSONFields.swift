/// The members of a JSON object as a reader of a certain shape sees them: each look-up either gives the value wanted or
/// an error that names the member by its path. Members that nobody asks for are passed over, so that newer peers can
/// say more.
public struct JSONFields: Sendable {
    /// The path of the object, for errors; empty at the root.
    public let path: String
    private let members: [JSON.Member]

    /// The members of `json`, which must be an object.
    public init(_ json: JSON, path: String = "") throws(JSONError) {
        guard case .object(let members) = json else { throw JSONError("expected an object", path: path) }
        self.members = members
        self.path = path
    }

    /// The value of the member `name`, where it is there and not null.
    public func value(_ name: String) -> JSON? {
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }

    /// The error that the member `name` is wrong in the way that `reason` says.
    public func fault(_ name: String, _ reason: String) -> JSONError { JSONError(reason, path: join(name)) }

    private func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

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

    /// The elements of the array `name`, each with its path; none where there is no such member.
    public func elements(_ name: String) throws(JSONError) -> [(value: JSON, path: String)] {
        switch value(name) {
        case nil: return []
        case .array(let elements):
            let path = join(name)
            return elements.enumerated().map { ($0.element, "\(path)[\($0.offset)]") }
        default: throw fault(name, "expected an array")
        }
    }

    /// The objects in the array `name`; none where there is no such member.
    public func objects(_ name: String) throws(JSONError) -> [JSONFields] {
        var objects: [JSONFields] = []
        for element in try elements(name) { objects.append(try JSONFields(element.value, path: element.path)) }
        return objects
    }

    /// The strings in the array `name`; none where there is no such member.
    public func strings(_ name: String) throws(JSONError) -> [String] {
        var strings: [String] = []
        for element in try elements(name) {
            guard case .string(let text) = element.value else { throw JSONError("expected a string", path: element.path) }
            strings.append(text)
        }
        return strings
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
        guard let value = make(text) else { throw fault(name, "\"\(text)\" is not \(what)") }
        return value
    }
}
