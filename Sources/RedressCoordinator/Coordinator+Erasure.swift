import Logging
import RedressCase
import RedressContract
import RedressDispatch
import RedressWire

/// COMMAND `erase`: a person has what a finished case says of the complainant forgotten.
struct ErasureOrder {
    let reference: CaseReference
    let by: DeskPerson
    let reason: String

    init(_ fields: JSONFields) throws(JSONError) {
        reference = try fields.reference()
        by = try DeskPerson(fields)
        reason = try fields.reason()
        guard !reason.isEmpty else { throw fields.fault("reason", "expected why; it stays in the journal for good") }
    }
}

extension Coordinator {
    /// So often, and at this interval, the log is tried to be emptied before it is said that a reader is in the way.
    private static let emptyingsMaximum = 100
    private static let emptyingInterval: Duration = .milliseconds(50)

    /// Erases what `order` names. It is answered once that is on disk and nothing is left of it in memory and in the
    /// write-ahead log, as far as readers let that be emptied.
    func act(_ order: ErasureOrder, as client: ClientSession, answering command: Command) throws(Refusal) {
        let now = now()
        bringIn(order.reference, now)
        try broker.erase(order.reference, by: order.by.actor(as: client), reason: order.reason, now: now)
        let session = client.session
        deciding.questions.append { [weak self] in
            Task { await self?.finish(order.reference, for: session, answering: command) }
        }
    }

    private func finish(_ reference: CaseReference, for session: UInt64, answering command: Command) async {
        texts[reference] = nil
        var isEmptied = false
        for attempt in 1...Self.emptyingsMaximum {
            do {
                guard let writer else { break }
                isEmptied = try await writer.emptyLog()
            } catch {
                logger.warning("log not emptied", metadata: ["error": "\(error)"])
                break
            }
            if isEmptied || attempt == Self.emptyingsMaximum { break }
            try? await Task.sleep(for: Self.emptyingInterval)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reference", reference.description)
            writer.member("logEmptied", isEmptied)
        }
        answer(command, session, .success(writer.bytes))
    }
}
