/// What a department is told of a case for a task: no more than it needs.
public struct Brief: Sendable, Hashable {
    /// An issue to answer, in the customer's own words.
    public struct Issue: Sendable, Hashable {
        /// The issue's number within the case.
        public var number: Int
        /// The customer's words.
        public var excerpt: String

        /// Issue `number`, told in `excerpt`.
        public init(number: Int, excerpt: String) {
            self.number = number
            self.excerpt = excerpt
        }
    }

    /// A particular of the case, for example the order's number.
    public struct Particular: Sendable, Hashable {
        /// Its name in `Config/`.
        public var name: String
        /// Its value as the customer wrote it.
        public var value: String

        /// The particular `name` with `value`.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The task; the idempotency key for whatever the department does in the world.
    public var task: TaskID
    /// The attempt, from 1.
    public var attempt: UInt32
    /// The kind of task.
    public var type: TaskType
    /// The version of the task's contract, from 1.
    public var version: UInt16
    /// The issues to answer.
    public var issues: [Issue]
    /// The particulars that this type of task needs, as far as the complaint names them.
    public var particulars: [Particular]
    /// What the departments found that this task depends on.
    public var findings: [Finding]
    /// What a person at the owner's desk adds for the department, where they did.
    public var note: String?

    /// A brief.
    public init(
        task: TaskID, attempt: UInt32, type: TaskType, version: UInt16 = 1, issues: [Issue],
        particulars: [Particular] = [], findings: [Finding] = [], note: String? = nil
    ) {
        self.task = task
        self.attempt = attempt
        self.type = type
        self.version = version
        self.issues = issues
        self.particulars = particulars
        self.findings = findings
        self.note = note
    }

    /// The values of the particular `name`, in the order of the complaint.
    public func particulars(_ name: String) -> [String] { particulars.filter { $0.name == name }.map(\.value) }

    /// Reads a brief.
    ///
    /// - Throws: ``JSONError`` that names the offset or the member that is wrong.
    public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        let fields = try JSONFields(try JSON(parsing: bytes))
        task = try fields.parse("task", as: "a task such as R-0000-0000-0001-Y/1", { TaskID($0) })
        attempt = try fields.integer("attempt", as: UInt32.self)
        type = try fields.parse("type", as: "a type of task such as billing/charge-review", { TaskType($0) })
        version = try fields.integerIfPresent("version") ?? 1
        issues = []
        for issue in try fields.objects("issues") {
            issues.append(
                Issue(number: Int(try issue.integer("number", as: UInt16.self)), excerpt: try issue.string("excerpt")))
        }
        particulars = []
        for particular in try fields.objects("particulars") {
            particulars.append(Particular(name: try particular.string("name"), value: try particular.string("value")))
        }
        findings = []
        for finding in try fields.objects("findings") { findings.append(try Finding(finding)) }
        note = try fields.stringIfPresent("note")
    }
}

extension Brief: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("task", task.description)
            writer.member("attempt", attempt)
            writer.member("type", type.description)
            if version != 1 { writer.member("version", version) }
            writer.name("issues")
            writer.array(issues) { writer, issue in
                writer.object { writer in
                    writer.member("number", issue.number)
                    writer.member("excerpt", issue.excerpt)
                }
            }
            writer.name("particulars")
            writer.array(particulars) { writer, particular in
                writer.object { writer in
                    writer.member("name", particular.name)
                    writer.member("value", particular.value)
                }
            }
            if !findings.isEmpty { writer.member("findings", findings) }
            if let note { writer.member("note", note) }
        }
    }
}
