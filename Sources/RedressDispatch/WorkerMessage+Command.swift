package import RedressContract
package import RedressWire

extension WorkerMessage {
    /// What a worker's command says.
    ///
    /// - Throws: the ``Refusal`` of a body of the wrong shape. A contribution of the wrong shape is no such case: it is
    ///   answered by SETTLED, because the task has to go on.
    package init(_ command: Command) throws(Refusal) {
        switch (command.kind, command.task) {
        case (.ready, _):
            do throws(JSONError) {
                self = .ready(try Registration(parsing: command.body))
            } catch {
                throw Refusal(.malformedBody, "The body of READY is not of the right shape: \(error).")
            }
        case (.credit, _): self = .credit(messages: Int(command.first), bytes: Int(command.second))
        case (.drain, _): self = .drain
        case (.heartbeat, _): self = .heartbeat
        case (.accept, let task?): self = .accept(task, attempt: command.attempt)
        case (.renew, let task?):
            self = .renew(
                task, attempt: command.attempt, .init(percent: min(command.first, 100), note: command.member("note")))
        case (.contribute, let task?):
            self = .contribute(
                task, attempt: command.attempt, body: Array(command.body),
                contribution: Result { () throws(JSONError) in try Contribution(parsing: command.body) })
        case (.fail, let task?):
            self = .fail(
                task, attempt: command.attempt, cause: HandlerFailure(rawValue: command.first) ?? .failed,
                reason: command.member("reason"))
        case (.release, let task?):
            self = .release(task, attempt: command.attempt, after: command.first, reason: command.member("reason"))
        default:
            throw Refusal(.notAllowed, "\(command.kind) is not for the coordinator.")
        }
    }
}

extension Command {
    /// The text `name` of the body, or what there is instead.
    fileprivate func member(_ name: String) -> String {
        guard !body.isEmpty else { return "" }
        if case .string(let text)? = (try? JSON(parsing: body))?[name] { return text }
        return String(decoding: body.prefix(2048), as: UTF8.self)
    }
}
