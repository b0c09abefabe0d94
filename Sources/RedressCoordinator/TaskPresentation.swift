import RedressCase
import RedressContract
import RedressDispatch
import RedressStore

/// A task as `task list` and `task show` give it.
struct TaskPresentation: JSONEncodable {
    private let known: Case
    private let task: CaseTask
    /// All entries about the task, in order.
    private let history: [JSON]
    /// How it stands now, for one task alone.
    private let explanation: Explanation?

    /// Task `id` of the case that `entries` tell of.
    init(_ id: TaskID, _ entries: [StoredEntry], _ explanation: Explanation? = nil) throws {
        do throws(FoldError) {
            known = try Case(id.reference, stored: entries)
        } catch {
            throw Refusal(.needsPerson, "Case \(id.reference) is set aside: \(error). Its journal can still be read.")
        }
        guard let task = known.task(id.number) else {
            throw Refusal(.unknownTask, "Case \(id.reference) has no task \(id.number).")
        }
        self.task = task
        self.explanation = explanation
        history = entries.map { Entry.presentation(of: $0) }.filter { $0.isAbout(task: id.number) }
    }

    func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("task", "\(TaskID(known.reference, task.number))")
            writer.member("type", task.plan.type.description)
            writer.member("department", task.department.description)
            writer.member("state", task.stateWord)
            if let outcome = task.outcome { writer.member("outcome", outcome.rawValue) }
            if !task.reasons.isEmpty { writer.member("reason", task.reasons) }
            writer.member("attempt", task.attempt)
            if let worker = task.worker { writer.member("worker", worker) }
            writer.member("attemptsEnded", task.attemptEnds)
            if let at = history.last(where: { $0["type"] != "late" })?["at"] { writer.member("at", at) }
            guard let explanation else { return }
            writer.member("issues", task.plan.issues.map { JSON.number(ExactNumber($0)) })
            writer.member("after", task.plan.after.map { JSON.number(ExactNumber(Int($0))) })
            writer.member("required", task.plan.required)
            writer.member("particulars", task.plan.particulars)
            if let note = task.note { writer.member("note", note) }
            writer.member("timeLimitMilliseconds", task.plan.timeLimitMilliseconds)
            writer.member("attemptsMaximum", task.plan.attemptsMaximum)
            var limits: [Entry.AttemptEnd: Int] = [:]
            for end in Entry.AttemptEnd.allCases { limits[end] = task.plan.limit(of: end) }
            writer.member("endsMaximum", limits)
            writer.member("explanation", explanation)
            writer.member("history", history)
        }
    }
}

extension JSON {
    /// Whether an entry, as it is presented, is about task `number` of its case.
    fileprivate func isAbout(task number: UInt16) -> Bool {
        let number = JSON.number(ExactNumber(Int(number)))
        func names(_ list: String, _ member: String) -> Bool {
            guard case .array(let elements)? = self[list] else { return false }
            return elements.contains { $0[member] == number }
        }
        return self["task"] == number || self["plan"]?["number"] == number || names("tasks", "number")
            || names("discloses", "task") || names("reopens", "task")
    }
}

/// Which tasks QUERY `tasks` asks for.
struct TaskFilter {
    let isParked: Bool
    let department: DepartmentName?
    let reference: CaseReference?
    let after: TaskID?
    let limit: Int

    init(_ fields: JSONFields) throws(JSONError) {
        isParked = try fields.boolIfPresent("parked") ?? false
        department = try fields.parseIfPresent("department", as: "a department", { DepartmentName($0) })
        reference = fields.value("reference") == nil ? nil : try fields.reference()
        after = try fields.parseIfPresent("after", as: "a cursor: the \"next\" of a page", { TaskID($0) })
        limit = min(max(Int(try fields.integerIfPresent("limit", as: UInt16.self) ?? 100), 1), 1000)
    }
}

extension JournalReader {
    /// A page of tasks as `task list` gives it.
    func list(_ filter: TaskFilter) throws -> [UInt8] {
        if let reference = filter.reference { _ = try known(reference) }
        let page = try tasks(
            parked: filter.isParked, department: filter.department?.description, of: filter.reference,
            after: filter.after, limit: filter.limit)
        let owners = try ownersTasks()
        var writer = JSONWriter()
        let lines = try page.map { try line(of: $0) }
        writer.object { writer in
            writer.name("tasks")
            writer.array(lines) { writer, line in line.encode(to: &writer) }
            if !filter.isParked, filter.department == nil, filter.reference == nil {
                writer.member("waitingForOwner", owners)
            }
            if page.count == filter.limit, let last = page.last { writer.member("next", last.description) }
        }
        return writer.bytes
    }

    /// A task as a list gives it; of one whose case cannot be read, that it is set aside and why: the list goes on.
    private func line(of task: TaskID) throws -> any JSONEncodable {
        let reason: String
        do {
            return try TaskPresentation(task, try known(task.reference))
        } catch let refusal as Refusal where refusal.code == .needsPerson {
            reason = refusal.sentence
        } catch let error as JournalError where error.code == .broken {
            reason = error.sentence
        }
        return JSON.object([
            JSON.Member("task", .string(task.description)), JSON.Member("state", .string(CaseView.stateSetAside)),
            JSON.Member("reason", .string(reason)),
        ])
    }
}
