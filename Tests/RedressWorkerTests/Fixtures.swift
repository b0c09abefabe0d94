import Counterpart
import Logging
import RedressContract
import RedressWire
import RedressWorker

let reference: CaseReference = {
    var generator = SystemRandomNumberGenerator()
    return .random(using: &generator)
}()

func brief(_ number: UInt16, attempt: UInt32 = 1) -> Brief? {
    guard let type = TaskType("billing/charge-review") else { return nil }
    return Brief(
        task: TaskID(reference, number), attempt: attempt, type: type,
        issues: [Brief.Issue(number: 1, excerpt: "I was charged twice.")],
        particulars: [Brief.Particular(name: "order", value: "A-1001")])
}

/// OFFER of task `number`.
func offer(
    _ number: UInt16, attempt: UInt32 = 1, session: UInt64 = 7, lease: UInt32 = 60_000, limit: UInt32 = 60_000
) -> Command {
    Command(
        .offer, task: TaskID(reference, number), attempt: attempt, session: session, first: lease, second: limit,
        body: brief(number, attempt: attempt)?.jsonBytes[...] ?? [])
}

/// A command about task `number`.
func about(
    _ number: UInt16, _ kind: CommandKind, attempt: UInt32 = 1, session: UInt64 = 7, first: UInt32 = 0,
    second: UInt32 = 0
) -> Command {
    Command(kind, task: TaskID(reference, number), attempt: attempt, session: session, first: first, second: second)
}

let upheld = Contribution(answers: [.init(issue: 1, .upheld, reasons: ["Charged twice."])])

func quietWorker(
    at endpoint: String, concurrency: Int = 4, handler: @escaping Worker.Handler
) throws -> Worker {
    var worker = try Worker(department: "billing", connect: endpoint, concurrency: concurrency, handler: handler)
    worker.logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    return worker
}
