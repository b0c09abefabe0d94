import RedressCase
import RedressContract
import RedressDispatch
import RedressWire

/// What people at a desk order and ask about tasks. Their deeds are answered once they are on disk.
extension Coordinator {
    /// Does what `order` says about each of its tasks.
    ///
    /// - Returns: what became of each, as JSON: one refusal does not stop the others.
    func act(_ order: DeskOrder, as client: ClientSession) -> [UInt8] {
        let now = now()
        let actor = order.by.actor(as: client)
        var refusals: [TaskID: Refusal] = [:]
        // What is cancelled ends what comes after it: the last one first.
        for task in order.deed == .cancel ? order.tasks.reversed() : order.tasks {
            do throws(Refusal) {
                try bringIn(task.reference, now)
                try broker.act(order.deed, on: task, by: actor, reason: order.reason, now: now)
            } catch {
                refusals[task] = error
            }
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("results")
            writer.array(order.tasks) { writer, task in
                writer.object { writer in
                    let refusal = refusals[task]
                    writer.member("task", task.description)
                    writer.member("done", refusal == nil)
                    guard let refusal else { return }
                    writer.name("refusal")
                    writer.raw(Command(refusal: refusal).body)
                }
            }
        }
        return writer.bytes
    }

    /// Pauses or resumes what `order` names.
    func act(_ order: PauseOrder, as client: ClientSession) throws(Refusal) {
        let now = now()
        let actor = order.by.actor(as: client)
        switch order.subject {
        case .case(let reference):
            try bringIn(reference, now)
            try broker.set(order.event, of: reference, by: actor, reason: order.reason, now: now)
        case .house(let subject):
            try broker.set(order.event, of: subject, by: actor, reason: order.reason, now: now)
        }
    }

    /// Why a task is not running.
    func explain(_ task: TaskID) throws(Refusal) -> Explanation {
        let now = now()
        try bringIn(task.reference, now)
        return try broker.explain(task, now: now)
    }
}

/// Who orders something: the person's own word, on the line of a client.
struct DeskPerson {
    private let name: String?

    init(_ fields: JSONFields) throws(JSONError) {
        name = try fields.stringIfPresent("by")
        guard (name ?? "x").utf8.count <= 64, name != "", name?.contains(where: \.isNewline) != true else {
            throw fields.fault("by", "expected 1 to 64 bytes on one line")
        }
    }

    /// The actor of the entry.
    func actor(as client: ClientSession) -> String { "client:\(client.name)" + (name.map { "/\($0)" } ?? "") }
}

/// COMMAND `retry`, `edit`, `cancel` or `reassign`.
struct DeskOrder {
    private static let tasksMaximum = 1000
    /// A reason longer than this is a report.
    fileprivate static let reasonBytesMaximum = 2048

    let deed: Broker.Deed
    let tasks: [TaskID]
    let by: DeskPerson
    let reason: String

    init(_ fields: JSONFields) throws(JSONError) {
        var tasks: [TaskID] = []
        var named: Set<TaskID> = []
        for element in try fields.elements("tasks") {
            guard case .string(let name) = element.value, let task = TaskID(name) else {
                throw JSONError("expected a task, such as R-0000-0000-0001-Y/1", path: element.path)
            }
            // One that is named twice is meant once.
            if named.insert(task).inserted { tasks.append(task) }
        }
        guard (1...Self.tasksMaximum).contains(tasks.count) else {
            throw fields.fault("tasks", "expected 1 to \(Self.tasksMaximum) tasks")
        }
        self.tasks = tasks
        by = try DeskPerson(fields)
        reason = try fields.reason()
        deed =
            switch try fields.string("command") {
            case "retry": .retry(asking: try fields.stringIfPresent("worker"))
            case "cancel": .cancel
            case "reassign":
                .reassign(
                    try fields.parse("type", as: "a type of task, such as billing/charge-review", { TaskType($0) }))
            default:
                .edit(
                    Entry.TaskChange(
                        timeLimitMilliseconds: try fields.integerIfPresent("timeLimitMilliseconds"),
                        attemptsMaximum: try fields.integerIfPresent("attemptsMaximum"),
                        note: try fields.stringIfPresent("note")))
            }
    }
}

/// COMMAND `pause` or `resume`.
struct PauseOrder {
    /// What can be paused.
    enum Subject {
        case `case`(CaseReference)
        case house(HouseEntry.Subject)
    }

    let event: HouseEntry.Event
    let subject: Subject
    let by: DeskPerson
    let reason: String

    init(_ fields: JSONFields) throws(JSONError) {
        event = try fields.string("command") == "pause" ? .paused : .resumed
        by = try DeskPerson(fields)
        reason = try fields.reason()
        if fields.value("reference") != nil {
            subject = .case(try fields.reference())
        } else if let department = try fields.parseIfPresent("department", as: "a department", { DepartmentName($0) }) {
            subject = .house(.department(department))
        } else {
            let worker = try fields.string("worker")
            guard (1...Limits.nameBytesMaximum).contains(worker.utf8.count) else {
                throw fields.fault("worker", "expected 1 to \(Limits.nameBytesMaximum) bytes")
            }
            subject = .house(.worker(worker))
        }
    }
}

extension JSONFields {
    /// The person's reason; empty where they give none.
    func reason() throws(JSONError) -> String {
        let reason = try stringIfPresent("reason") ?? ""
        guard reason.utf8.count <= DeskOrder.reasonBytesMaximum else {
            throw fault("reason", "expected at most \(DeskOrder.reasonBytesMaximum) bytes")
        }
        return reason
    }
}
