package import RedressContract
import RedressWire

/// What a worker says, decoded.
package enum WorkerMessage: Sendable {
    /// READY.
    case ready(Registration)
    /// CREDIT: so many more messages and bytes.
    case credit(messages: Int, bytes: Int)
    /// ACCEPT.
    case accept(TaskID, attempt: UInt32)
    /// RENEW.
    case renew(TaskID, attempt: UInt32, Broker.Progress = .init())
    /// CONTRIBUTE; `contribution` is the body read, or why it cannot be.
    case contribute(TaskID, attempt: UInt32, body: [UInt8], contribution: Result<Contribution, JSONError>)
    /// FAIL.
    case fail(TaskID, attempt: UInt32, cause: HandlerFailure, reason: String)
    /// RELEASE: not before `after` milliseconds; 0 leaves it to the coordinator.
    case release(TaskID, attempt: UInt32, after: UInt32, reason: String)
    /// DRAIN: nothing more.
    case drain
    /// HEARTBEAT.
    case heartbeat

    /// The cases that the message is about, which must be in memory before the core can judge it.
    package var references: [CaseReference] {
        switch self {
        case .ready(let registration): registration.holding.map(\.task.reference)
        case .accept(let task, _), .renew(let task, _, _), .contribute(let task, _, _, _), .fail(let task, _, _, _),
            .release(let task, _, _, _):
            [task.reference]
        case .credit, .drain, .heartbeat: []
        }
    }
}

/// How a handler failed: the first argument of FAIL.
package enum HandlerFailure: UInt32, Sendable {
    case failed = 1
    case crashed = 2
    case timeLimit = 3
}

/// Who a worker is, and what it still holds: the body of READY.
package struct Registration: Sendable, Hashable {
    /// An attempt that the worker holds from before.
    package struct Held: Sendable, Hashable {
        package var task: TaskID
        package var attempt: UInt32
        /// Whether its result is there already and will be delivered now.
        package var isFinished: Bool
    }

    /// A label for people; two workers may share it.
    package var worker: String
    /// What the worker is: new at each start of its process.
    package var incarnation: UInt64
    /// The departments that it works for.
    package var departments: [DepartmentName]
    /// The contracts that it serves; none means all of its departments.
    package var contracts: [Contract]
    /// What it still holds.
    package var holding: [Held]

    /// Reads the body of READY.
    ///
    /// - Throws: ``JSONError`` that names the member that is wrong.
    package init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        let fields = try JSONFields(try JSON(parsing: bytes))
        worker = try fields.string("worker")
        guard (1...Limits.nameBytesMaximum).contains(worker.utf8.count) else {
            throw fields.fault("worker", "expected 1 to \(Limits.nameBytesMaximum) bytes")
        }
        incarnation = try fields.parse("incarnation", as: "a number in hexadecimal", { UInt64($0, radix: 16) })
        departments = []
        for element in try fields.elements("departments") {
            guard case .string(let name) = element.value, let department = DepartmentName(name) else {
                throw JSONError("expected a department's name", path: element.path)
            }
            departments.append(department)
        }
        guard !departments.isEmpty else {
            throw fields.fault("departments", "a worker works for at least one department")
        }
        contracts = []
        for element in try fields.elements("contracts") {
            guard case .string(let text) = element.value, let contract = Contract(text),
                departments.contains(contract.type.department)
            else {
                throw JSONError(
                    "expected a contract of one of its departments, such as billing/charge-review@2",
                    path: element.path)
            }
            contracts.append(contract)
        }
        holding = []
        for held in try fields.objects("holding") {
            let attempt = try held.integer("attempt", as: UInt32.self)
            guard attempt > 0 else { throw held.fault("attempt", "attempts count from 1") }
            holding.append(
                Held(
                    task: try held.parse("task", as: "a task", { TaskID($0) }), attempt: attempt,
                    isFinished: try held.string("state") == "finished"))
        }
    }
}
