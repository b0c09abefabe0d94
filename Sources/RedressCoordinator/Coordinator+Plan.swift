import RedressCase
import RedressContract
import RedressDispatch
import RedressWire

/// COMMAND `add` or `adopt`: a person changes the plan of a case.
struct PlanOrder {
    private enum Deed {
        case add(CaseReference, TaskType, issues: [Int], after: [UInt16], before: [UInt16])
        case adopt(TaskID, attempt: UInt32, worker: String?)
    }

    private let deed: Deed
    private let by: DeskPerson
    private let reason: String

    init(_ fields: JSONFields) throws(JSONError) {
        by = try DeskPerson(fields)
        reason = try fields.reason()
        deed =
            switch try fields.string("command") {
            case "adopt":
                .adopt(
                    try fields.task(), attempt: try fields.integer("attempt"),
                    worker: try fields.stringIfPresent("worker"))
            default:
                .add(
                    try fields.reference(),
                    try fields.parse("type", as: "a type of task, such as billing/charge-review", { TaskType($0) }),
                    issues: try fields.numbers("issues").map { Int($0) }, after: try fields.numbers("after"),
                    before: try fields.numbers("before"))
            }
    }

    /// The case that it is about.
    var reference: CaseReference {
        switch deed {
        case .add(let reference, _, _, _, _): reference
        case .adopt(let task, _, _): task.reference
        }
    }

    /// Has it done on the word of `client`.
    ///
    /// - Returns: the task that it is about.
    func carryOut(by broker: inout Broker, for client: ClientSession, now: Now) throws(Refusal) -> TaskID {
        let actor = by.actor(as: client)
        switch deed {
        case .add(let reference, let type, let issues, let after, let before):
            let number = try broker.add(
                type, issues: issues, after: after, before: before, reason: reason, to: reference, by: actor, now: now)
            return TaskID(reference, number)
        case .adopt(let task, let attempt, let worker):
            try broker.adopt(task, attempt: attempt, of: worker, reason: reason, by: actor, now: now)
            return task
        }
    }
}

extension Coordinator {
    /// Carries out an order; its entries are on disk when the answer leaves.
    ///
    /// - Returns: the answer.
    func act(_ order: PlanOrder, as client: ClientSession) throws(Refusal) -> [UInt8] {
        let now = now()
        try bringIn(order.reference, now)
        let task = try order.carryOut(by: &broker, for: client, now: now)
        return JSON.object([JSON.Member("task", .string(task.description))]).bytes
    }
}

extension JSONFields {
    /// The whole numbers in the array `name`.
    fileprivate func numbers(_ name: String) throws(JSONError) -> [UInt16] {
        var numbers: [UInt16] = []
        for element in try elements(name) {
            guard case .number(let number) = element.value, let whole = number.whole(as: UInt16.self) else {
                throw JSONError("expected a whole number from 0 to 65535", path: element.path)
            }
            numbers.append(whole)
        }
        return numbers
    }
}
