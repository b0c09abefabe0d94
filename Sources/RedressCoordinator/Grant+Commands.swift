import RedressContract
import RedressDispatch
import RedressKeys
import RedressWire

/// What a key may say (specification, "Security").
extension Grant {
    /// Refuses a command that is not for keys of this role.
    func check(_ command: Command) throws(Refusal) {
        let isFit =
            switch role {
            case .worker: command.kind.senders.contains(.worker)
            case .owner: command.kind.senders.contains(.client)
            case .client: command.kind.senders.contains(.client) && command.kind != .command
            case .observer: command.kind.senders.contains(.client) && ![.submit, .command].contains(command.kind)
            }
        guard isFit else {
            let use =
                switch role {
                case .worker: "does the tasks of its departments and nothing else"
                case .owner: "is for a client and no worker"
                case .client: "submits, follows and asks; it does no tasks and gives no orders"
                case .observer: "follows and asks, and nothing else"
                }
            throw Refusal(
                .notAllowed,
                "The key \"\(name)\" is \(role.word == "worker" || role.word == "client" ? "a" : "an") \(role.word)'s, which \(use): \(command.kind) is not for it."
            )
        }
    }

    /// Refuses a worker that takes departments, or a name, that are not its key's.
    func check(_ registration: Registration) throws(Refusal) {
        let own = role.departments
        if let foreign = registration.departments.first(where: { !own.contains($0) }) {
            throw Refusal(
                .notAllowed,
                "The key \"\(name)\" is for \(own.map(\.description).joined(separator: " and ")), not for \(foreign).")
        }
        guard covers(worker: registration.worker) else {
            throw Refusal(
                .notAllowed,
                "A worker with the key \"\(name)\" calls itself \"\(name)\", or \"\(name)-\" and more, not \"\(registration.worker)\"."
            )
        }
    }
}
