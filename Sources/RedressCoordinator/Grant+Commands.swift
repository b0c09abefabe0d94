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
            let (use, other) =
                switch command.kind {
                case .submit: ("submit complaints", "a client's or an owner's")
                case .command: ("give orders, such as to pause or to retry", "an owner's")
                case let kind where kind.senders.contains(.client): ("ask about cases", "a client's or an owner's")
                default: ("do tasks", "a worker's")
                }
            // A worker's key is found out by HELLO, before anything is asked.
            let what = role.departments.isEmpty ? use : "submit, ask about cases or give orders"
            let article = ["owner", "observer"].contains(role.word) ? "an" : "a"
            throw Refusal(
                .notAllowed,
                "The key \"\(name)\" is \(article) \(role.word)'s: it may not \(what). "
                    + "Use \(other) key; redress keys list names those that there are.")
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
