import Yams

/// A value in a file of the configuration, which knows its place. What is wrong with it goes to the log, and the reader
/// goes on without it.
struct YAMLValue {
    private let node: Node
    private let path: String
    private let log: FaultLog

    /// The value of `node` in the file at `path`.
    init(_ node: Node, path: String, log: FaultLog) {
        self.node = node
        self.path = path
        self.log = log
    }

    private func value(_ node: Node) -> YAMLValue { YAMLValue(node, path: path, log: log) }

    /// Writes down what is wrong at this place, and what to do about it.
    func fault(_ code: ConfigurationError.Fault.Code, _ reason: String, _ remedy: String) {
        log.add(.init(code: code, file: path, line: node.mark?.line ?? 1, reason: reason, remedy: remedy))
    }

    /// The text of the value where it is one; nothing is said where it is not.
    var textIfAny: String? { node.scalar?.string }

    /// The elements of the value where it is a list; nothing is said where it is not.
    var elementsIfAny: [YAMLValue] { node.sequence?.map(value) ?? [] }

    /// The keys of the value where it is a mapping; nothing is said where it is not.
    var keysIfAny: [String] { node.mapping?.compactMap { $0.key.scalar?.string } ?? [] }

    /// The value of `key` where this is a mapping that has it; nothing is said where it is not.
    subscript(key: String) -> YAMLValue? {
        (node.mapping?.first { $0.key.scalar?.string == key }?.value).map(value)
    }

    /// The element at `index` where this is a list that has it; nothing is said where it is not.
    subscript(index: Int) -> YAMLValue? {
        guard let sequence = node.sequence, sequence.indices.contains(index) else { return nil }
        return value(sequence[index])
    }

    /// The text of the value.
    var text: String? { scalar("text")?.string }

    /// The flag that the value is.
    var flag: Bool? {
        guard let scalar = scalar("true or false") else { return nil }
        switch scalar.string {
        case "true" where scalar.style == .plain: return true
        case "false" where scalar.style == .plain: return false
        default:
            fault(
                .wrongType, "expected true or false, found \(scalar.string.quoted)",
                "write one of the two, without quotes")
            return nil
        }
    }

    /// The whole number that the value is, which must be in `range`.
    func whole(in range: ClosedRange<Int>) -> Int? {
        guard let scalar = scalar("a whole number") else { return nil }
        guard scalar.style == .plain, let number = Int(scalar.string) else {
            fault(
                .wrongType, "expected a whole number, found \(scalar.string.quoted)",
                "write one from \(range.lowerBound) to \(range.upperBound), without quotes")
            return nil
        }
        guard range.contains(number) else {
            fault(
                .outOfRange, "\(number) is out of range",
                "write a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// The duration that the value is, which must be in `range`.
    func duration(in range: ClosedRange<WrittenDuration>) -> WrittenDuration? {
        guard let scalar = scalar("a duration") else { return nil }
        guard let duration = WrittenDuration(scalar.string) else {
            fault(
                .malformed, "expected a duration, found \(scalar.string.quoted)",
                "write a whole number and its unit: 500ms, 30s, 15m, 2h or 1d")
            return nil
        }
        guard range.contains(duration) else {
            fault(.outOfRange, "\(duration) is out of range", "write from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return duration
    }

    /// The text of the value as `make` reads it; `what` says what it should be.
    func parse<Value>(as what: String, _ make: (String) -> Value?) -> Value? {
        guard let text else { return nil }
        guard let value = make(text) else {
            fault(.malformed, "\(text.quoted) is malformed", "write \(what)")
            return nil
        }
        return value
    }

    /// The text of the value, which must be one of `names`, declared as `what`; any text where nil is known of them.
    func name(of what: String, among names: [String]?) -> String? {
        guard let text else { return nil }
        guard names?.contains(text) ?? true else {
            fault(.unknownName, "unknown \(what) \(text.quoted)", text.remedy(among: names ?? []))
            return nil
        }
        return text
    }

    /// The text of the value, which must be one of `choices`; `what` says what they are.
    func choice<Choice: RawRepresentable<String>>(of what: String, among choices: [Choice]) -> Choice? {
        name(of: what, among: choices.map(\.rawValue)).flatMap(Choice.init(rawValue:))
    }

    /// The elements of the value, of which there must be as many as `count` says.
    func list(_ count: ClosedRange<Int>) -> [YAMLValue] {
        guard case .sequence(let sequence) = node else {
            fault(
                .wrongType, "expected a list, found \(kind)",
                "write [one, another], or each on a line of its own behind -")
            return []
        }
        guard count.contains(sequence.count) else {
            fault(
                .outOfRange, "there are \(sequence.count) elements",
                "this list has from \(count.lowerBound) to \(count.upperBound)")
            return []
        }
        return sequence.map(value)
    }

    /// The elements of the value, each as `read` reads it, without those whose `key` an earlier one has.
    func list<Element>(
        _ count: ClosedRange<Int>, distinctBy key: String, _ read: (YAMLValue) -> Element?
    ) -> [Element] {
        var taken: Set<String> = []
        return list(count).compactMap { element in
            let name = element[key]
            if let text = name?.textIfAny, !taken.insert(text).inserted {
                name?.fault(
                    .duplicateName, "the \(key) \(text.quoted) is there twice", "rename one of the two, or take it out")
                return nil
            }
            return read(element)
        }
    }

    /// The elements of the value that are not in the list twice, each as `read` reads it.
    func set<Value: Hashable>(_ count: ClosedRange<Int>, _ read: (YAMLValue) -> Value?) -> [Value] {
        var seen: Set<Value> = []
        return list(count).compactMap { element in
            guard let value = read(element) else { return nil }
            guard seen.insert(value).inserted else {
                element.fault(.duplicateName, "\("\(value)".quoted) is listed twice", "keep one of the two")
                return nil
            }
            return value
        }
    }

    /// The keys of the value, which may be any, with their values.
    var members: [(key: YAMLValue, value: YAMLValue)] {
        guard case .mapping(let mapping) = node else {
            fault(.wrongType, "expected keys with values, found \(kind)", "write each as key: value")
            return []
        }
        return mapping.map { (value($0.key), value($0.value)) }
    }

    /// What `read` makes of the members of the value. Those that it does not ask for are faults.
    func fields<Value>(_ read: (YAMLFields) -> Value?) -> Value? {
        guard case .mapping = node else {
            fault(.wrongType, "expected keys with values, found \(kind)", "write each as key: value")
            return nil
        }
        let fields = YAMLFields(self)
        let value = read(fields)
        fields.refuseOthers()
        return value
    }

    private func scalar(_ expected: String) -> Node.Scalar? {
        guard case .scalar(let scalar) = node else {
            fault(.wrongType, "expected \(expected), found \(kind)", "write \(expected) here")
            return nil
        }
        guard !scalar.string.isEmpty, scalar.style != .plain || (scalar.string != "~" && scalar.string != "null") else {
            fault(.wrongType, "there is no value", "write \(expected), or take the key out")
            return nil
        }
        return scalar
    }

    private var kind: String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : scalar.string.quoted
        case .mapping: "keys with values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
