import RedressCase
import RedressContract
import RedressDispatch
import RedressWire

/// Orders of the case owner that change the plan of a case: COMMANDs `add` and `adopt`.
extension Coordinator {
    /// What such a COMMAND says.
    enum PlanOrder {
        case add(
            CaseReference, TaskType, issues: [Int], after: [UInt16], before: [UInt16], reason: String)
        case adopt(TaskID, attempt: UInt32, reason: String)

        /// The order called `name`; nil where it is another's.
        init?(_ name: String, _ fields: JSONFields) throws(JSONError) {
            switch name {
            case "add":
                self = .add(
                    try fields.reference(),
                    try fields.parse("type", as: "a type of task such as billing/charge-review", { TaskType($0) }),
                    issues: try fields.numbers("issues").map { Int($0) }, after: try fields.numbers("after"),
                    before: try fields.numbers("before"), reason: try fields.string("reason"))
            case "adopt":
                self = .adopt(
                    try fields.parse("task", as: "a task such as R-0000-0000-0001-Y/1", { TaskID($0) }),
                    attempt: try fields.integer("attempt"), reason: try fields.string("reason"))
            default: return nil
            }
        }

        /// The case that it is about.
        var reference: CaseReference {
            switch self {
            case .add(let reference, _, _, _, _, _): reference
            case .adopt(let task, _, _): task.reference
            }
        }
    }

    /// Carries out an order; its entries are on disk when the answer leaves.
    ///
    /// - Returns: the answer.
    func carryOut(_ order: PlanOrder, for client: ClientSession) throws(Refusal) -> [UInt8] {
        let now = now()
        let actor = "client:\(client.name)"
        bringIn(order.reference, now)
        let task: TaskID
        switch order {
        case .add(let reference, let type, let issues, let after, let before, let reason):
            let number = try broker.add(
                type, issues: issues, after: after, before: before, reason: reason, to: reference, by: actor, now: now)
            task = TaskID(reference, number)
        case .adopt(let adopted, let attempt, let reason):
            try broker.adopt(adopted, attempt: attempt, reason: reason, by: actor, now: now)
            task = adopted
        }
        return JSON.object([JSON.Member("task", .string(task.description))]).bytes
    }
}

extension JSONFields {
    /// The case's reference in the member `reference`.
    func reference() throws(JSONError) -> CaseReference {
        try parse("reference", as: "a case's reference; check it for misread characters", { CaseReference($0) })
    }

    /// The whole numbers in the array `name`.
    func numbers(_ name: String) throws(JSONError) -> [UInt16] {
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
