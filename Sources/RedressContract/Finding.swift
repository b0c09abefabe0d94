/// The value of a fact.
public enum FactValue: Sendable, Hashable {
    /// Words.
    case text(String)
    /// A number, exact.
    case number(ExactNumber)
    /// Whether it is so.
    case flag(Bool)
    /// An amount of money.
    case money(Money)
    /// A set of words, for facts that unite what departments say; sorted, each once.
    case words([String])
    /// The value was erased on a person's request; its hash still stands in the journal.
    case erased

    /// Reads the value that departments send: a string, a number, true or false, money as
    /// `{"amount": 12.50, "currency": "EUR"}`, or an array of strings.
    ///
    /// - Throws: ``JSONError`` at `path`, for null, a mixed array, and an object that is not money.
    public init(json: JSON, path: @autoclosure () -> String) throws(JSONError) {
        switch json {
        case .string(let text): self = .text(text)
        case .number(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        case .array(let elements):
            var words: Set<String> = []
            for element in elements {
                guard case .string(let word) = element else {
                    throw JSONError("expected an array of strings", path: path())
                }
                words.insert(word)
            }
            self = .words(words.sorted())
        case .object:
            let fields = try JSONFields(json, path: path())
            self = try fields.boolIfPresent("erased") == true ? .erased : .money(Money(fields))
        case .null: throw JSONError("a fact needs a value", path: path())
        }
    }

    /// The value as a person would read it.
    public var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): number.description
        case .flag(let flag): flag ? "yes" : "no"
        case .money(let money): money.description
        case .words(let words): words.joined(separator: ", ")
        case .erased: "(erased)"
        }
    }
}

extension FactValue: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        switch self {
        case .text(let text): writer.value(text)
        case .number(let number): writer.value(number)
        case .flag(let flag): writer.value(flag)
        case .money(let money): writer.value(money)
        case .words(let words): writer.array(words) { writer, word in writer.value(word) }
        case .erased: writer.object { $0.member("erased", true) }
        }
    }
}

/// A fact that a department states, with where it comes from.
public struct Finding: Sendable, Hashable {
    /// The fact.
    public var key: FactKey
    /// Its value.
    public var value: FactValue
    /// The issues that it bears on, by number; none means all issues of the task.
    public var issues: [Int]
    /// Where the department has it from, for example `payments ledger`.
    public var source: String?
    /// When it was so.
    public var at: Timestamp?
    /// How sure the department is, in percent.
    public var confidence: Int?

    /// The finding that `key` is `value`.
    public init(
        _ key: FactKey, _ value: FactValue, issues: [Int] = [], source: String? = nil, at: Timestamp? = nil,
        confidence: Int? = nil
    ) {
        self.key = key
        self.value = value
        self.issues = issues
        self.source = source
        self.at = at
        self.confidence = confidence
    }

    init(_ fields: JSONFields) throws(JSONError) {
        key = try fields.parse("key", as: "a fact's key such as charge.count", { FactKey($0) })
        guard let json = fields.value("value") else { throw fields.fault("value", "is required") }
        value = try FactValue(json: json, path: fields.fault("value", "").path ?? "value")
        issues = try fields.issueNumbers()
        source = try fields.stringIfPresent("source")
        at = try fields.parseIfPresent("at", as: "a date or a time of RFC 3339", { Timestamp($0) })
        confidence = try fields.integerIfPresent("confidence")
        if let confidence, !(0...100).contains(confidence) { throw fields.fault("confidence", "expected 0 to 100") }
    }
}

extension JSONFields {
    /// The numbers in the array `issues`.
    func issueNumbers() throws(JSONError) -> [Int] {
        try elements("issues", as: "an issue's number") { element in
            guard case .number(let number) = element else { return nil }
            return number.whole(as: UInt16.self).map { Int($0) }
        }
    }
}

extension Finding: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("key", key.description)
            writer.member("value", value)
            if !issues.isEmpty {
                writer.name("issues")
                writer.array(issues) { writer, number in writer.value(number) }
            }
            if let source { writer.member("source", source) }
            if let at { writer.member("at", at.description) }
            if let confidence { writer.member("confidence", confidence) }
        }
    }
}
