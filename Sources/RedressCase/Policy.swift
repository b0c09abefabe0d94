package import RedressContract

/// The rules of the house that a case is planned and reconciled by. Stored in the house stream by the hash of its
/// bytes; a case names the hash, so an open case stays on its version.
package struct Policy: Sendable, Hashable {
    /// A department and what it answers.
    package struct Department: Sendable, Hashable {
        /// The department's name.
        package var name: DepartmentName
        /// What it answers, in a sentence.
        package var answers: String

        package init(name: DepartmentName, answers: String) {
            self.name = name
            self.answers = answers
        }
    }

    /// A kind of task that a playbook gives to a department.
    package struct TaskRule: Sendable, Hashable {
        /// The kind of task; its department does it.
        package var type: TaskType
        /// The department whose issues call for the task.
        package var issuesOf: DepartmentName
        /// Whether the record misses something when the task ends without a contribution.
        package var required: Bool
        /// The kinds of task that come before, where the plan has them.
        package var after: [TaskType]
        /// How the task goes on after those.
        package var join: Join
        /// The version of the type's contract, from 1: what workers must serve to be offered it.
        package var version: UInt16
        /// Whether no issue calls for the task: it comes only where a department asks for it or the owner adds it.
        package var onRequest: Bool
        /// The departments that may ask for it.
        package var askedBy: [DepartmentName]
        /// The names of the particulars that the brief discloses.
        package var particulars: [String]
        /// How long a handler may take from acceptance, in milliseconds.
        package var timeLimitMilliseconds: Int64
        /// How many attempts may fail before the task is parked.
        package var attemptsMaximum: Int
        /// How many may end in one way; see ``Entry/PlannedTask/limit(of:)`` for what is not in it.
        package var endsMaximum: [Entry.AttemptEnd: Int]

        package init(
            type: TaskType, issuesOf: DepartmentName? = nil, required: Bool = true, after: [TaskType] = [],
            join: Join? = nil, version: UInt16 = 1, onRequest: Bool = false, askedBy: [DepartmentName] = [],
            particulars: [String] = [], timeLimitMilliseconds: Int64 = 60_000, attemptsMaximum: Int = 3,
            endsMaximum: [Entry.AttemptEnd: Int] = [:]
        ) {
            self.type = type
            self.issuesOf = issuesOf ?? type.department
            self.required = required
            self.after = after
            self.join = join ?? .unwritten(required: required)
            self.version = version
            self.onRequest = onRequest
            self.askedBy = askedBy
            self.particulars = particulars
            self.timeLimitMilliseconds = timeLimitMilliseconds
            self.attemptsMaximum = attemptsMaximum
            self.endsMaximum = endsMaximum
        }
    }

    /// How the values that departments state for one fact become the one in the record.
    package enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The first of the owners that states the fact is believed.
        case owner
        /// All values must be the same.
        case agree
        /// The value that was so last, by the findings' times.
        case latest
        /// The value that was so first, by the findings' times.
        case earliest
        /// The smallest number or amount.
        case min
        /// The largest number or amount.
        case max
        /// The sum of the numbers or amounts.
        case sum
        /// All words that were said.
        case union
        /// A named person decides.
        case person
    }

    /// Who may state a fact, and by which rule it is reconciled.
    package struct FactRule: Sendable, Hashable {
        /// The fact's key without a subject.
        package var key: FactKey
        /// Who may state it; for the rule `owner`, who is believed first.
        package var owners: [DepartmentName]
        /// The rule.
        package var rule: Rule

        package init(key: FactKey, owners: [DepartmentName], rule: Rule) {
            self.key = key
            self.owners = owners
            self.rule = rule
        }
    }

    /// The departments, in the order of `Config/`.
    package var departments: [Department]
    /// The kinds of task, in the order of the playbooks.
    package var tasks: [TaskRule]
    /// The facts.
    package var facts: [FactRule]
    /// From intake to the record, whatever is missing then, in milliseconds.
    package var caseDeadlineMilliseconds: Int64
    /// How long an accepted task stays with a holder that does not renew, in milliseconds.
    package var leaseMilliseconds: Int64
    /// The first wait before a failed attempt is tried again, in milliseconds; doubled each time.
    package var retryMilliseconds: Int64
    /// The longest such wait, in milliseconds.
    package var retryMillisecondsMaximum: Int64
    /// What becomes of the record when a required task is parked: it goes on without, waits for a person, or the other
    /// tasks are cancelled.
    package var onFailure = Join.Failure.proceed
    /// How many tasks the departments of one case may ask for in all.
    package var asksMaximum = 8
    /// How far from the plan a task may be that is asked for: 1 where only planned tasks may ask.
    package var askDepthMaximum = 2
    /// The priority of a case whose submission names none.
    package var priority = Entry.Precedence.priorityDefault

    package init(
        departments: [Department], tasks: [TaskRule], facts: [FactRule], caseDeadlineMilliseconds: Int64 = 900_000,
        leaseMilliseconds: Int64 = 10_000, retryMilliseconds: Int64 = 500, retryMillisecondsMaximum: Int64 = 60_000
    ) {
        self.departments = departments
        self.tasks = tasks
        self.facts = facts
        self.caseDeadlineMilliseconds = caseDeadlineMilliseconds
        self.leaseMilliseconds = leaseMilliseconds
        self.retryMilliseconds = retryMilliseconds
        self.retryMillisecondsMaximum = retryMillisecondsMaximum
    }

    /// The rule of `type`, where the policy has it.
    package func task(_ type: TaskType) -> TaskRule? { tasks.first { $0.type == type } }

    /// The rule of the fact `key`, whatever its subject.
    package func fact(_ key: FactKey) -> FactRule? {
        let base = key.base
        return facts.first { $0.key.description == base }
    }

    /// The first circle in the dependencies between tasks, in order, or nil where there is none.
    package var cycle: [TaskType]? {
        var done: Set<TaskType> = []
        func walk(_ type: TaskType, _ path: [TaskType]) -> [TaskType]? {
            if let start = path.firstIndex(of: type) { return Array(path[start...]) + [type] }
            guard !done.contains(type), let rule = task(type) else { return nil }
            for next in rule.after { if let cycle = walk(next, path + [type]) { return cycle } }
            done.insert(type)
            return nil
        }
        for rule in tasks { if let cycle = walk(rule.type, []) { return cycle } }
        return nil
    }
}

extension Policy: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("departments")
            writer.array(departments) { writer, department in
                writer.object { writer in
                    writer.member("name", department.name.description)
                    writer.member("answers", department.answers)
                }
            }
            writer.name("tasks")
            writer.array(tasks) { writer, task in
                writer.object { writer in
                    writer.member("type", task.type.description)
                    writer.member("issuesOf", task.issuesOf.description)
                    writer.member("required", task.required)
                    writer.member("after", task.after.map(\.description))
                    if task.join != .unwritten(required: task.required) { writer.member("join", task.join) }
                    if task.version != 1 { writer.member("version", task.version) }
                    if task.onRequest { writer.member("onRequest", true) }
                    if !task.askedBy.isEmpty { writer.member("askedBy", task.askedBy.map(\.description)) }
                    writer.member("particulars", task.particulars)
                    writer.member("timeLimitMilliseconds", task.timeLimitMilliseconds)
                    writer.member("attemptsMaximum", task.attemptsMaximum)
                    if !task.endsMaximum.isEmpty { writer.member("endsMaximum", task.endsMaximum) }
                }
            }
            writer.name("facts")
            writer.array(facts) { writer, fact in
                writer.object { writer in
                    writer.member("key", fact.key.description)
                    writer.member("owners", fact.owners.map(\.description))
                    writer.member("rule", fact.rule.rawValue)
                }
            }
            writer.member("caseDeadlineMilliseconds", caseDeadlineMilliseconds)
            writer.member("leaseMilliseconds", leaseMilliseconds)
            writer.member("retryMilliseconds", retryMilliseconds)
            writer.member("retryMillisecondsMaximum", retryMillisecondsMaximum)
            writer.member("onFailure", onFailure.rawValue)
            writer.member("asksMaximum", asksMaximum)
            writer.member("askDepthMaximum", askDepthMaximum)
            if priority != Entry.Precedence.priorityDefault { writer.member("priority", priority) }
        }
    }

    /// Reads the bytes that the journal holds.
    package init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        let fields = try JSONFields(try JSON(parsing: bytes))
        departments = []
        for department in try fields.objects("departments") {
            departments.append(
                Department(
                    name: try department.parse("name", as: "a department", { DepartmentName($0) }),
                    answers: try department.string("answers")))
        }
        tasks = []
        for task in try fields.objects("tasks") {
            tasks.append(
                TaskRule(
                    type: try task.parse("type", as: "a type of task", { TaskType($0) }),
                    issuesOf: try task.parse("issuesOf", as: "a department", { DepartmentName($0) }),
                    required: try task.boolIfPresent("required") ?? true,
                    after: try task.strings("after").compactMap { TaskType($0) },
                    join: try Join(ifPresent: task), version: try task.integerIfPresent("version") ?? 1,
                    onRequest: try task.boolIfPresent("onRequest") ?? false,
                    askedBy: try task.strings("askedBy").compactMap { DepartmentName($0) },
                    particulars: try task.strings("particulars"),
                    timeLimitMilliseconds: try task.integer("timeLimitMilliseconds"),
                    attemptsMaximum: try task.integer("attemptsMaximum"), endsMaximum: try task.ends("endsMaximum")))
        }
        facts = []
        for fact in try fields.objects("facts") {
            facts.append(
                FactRule(
                    key: try fact.parse("key", as: "a fact's key", { FactKey($0) }),
                    owners: try fact.strings("owners").compactMap { DepartmentName($0) },
                    rule: try fact.parse("rule", as: "a rule", { Rule(rawValue: $0) })))
        }
        caseDeadlineMilliseconds = try fields.integer("caseDeadlineMilliseconds")
        leaseMilliseconds = try fields.integer("leaseMilliseconds")
        retryMilliseconds = try fields.integer("retryMilliseconds")
        retryMillisecondsMaximum = try fields.integer("retryMillisecondsMaximum")
        onFailure =
            try fields.parseIfPresent("onFailure", as: "what becomes of the record", { Join.Failure(rawValue: $0) })
            ?? .proceed
        asksMaximum = try fields.integerIfPresent("asksMaximum") ?? 8
        askDepthMaximum = try fields.integerIfPresent("askDepthMaximum") ?? 2
        priority = try fields.integerIfPresent("priority") ?? Entry.Precedence.priorityDefault
    }
}
