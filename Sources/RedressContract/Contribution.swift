/// What a department returns on a task: per issue an outcome with its reasons, the facts it found, the remedies it
/// proposes, words for the customer, and what it did not check.
public struct Contribution: Sendable, Hashable {
    /// The department's answer to one issue of the task.
    public struct Answer: Sendable, Hashable {
        /// The issue's number within the case.
        public var issue: Int
        /// What the department finds.
        public var outcome: Outcome
        /// Why, each reason a sentence.
        public var reasons: [String]

        /// `outcome` on `issue` for `reasons`.
        public init(issue: Int, _ outcome: Outcome, reasons: [String] = []) {
            self.issue = issue
            self.outcome = outcome
            self.reasons = reasons
        }
    }

    /// A remedy that the department proposes.
    public struct ProposedRemedy: Sendable, Hashable {
        /// The kind of remedy.
        public var kind: RemedyKind
        /// The issue that it is for; nil for the case as a whole.
        public var issue: Int?
        /// Its value, where it has one.
        public var amount: Money?
        /// What exactly, in a sentence.
        public var note: String?

        /// A remedy of `kind`.
        public init(_ kind: RemedyKind, issue: Int? = nil, amount: Money? = nil, note: String? = nil) {
            self.kind = kind
            self.issue = issue
            self.amount = amount
            self.note = note
        }
    }

    /// A task that the department asks another one to do, as far as the playbook lets it.
    public struct Ask: Sendable, Hashable {
        /// The type of task.
        public var type: TaskType
        /// Issues of the asking task that the new one is about; none means all of them.
        public var issues: [Int]
        /// Why, in a sentence.
        public var reason: String

        /// A request for a task of `type`.
        public init(_ type: TaskType, issues: [Int] = [], reason: String) {
            self.type = type
            self.issues = issues
            self.reason = reason
        }
    }

    /// The answers, at most one per issue.
    public var answers: [Answer]
    /// The facts found.
    public var findings: [Finding]
    /// The remedies proposed.
    public var remedies: [ProposedRemedy]
    /// Words for the customer.
    public var words: String?
    /// What the department could not or did not check, each a sentence.
    public var notChecked: [String]
    /// Why the department declines the task; a contribution that declines answers nothing.
    public var declined: String?
    /// Tasks that other departments are asked to do; the case is reconciled after them.
    public var asks: [Ask]
    /// The attempt whose contribution this one takes the place of: a department corrects itself.
    public var corrects: UInt32?

    /// A contribution.
    public init(
        answers: [Answer], findings: [Finding] = [], remedies: [ProposedRemedy] = [], words: String? = nil,
        notChecked: [String] = [], asks: [Ask] = [], corrects: UInt32? = nil
    ) {
        self.answers = answers
        self.findings = findings
        self.remedies = remedies
        self.words = words
        self.notChecked = notChecked
        self.asks = asks
        self.corrects = corrects
    }

    /// A contribution that declines the task for `reason`.
    public static func declining(_ reason: String) -> Contribution {
        var contribution = Contribution(answers: [])
        contribution.declined = reason
        return contribution
    }

    /// Reads a contribution.
    ///
    /// - Throws: ``JSONError`` that names the offset or the member that is wrong.
    public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        let fields = try JSONFields(try JSON(parsing: bytes))
        declined = try fields.stringIfPresent("declined")
        guard declined?.isEmpty != true else { throw fields.fault("declined", "expected why; the record says it") }
        answers = []
        var answered: Set<UInt16> = []
        let issues = try fields.objects("issues")
        for answer in issues {
            let number = try answer.integer("number", as: UInt16.self)
            // Most tasks have one issue.
            guard issues.count == 1 || answered.insert(number).inserted else {
                throw answer.fault("number", "issue \(number) is answered twice")
            }
            answers.append(
                Answer(
                    issue: Int(number),
                    try answer.parse("outcome", as: Outcome.list, { Outcome(rawValue: $0) }),
                    reasons: try answer.strings("reasons")))
        }
        findings = []
        for stated in try fields.objects("findings") {
            let finding = try Finding(stated)
            guard finding.value != .erased else { throw stated.fault("value", "only the house erases a value") }
            findings.append(finding)
        }
        remedies = []
        for remedy in try fields.objects("remedies") {
            let amount = try remedy.fieldsIfPresent("amount")
            remedies.append(
                ProposedRemedy(
                    try remedy.parse("kind", as: "a kind of remedy", { RemedyKind(rawValue: $0) }),
                    issue: try remedy.integerIfPresent("issue", as: UInt16.self).map { Int($0) },
                    amount: try Money(ifPresent: amount),
                    note: try remedy.stringIfPresent("note")))
        }
        words = try fields.stringIfPresent("words")
        notChecked = try fields.strings("notChecked")
        asks = []
        for ask in try fields.objects("ask") {
            asks.append(
                Ask(
                    try ask.parse("type", as: "a type of task such as billing/charge-review", { TaskType($0) }),
                    issues: try ask.issueNumbers(), reason: try ask.string("reason")))
        }
        corrects = try fields.integerIfPresent("corrects")
        guard (declined == nil) != answers.isEmpty else {
            throw fields.fault("issues", "a contribution answers at least one issue, or says in \"declined\" why not")
        }
    }
}

extension Outcome {
    fileprivate static let list = "one of " + allCases.map(\.rawValue).joined(separator: ", ")
}

extension Money {
    fileprivate init?(ifPresent fields: JSONFields?) throws(JSONError) {
        guard let fields else { return nil }
        try self.init(fields)
    }
}

extension Contribution: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            if let declined { writer.member("declined", declined) }
            writer.name("issues")
            writer.array(answers) { writer, answer in
                writer.object { writer in
                    writer.member("number", answer.issue)
                    writer.member("outcome", answer.outcome.rawValue)
                    if !answer.reasons.isEmpty { writer.member("reasons", answer.reasons) }
                }
            }
            if !findings.isEmpty { writer.member("findings", findings) }
            if !remedies.isEmpty { writer.member("remedies", remedies) }
            if let words { writer.member("words", words) }
            if !notChecked.isEmpty { writer.member("notChecked", notChecked) }
            if !asks.isEmpty { writer.member("ask", asks) }
            if let corrects { writer.member("corrects", corrects) }
        }
    }
}

extension Contribution.Ask: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", type.description)
            if !issues.isEmpty {
                writer.name("issues")
                writer.array(issues) { writer, number in writer.value(number) }
            }
            writer.member("reason", reason)
        }
    }
}

extension Contribution.ProposedRemedy: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("kind", kind.rawValue)
            if let issue { writer.member("issue", issue) }
            if let amount { writer.member("amount", amount) }
            if let note { writer.member("note", note) }
        }
    }
}
