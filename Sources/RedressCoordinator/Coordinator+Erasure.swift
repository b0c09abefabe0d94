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
        let reference = order.reference
        try bringIn(reference, now)
        try broker.erase(reference, by: order.by.actor(as: client), reason: order.reason, now: now)
        answer(command, client) { [weak self] in
            let isEmptied = await self?.forgetWords(of: reference) ?? false
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("reference", reference.description)
                writer.member("logEmptied", isEmptied)
            }
            return writer.bytes
        }
    }

    /// Lets go of the words of a case that has been erased, and has the log emptied.
    ///
    /// - Returns: whether no reader was in the way of that.
    private func forgetWords(of reference: CaseReference) async -> Bool {
        texts[reference] = nil
        for attempt in 1...Self.emptyingsMaximum {
            do {
                guard let writer else { return false }
                if try await writer.emptyLog() { return true }
            } catch {
                logger.warning("log not emptied", metadata: ["error": "\(error)"])
                return false
            }
            if attempt < Self.emptyingsMaximum { try? await Task.sleep(for: Self.emptyingInterval) }
        }
        return false
    }
}
