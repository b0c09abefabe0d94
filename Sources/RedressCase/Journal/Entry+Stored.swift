package import RedressContract

/// Entries as the journal keeps them.
extension Entry {
    /// Whose the personal parts are.
    package static let complainant = "complainant"

    /// The entry's structure and personal parts.
    package var stored: StoredEntry {
        var parts: [PersonalPart] = []
        var writer = JSONWriter(reserving: 512)
        writer.object { writer in
            writer.member("type", event.type)
            writer.member("at", at.milliseconds)
            writer.member("actor", actor)
            // What was never said is no part: a part that is missing was erased.
            event.encode(to: &writer) { bytes in
                if let bytes { parts.append(PersonalPart(person: Self.complainant, bytes: bytes)) }
            }
        }
        return StoredEntry(structure: writer.bytes, parts: parts)
    }

    /// Reads what the journal kept.
    ///
    /// - Throws: ``JSONError`` for a structure that this program does not know: the case is set aside.
    package init(_ stored: StoredEntry) throws(JSONError) {
        let fields = try JSONFields(try JSON(parsing: stored.structure))
        at = Timestamp(milliseconds: try fields.integer("at"))
        actor = try fields.string("actor")
        event = try Event(fields, part: stored.parts.first?.bytes)
    }

    /// The members of structures that are times.
    private static let times: Set = ["at", "deadline", "retryAt", "othersFrom"]

    /// The entry as people and programs read it: the structure, with its times as RFC 3339 and the personal part, where
    /// it is JSON and not erased, as `body`.
    package static func presentation(of stored: StoredEntry) -> JSON {
        guard case .object(var members)? = try? JSON(parsing: stored.structure) else { return .null }
        for index in members.indices where times.contains(members[index].name) {
            guard case .number(let number) = members[index].value, let milliseconds = number.whole(as: Int64.self)
            else { continue }
            members[index].value = .string(Timestamp(milliseconds: milliseconds).description)
        }
        if let part = stored.parts.first {
            let body = part.bytes.map { bytes in
                (try? JSON(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
            }
            members.append(JSON.Member("body", body ?? ["erased": true]))
        }
        return .object(members)
    }
}

extension StoredEntry {
    private static let erasure = Array(#"{"type":"erased""#.utf8)

    /// The person of whom all parts before the entry, in its stream, are erased with it; nil for any other entry.
    package var erasedPerson: String? {
        guard structure.starts(with: Self.erasure),
            case .string(let person)? = (try? JSON(parsing: structure))?["person"]
        else { return nil }
        return person
    }
}

extension [StoredEntry] {
    /// Appends an entry as a stream keeps it: one that erases a person takes the bytes of what stands before it.
    package mutating func keep(_ entry: StoredEntry) {
        if let person = entry.erasedPerson { erase(person) }
        append(entry)
    }

    /// Erases what the entries say of `person`.
    package mutating func erase(_ person: String) {
        for entry in indices {
            for part in self[entry].parts.indices where self[entry].parts[part].person == person {
                self[entry].parts[part].bytes = nil
            }
        }
    }
}

extension Entry.Event {
    /// The event's stable name.
    package var type: String {
        switch self {
        case .received: "received"
        case .assessed: "assessed"
        case .planned: "planned"
        case .ready: "ready"
        case .accepted: "accepted"
        case .contributed: "contributed"
        case .late: "late"
        case .attemptEnded: "attempt-ended"
        case .ended: "ended"
        case .reconciled: "reconciled"
        case .added: "added"
        case .adopted: "adopted"
        case .corrected: "corrected"
        case .reopened: "reopened"
        case .retried: "retried"
        case .edited: "edited"
        case .reassigned: "reassigned"
        case .conflictSettled: "conflict-settled"
        case .paused: "paused"
        case .resumed: "resumed"
        case .erased: "erased"
        }
    }

    fileprivate func encode(to writer: inout JSONWriter, part: ([UInt8]?) -> Void) {
        switch self {
        case .received(let policy, let deadline, let body, let precedence):
            writer.member("policy", policy)
            writer.member("deadline", deadline.milliseconds)
            if precedence.priority != Entry.Precedence.priorityDefault {
                writer.member("priority", precedence.priority)
            }
            if let customer = precedence.customer { writer.member("customer", String(customer, radix: 16)) }
            part(body)
        case .assessed(let split):
            writer.member("sentences", split.sentences)
            writer.name("issues")
            writer.array(split.issues) { writer, issue in
                writer.object { writer in
                    writer.member("department", issue.department.description)
                    writer.ranges("ranges", issue.ranges)
                }
            }
            writer.ranges("unplaced", split.unplaced)
            writer.name("particulars")
            writer.array(split.particulars) { writer, particular in
                writer.object { writer in
                    writer.member("name", particular.name)
                    writer.ranges("range", [particular.range])
                }
            }
        case .planned(let tasks):
            writer.name("tasks")
            writer.array(tasks) { writer, task in task.encode(to: &writer) }
        case .ready(let disclosures):
            writer.name("discloses")
            writer.array(disclosures) { writer, disclosure in
                writer.object { writer in
                    writer.member("task", disclosure.task)
                    writer.numbers("issues", disclosure.issues)
                    writer.member("particulars", disclosure.particulars)
                    writer.numbers("findingsOf", disclosure.findingsOf)
                    if !disclosure.without.isEmpty { writer.numbers("without", disclosure.without) }
                }
            }
        case .accepted(let task, let attempt, let worker, let incarnation):
            writer.member("task", task)
            writer.member("attempt", attempt)
            writer.member("worker", worker)
            writer.member("incarnation", String(incarnation, radix: 16))
        case .contributed(let task, let attempt, let worker, let digest, let body):
            writer.member("task", task)
            writer.member("attempt", attempt)
            writer.member("worker", worker)
            digest.encode(to: &writer)
            part(body?.bytes)
        case .late(let task, let attempt, let worker, let body):
            writer.member("task", task)
            writer.member("attempt", attempt)
            writer.member("worker", worker)
            part(body)
        case .attemptEnded(let task, let attempt, let cause, let reason, let retryAt):
            writer.member("task", task)
            writer.member("attempt", attempt)
            writer.member("cause", cause.rawValue)
            writer.member("retryAt", retryAt.milliseconds)
            part(reason)
        case .ended(let task, let outcome, let reason, let kept):
            writer.member("task", task)
            writer.member("outcome", outcome.rawValue)
            writer.member("reason", reason)
            if let kept { part(kept) }
        case .reconciled(let outcome, let missing, let conflicts, let openPoints, let record):
            writer.member("outcome", outcome.rawValue)
            writer.member("missing", missing)
            writer.name("conflicts")
            writer.array(conflicts) { writer, conflict in
                writer.object { writer in
                    writer.member("fact", conflict.fact)
                    writer.numbers("issues", conflict.issues)
                }
            }
            writer.member("openPoints", openPoints)
            part(record?.bytes)
        case .added(let addition, let reason):
            writer.name("plan")
            addition.plan.encode(to: &writer)
            writer.numbers("before", addition.before)
            if let asker = addition.askedBy { writer.member("askedBy", asker) }
            part(reason)
        case .adopted(let task, let attempt, let worker, let digest, let reopens, let reason):
            writer.member("task", task)
            writer.member("attempt", attempt)
            if let worker { writer.member("worker", worker) }
            digest.encode(to: &writer)
            writer.reopenings(reopens)
            part(reason)
        case .corrected(let task, let attempt, let worker, let digest, let reopens, let body):
            writer.member("task", task)
            writer.member("attempt", attempt)
            writer.member("worker", worker)
            digest.encode(to: &writer)
            writer.reopenings(reopens)
            part(body?.bytes)
        case .reopened(let deadline):
            writer.member("deadline", deadline.milliseconds)
        case .retried(let task, let attempt, let reopens, let asked, let reason):
            writer.member("task", task)
            writer.member("attempt", attempt)
            writer.reopenings(reopens)
            if let asked {
                writer.member("worker", asked.worker)
                writer.member("othersFrom", asked.othersFrom.milliseconds)
            }
            part(reason)
        case .edited(let task, let change, let reason):
            writer.member("task", task)
            if let limit = change.timeLimitMilliseconds { writer.member("timeLimitMilliseconds", limit) }
            if let attempts = change.attemptsMaximum { writer.member("attemptsMaximum", attempts) }
            var words = JSONWriter()
            words.object { words in
                if let note = change.note { words.member("note", note) }
                if let reason { words.member("reason", String(decoding: reason, as: UTF8.self)) }
            }
            part(words.bytes)
        case .reassigned(let plan, let attempt, let reason):
            writer.member("task", plan.number)
            writer.member("attempt", attempt)
            writer.name("plan")
            plan.encode(to: &writer)
            part(reason)
        case .conflictSettled(let fact, let issues, let settlement):
            writer.member("fact", fact)
            writer.numbers("issues", issues)
            part(settlement?.jsonBytes)
        case .paused(let reason), .resumed(let reason): part(reason)
        case .erased(let person, let reason):
            writer.member("person", person)
            writer.member("reason", reason)
        }
    }

    fileprivate init(_ fields: JSONFields, part: [UInt8]?) throws(JSONError) {
        switch try fields.string("type") {
        case "received":
            self = .received(
                policy: try fields.string("policy"),
                deadline: Timestamp(milliseconds: try fields.integer("deadline")), body: part,
                precedence: Entry.Precedence(
                    priority: try fields.integerIfPresent("priority") ?? Entry.Precedence.priorityDefault,
                    customer: try fields.parseIfPresent("customer", as: "a customer", { UInt64($0, radix: 16) })))
        case "assessed":
            var split = Split(
                issues: [], unplaced: try fields.ranges("unplaced"), sentences: try fields.integer("sentences"))
            for issue in try fields.objects("issues") {
                split.issues.append(
                    Split.Issue(
                        department: try issue.parse("department", as: "a department", { DepartmentName($0) }),
                        ranges: try issue.ranges("ranges")))
            }
            for particular in try fields.objects("particulars") {
                guard let range = try particular.ranges("range").first else {
                    throw particular.fault("range", "is empty")
                }
                split.particulars.append(Split.Particular(name: try particular.string("name"), range: range))
            }
            self = .assessed(split)
        case "planned":
            var tasks: [Entry.PlannedTask] = []
            for task in try fields.objects("tasks") { tasks.append(try Entry.PlannedTask(task)) }
            self = .planned(tasks)
        case "ready":
            var disclosures: [Entry.Disclosure] = []
            for disclosure in try fields.objects("discloses") {
                disclosures.append(
                    Entry.Disclosure(
                        task: try disclosure.integer("task"), issues: try disclosure.issues(),
                        particulars: try disclosure.strings("particulars"),
                        findingsOf: try disclosure.numbers("findingsOf"),
                        without: try disclosure.numbers("without")))
            }
            self = .ready(disclosures)
        case "accepted":
            self = .accepted(
                task: try fields.integer("task"), attempt: try fields.integer("attempt"),
                worker: try fields.string("worker"),
                incarnation: try fields.parse("incarnation", as: "an incarnation", { UInt64($0, radix: 16) }))
        case "contributed":
            self = .contributed(
                task: try fields.integer("task"), attempt: try fields.integer("attempt"),
                worker: try fields.string("worker"), digest: try Entry.ContributionDigest(fields),
                body: part.flatMap { Entry.ContributionBody(parsing: $0) })
        case "late":
            self = .late(
                task: try fields.integer("task"), attempt: try fields.integer("attempt"),
                worker: try fields.string("worker"),
                body: part)
        case "attempt-ended":
            self = .attemptEnded(
                task: try fields.integer("task"), attempt: try fields.integer("attempt"),
                cause: try fields.parse("cause", as: "an attempt's end", { Entry.AttemptEnd(rawValue: $0) }),
                reason: part,
                retryAt: Timestamp(milliseconds: try fields.integer("retryAt")))
        case "ended":
            self = .ended(
                task: try fields.integer("task"),
                outcome: try fields.parse("outcome", as: "a task's outcome", { TaskOutcome(rawValue: $0) }),
                reason: try fields.string("reason"), kept: part)
        case "reconciled":
            var conflicts: [Entry.RecordedConflict] = []
            for conflict in try fields.objects("conflicts") {
                conflicts.append(
                    Entry.RecordedConflict(fact: try conflict.string("fact"), issues: try conflict.issues()))
            }
            self = .reconciled(
                outcome: try fields.parse("outcome", as: "a case's outcome", { CaseOutcome(rawValue: $0) }),
                missing: try fields.integer("missing"), conflicts: conflicts,
                openPoints: try fields.integer("openPoints"),
                record: part.map { .bytes($0) })
        case "added":
            self = .added(
                Entry.Addition(
                    plan: try Entry.PlannedTask(try fields.fields("plan")), before: try fields.numbers("before"),
                    askedBy: try fields.integerIfPresent("askedBy")), reason: part)
        case "adopted":
            self = .adopted(
                task: try fields.integer("task"), attempt: try fields.integer("attempt"),
                worker: try fields.stringIfPresent("worker"), digest: try Entry.ContributionDigest(fields),
                reopens: try fields.reopenings(), reason: part)
        case "corrected":
            self = .corrected(
                task: try fields.integer("task"), attempt: try fields.integer("attempt"),
                worker: try fields.string("worker"), digest: try Entry.ContributionDigest(fields),
                reopens: try fields.reopenings(), body: part.flatMap { Entry.ContributionBody(parsing: $0) })
        case "reopened":
            self = .reopened(deadline: Timestamp(milliseconds: try fields.integer("deadline")))
        case "retried":
            var asked: Entry.Asked?
            if let worker = try fields.stringIfPresent("worker") {
                asked = Entry.Asked(
                    worker: worker, othersFrom: Timestamp(milliseconds: try fields.integer("othersFrom")))
            }
            self = .retried(
                task: try fields.integer("task"), attempt: try fields.integer("attempt"),
                reopens: try fields.reopenings(), asked: asked, reason: part)
        case "edited":
            // Erased words leave what is not personal.
            let words = try part.map { part throws(JSONError) in try JSONFields(try JSON(parsing: part)) }
            self = .edited(
                task: try fields.integer("task"),
                change: Entry.TaskChange(
                    timeLimitMilliseconds: try fields.integerIfPresent("timeLimitMilliseconds"),
                    attemptsMaximum: try fields.integerIfPresent("attemptsMaximum"),
                    note: try words?.stringIfPresent("note")),
                reason: try words?.stringIfPresent("reason").map { Array($0.utf8) })
        case "reassigned":
            self = .reassigned(
                try Entry.PlannedTask(try fields.fields("plan")), attempt: try fields.integer("attempt"), reason: part)
        case "conflict-settled":
            self = .conflictSettled(
                fact: try fields.string("fact"), issues: try fields.issues(),
                try part.map { part throws(JSONError) in try ConflictSettlement(try JSONFields(try JSON(parsing: part)))
                })
        case "paused": self = .paused(reason: part)
        case "resumed": self = .resumed(reason: part)
        case "erased": self = .erased(person: try fields.string("person"), reason: try fields.string("reason"))
        case let type:
            throw fields.fault("type", "\"\(type)\" is not an entry that this program knows")
        }
    }
}

extension Entry.PlannedTask: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("number", number)
            writer.member("type", type.description)
            if version != 1 { writer.member("version", version) }
            writer.numbers("issues", issues)
            writer.numbers("after", after)
            writer.member("required", required)
            writer.member("timeLimitMilliseconds", timeLimitMilliseconds)
            writer.member("attemptsMaximum", attemptsMaximum)
            writer.member("particulars", particulars)
            if join != .unwritten(required: required) { writer.member("join", join) }
            if !endsMaximum.isEmpty { writer.member("endsMaximum", endsMaximum) }
        }
    }

    fileprivate init(_ fields: JSONFields) throws(JSONError) {
        let required = try fields.boolIfPresent("required") ?? true
        self.init(
            number: try fields.integer("number"),
            type: try fields.parse("type", as: "a type of task", { TaskType($0) }),
            issues: try fields.issues(), after: try fields.numbers("after"), required: required,
            timeLimitMilliseconds: try fields.integer("timeLimitMilliseconds"),
            attemptsMaximum: try fields.integer("attemptsMaximum"), particulars: try fields.strings("particulars"),
            version: try fields.integerIfPresent("version") ?? 1, join: try Join(ifPresent: fields),
            endsMaximum: try fields.ends("endsMaximum"))
    }
}

extension Join: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            if let needed { writer.member("needed", needed) }
            if let withinMilliseconds { writer.member("withinMilliseconds", withinMilliseconds) }
            writer.member("onFailure", onFailure.rawValue)
        }
    }

    /// The member `join` of `fields`; nil where there is none.
    init?(ifPresent fields: JSONFields) throws(JSONError) {
        guard let join = try fields.fieldsIfPresent("join") else { return nil }
        self.init(
            needed: try join.integerIfPresent("needed"),
            withinMilliseconds: try join.integerIfPresent("withinMilliseconds"),
            onFailure: try join.parse("onFailure", as: "what a join does on failure", { Failure(rawValue: $0) }))
    }
}

extension Entry.ContributionDigest {
    fileprivate func encode(to writer: inout JSONWriter) {
        writer.name("outcomes")
        writer.array(outcomes) { writer, answer in
            writer.object { writer in
                writer.member("issue", answer.issue)
                writer.member("outcome", answer.outcome.rawValue)
            }
        }
        writer.member("facts", facts)
        if declined { writer.member("declined", true) }
    }

    fileprivate init(_ fields: JSONFields) throws(JSONError) {
        var outcomes: [Answer] = []
        for answer in try fields.objects("outcomes") {
            outcomes.append(
                Answer(
                    Int(try answer.integer("issue", as: UInt16.self)),
                    try answer.parse("outcome", as: "an outcome", { Outcome(rawValue: $0) })))
        }
        self.init(
            outcomes: outcomes, facts: try fields.strings("facts"),
            declined: try fields.boolIfPresent("declined") ?? false)
    }
}

extension JSONFields {
    /// The counts by an attempt's end in the object `name`; none where there is no such member.
    func ends(_ name: String) throws(JSONError) -> [Entry.AttemptEnd: Int] {
        var counts: [Entry.AttemptEnd: Int] = [:]
        guard let fields = try fieldsIfPresent(name) else { return counts }
        for end in Entry.AttemptEnd.allCases { counts[end] = try fields.integerIfPresent(end.rawValue) }
        return counts
    }
}

extension JSONWriter {
    /// Writes counts by an attempt's end, in the order of the ends.
    package mutating func member(_ name: StaticString, _ counts: [Entry.AttemptEnd: Int]) {
        self.name(name)
        object { writer in
            for end in Entry.AttemptEnd.allCases {
                guard let count = counts[end] else { continue }
                writer.name(any: end.rawValue)
                writer.value(count)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func reopenings(_ reopenings: [Entry.Reopening]) {
        name("reopens")
        array(reopenings) { writer, reopening in
            writer.object { writer in
                writer.member("task", reopening.task)
                writer.member("attempt", reopening.attempt)
            }
        }
    }

    /// Writes ranges as a flat array: from, to, from, to.
    fileprivate mutating func ranges(_ name: StaticString, _ ranges: [Range<Int>]) {
        self.name(name)
        array(ranges.flatMap { [$0.lowerBound, $0.upperBound] }) { writer, bound in writer.value(bound) }
    }

    fileprivate mutating func numbers(_ name: StaticString, _ numbers: [some BinaryInteger]) {
        self.name(name)
        array(numbers) { writer, number in writer.value(number) }
    }
}

extension JSONFields {
    fileprivate func reopenings() throws(JSONError) -> [Entry.Reopening] {
        var reopenings: [Entry.Reopening] = []
        for reopening in try objects("reopens") {
            reopenings.append(
                Entry.Reopening(task: try reopening.integer("task"), attempt: try reopening.integer("attempt")))
        }
        return reopenings
    }

    fileprivate func numbers<Number: FixedWidthInteger>(_ name: String) throws(JSONError) -> [Number] {
        var numbers: [Number] = []
        for element in try elements(name) {
            guard case .number(let number) = element.value, let whole = number.whole(as: Number.self) else {
                throw JSONError("expected a whole number", path: element.path)
            }
            numbers.append(whole)
        }
        return numbers
    }

    fileprivate func issues() throws(JSONError) -> [Int] {
        let numbers: [UInt16] = try numbers("issues")
        return numbers.map { Int($0) }
    }

    fileprivate func ranges(_ name: String) throws(JSONError) -> [Range<Int>] {
        // Offsets into a text: what they add up to cannot overflow.
        let offsets: [UInt32] = try numbers(name)
        let bounds = offsets.map { Int($0) }
        var ranges: [Range<Int>] = []
        for index in stride(from: 0, to: bounds.count, by: 2) {
            guard index + 1 < bounds.count, bounds[index] <= bounds[index + 1] else {
                throw fault(name, "expected pairs of offsets")
            }
            ranges.append(bounds[index]..<bounds[index + 1])
        }
        return ranges
    }
}
