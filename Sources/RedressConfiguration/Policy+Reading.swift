import RedressCase
import RedressContract

extension Policy {
    /// How many departments, tasks and facts there may be of each; a case numbers its tasks with 16 bits.
    private static let countAtMost = 256
    /// The limits of the durations in `playbooks.yaml`.
    private static let timeLimits = WrittenDuration(milliseconds: 10)...WrittenDuration(milliseconds: 7 * 86_400_000)
    private static let deadlines = WrittenDuration(milliseconds: 1000)...WrittenDuration(milliseconds: 366 * 86_400_000)
    private static let leases = WrittenDuration(milliseconds: 100)...WrittenDuration(milliseconds: 3_600_000)
    private static let waits = WrittenDuration(milliseconds: 1)...WrittenDuration(milliseconds: 86_400_000)

    /// The policy that `playbooks.yaml` holds. Whatever is wrong is in the log, and left out here.
    init(reading file: YAMLValue, _ vocabulary: Vocabulary) {
        self.init(departments: [], tasks: [], facts: [])
        let count = 1...Self.countAtMost
        _ = file.fields { fields -> Void? in
            departments =
                fields.required("departments")?.list(count, distinctBy: "name") { Department(reading: $0, vocabulary) }
                ?? []
            tasks =
                fields.required("tasks")?.list(count, distinctBy: "type") {
                    TaskRule(reading: $0, vocabulary, timeLimits: Self.timeLimits)
                } ?? []
            facts =
                fields.required("facts")?.list(0...Self.countAtMost, distinctBy: "key") {
                    FactRule(reading: $0, vocabulary)
                } ?? []
            fields["record"]?.fields { record -> Void? in
                onFailure =
                    record.required("on-failure")?.choice(
                        of: "consequence", among: [Join.Failure.proceed, .wait, .cancel]) ?? .proceed
                return ()
            }
            return fields["limits"]?.fields { read(limits: $0) }
        }
        if let cycle {
            let task = file["tasks"]?.elementsIfAny.first { $0["type"]?.textIfAny == cycle[0].description }
            (task?["after"] ?? task)?.fault(
                .cycle, "these tasks wait for each other: \(cycle.map(\.description).joined(separator: " → "))",
                "take one of them out of an after")
        }
    }

    private mutating func read(limits: YAMLFields) {
        if let deadline = limits["case-deadline"]?.duration(in: Self.deadlines) {
            caseDeadlineMilliseconds = deadline.milliseconds
        }
        if let lease = limits["lease"]?.duration(in: Self.leases) { leaseMilliseconds = lease.milliseconds }
        if let count = limits["asked-tasks"]?.whole(in: 0...64) { asksMaximum = count }
        if let depth = limits["asked-depth"]?.whole(in: 1...8) { askDepthMaximum = depth }
        let first = limits["retry-first"]
        if let wait = first?.duration(in: Self.waits) { retryMilliseconds = wait.milliseconds }
        if let priority = limits["priority"]?.whole(in: Entry.Precedence.priorities) { self.priority = priority }
        let longest = limits["retry-longest"]
        if let wait = longest?.duration(in: Self.waits) { retryMillisecondsMaximum = wait.milliseconds }
        if retryMilliseconds > retryMillisecondsMaximum {
            (longest ?? first)?.fault(
                .outOfRange, "the longest wait is shorter than the first",
                "write at least \(WrittenDuration(milliseconds: retryMilliseconds)) as retry-longest")
        }
    }
}

extension Policy.Department {
    fileprivate init?(reading value: YAMLValue, _ vocabulary: Vocabulary) {
        let department = value.fields { fields -> Self? in
            let name = fields.required("name")
            let answers = fields.required("answers")?.text
            guard let read = name?.departmentName else { return nil }
            guard read != .owner else {
                name?.fault(.malformed, "\"owner\" is the case owner's own desk", "give the department another name")
                return nil
            }
            if let tasks = vocabulary.tasks, !tasks.contains(where: { $0.hasPrefix("\(read)/") }) {
                name?.fault(
                    .unused, "\(read.description.quoted) has no task", "add one to tasks, or take the department out")
            }
            return Self(name: read, answers: answers ?? "")
        }
        guard let department else { return nil }
        self = department
    }
}

extension Policy.TaskRule {
    fileprivate init?(
        reading value: YAMLValue, _ vocabulary: Vocabulary, timeLimits: ClosedRange<WrittenDuration>
    ) {
        let rule = value.fields { fields -> Self? in
            let typeValue = fields.required("type")
            let issuesOfValue = fields["issues-of"]
            let issuesOf = issuesOfValue?.department(of: vocabulary)
            let required = fields["required"]?.flag
            let after = fields["after"]?.set(0...64) { value -> TaskType? in
                let name = value.name(of: "task", among: vocabulary.tasks)
                if let name, vocabulary.onRequest.contains(name) {
                    value.fault(
                        .unused, "\(name.quoted) comes on request only, so that no plan has anything after it",
                        "take it out of after, or take on-request out of the task")
                }
                return name.flatMap { TaskType($0) }
            }
            let version = fields["version"]?.whole(in: 1...65535).flatMap { UInt16(exactly: $0) }
            let onRequest = fields["on-request"]?.flag ?? false
            let askedBy = fields["asked-by"]?.set(0...64) { $0.department(of: vocabulary) }
            let join = Join(reading: fields, after: after?.count ?? 0, required: required ?? true, within: timeLimits)
            let particulars = fields["particulars"]?.set(0...64) {
                $0.name(of: "particular", among: vocabulary.particulars)
            }
            let timeLimit = fields["time-limit"]?.duration(in: timeLimits)
            let attempts = fields["attempts"]?.whole(in: 1...100)
            let ends = fields["ends"]?.fields { Self.ends($0) }
            guard let type = typeValue?.parse(as: "department/kind, such as billing/charge-review", { TaskType($0) })
            else {
                return nil
            }
            if let known = vocabulary.departments, !known.contains(type.department.description) {
                let name = type.department.description
                typeValue?.fault(.unknownName, "unknown department \(name.quoted)", name.remedy(among: known))
            }
            var rule = Self(
                type: type, issuesOf: issuesOf, required: required ?? true, after: after ?? [], join: join,
                version: version ?? 1, onRequest: onRequest, askedBy: askedBy ?? [], particulars: particulars ?? [])
            if let timeLimit { rule.timeLimitMilliseconds = timeLimit.milliseconds }
            if let attempts { rule.attemptsMaximum = attempts }
            if let ends { rule.endsMaximum = ends }
            if !onRequest, let cued = vocabulary.cued, !cued.contains(rule.issuesOf.description) {
                (issuesOfValue ?? typeValue)?.fault(
                    .unused, "\(rule.issuesOf.description.quoted) has no cues, so that nothing calls for this task",
                    "add the department to triage.yaml, or name another in issues-of")
            }
            return rule
        }
        guard let rule else { return nil }
        self = rule
    }

    /// How many attempts may end in each way.
    private static func ends(_ fields: YAMLFields) -> [Entry.AttemptEnd: Int] {
        var limits: [Entry.AttemptEnd: Int] = [:]
        for end in Entry.AttemptEnd.allCases { limits[end] = fields[end.rawValue]?.whole(in: 1...10_000) }
        return limits
    }
}

extension Join {
    /// How a task goes on after `count` others; what is not written is as ``Join/unwritten(required:)`` says.
    fileprivate init(
        reading fields: YAMLFields, after count: Int, required: Bool, within times: ClosedRange<WrittenDuration>
    ) {
        self = .unwritten(required: required)
        let (join, within, failure) = (fields["join"], fields["within"], fields["on-failure"])
        if count == 0, let written = join ?? within ?? failure {
            written.fault(.unused, "the task comes after no other", "say in after what it waits for, or take this out")
            return
        }
        switch join?.textIfAny {
        case nil where join == nil, "all": break
        case "any": needed = 1
        default: needed = join?.whole(in: 1...max(count, 1))
        }
        if let within = within?.duration(in: times) { withinMilliseconds = within.milliseconds }
        if let failure = failure?.choice(of: "consequence", among: Failure.allCases) { onFailure = failure }
    }
}

extension Policy.FactRule {
    fileprivate init?(reading value: YAMLValue, _ vocabulary: Vocabulary) {
        let fact = value.fields { fields -> Self? in
            let key = fields.required("key")?.parse(as: "names joined by dots, such as charge.count, without #") {
                text in
                FactKey(text).flatMap { $0.base == text ? $0 : nil }
            }
            let owners = fields.required("owners")?.set(1...64) { $0.department(of: vocabulary) }
            let rule = fields.required("rule")?.choice(of: "rule", among: Policy.Rule.allCases)
            guard let key, let owners, let rule else { return nil }
            return Self(key: key, owners: owners, rule: rule)
        }
        guard let fact else { return nil }
        self = fact
    }
}
