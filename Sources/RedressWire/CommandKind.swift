/// The commands of RDP/1, with their numbers on the wire (specification, "Commands").
package enum CommandKind: UInt8, Sendable, CaseIterable {
    // From a worker
    case ready = 1
    case credit = 2
    case accept = 3
    case renew = 4
    case contribute = 5
    case fail = 6
    case release = 7
    case drain = 8
    case heartbeat = 9
    // To a worker
    case welcome = 16
    case offer = 17
    case orders = 18
    case settled = 19
    case cancel = 20
    case refused = 21
    case register = 22
    // From a client
    case hello = 32
    case submit = 33
    case follow = 34
    case command = 35
    case query = 36
    // To a client
    case accepted = 48
    case event = 49
    case answer = 50

    /// Who may send the command.
    package var senders: Role { rule.senders }
    /// Whether the command is about one task and attempt.
    package var namesTask: Bool { rule.names == .task }
    /// Whether the command is about one case, or one task of it.
    package var namesCase: Bool { rule.names != .nothing }
    /// Whether the sender must have a session: all but the opening commands, and what answers them.
    package var needsSession: Bool { rule.needsSession }
    /// The largest body, in bytes; a larger one is refused as too large.
    package var bodyBytesMaximum: Int { rule.bodyBytesMaximum }

    /// What the validity matrix of the specification says of the command.
    private var rule: Rule {
        switch self {
        case .ready: Rule(.worker, body: Limits.controlBytesMaximum, session: false)
        case .credit: Rule([.worker, .client])
        case .accept: Rule(.worker, .task)
        case .renew: Rule(.worker, .task)
        case .contribute: Rule(.worker, .task, body: Limits.contributionBytesMaximum)
        case .fail: Rule(.worker, .task, body: Limits.controlBytesMaximum)
        case .release: Rule(.worker, .task, body: Limits.controlBytesMaximum)
        case .drain: Rule([.worker, .coordinator])
        case .heartbeat: Rule([.worker, .client, .coordinator])
        case .welcome: Rule(.coordinator, body: Limits.controlBytesMaximum)
        case .offer: Rule(.coordinator, .task, body: Limits.briefBytesMaximum)
        case .orders: Rule(.coordinator, .task)
        case .settled: Rule(.coordinator, .task, body: Limits.controlBytesMaximum)
        case .cancel: Rule(.coordinator, .task)
        case .refused: Rule(.coordinator, body: Limits.controlBytesMaximum, session: false)
        case .register: Rule(.coordinator, session: false)
        case .hello: Rule(.client, body: Limits.controlBytesMaximum, session: false)
        case .submit: Rule(.client, body: Limits.submissionBytesMaximum)
        case .follow: Rule(.client, .reference, body: Limits.controlBytesMaximum)
        case .command: Rule(.client, body: Limits.controlBytesMaximum)
        case .query: Rule(.client, body: Limits.controlBytesMaximum)
        case .accepted: Rule(.coordinator, .reference, body: Limits.controlBytesMaximum)
        case .event: Rule(.coordinator, .reference, body: Limits.answerBytesMaximum)
        case .answer: Rule(.coordinator, body: Limits.answerBytesMaximum)
        }
    }

    private struct Rule {
        enum Names { case nothing, reference, task }
        var senders: Role
        var names: Names
        var bodyBytesMaximum: Int
        var needsSession: Bool

        init(_ senders: Role, _ names: Names = .nothing, body: Int = 0, session: Bool = true) {
            self.senders = senders
            self.names = names
            bodyBytesMaximum = body
            needsSession = session
        }
    }
}

/// The parties of RDP/1, and sets of them.
package struct Role: OptionSet, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A department's process.
    package static let worker = Role(rawValue: 1)
    /// Who submits, follows, commands and asks.
    package static let client = Role(rawValue: 2)
    /// Who holds the record.
    package static let coordinator = Role(rawValue: 4)

    package var description: String {
        let names = [(Role.worker, "worker"), (.client, "client"), (.coordinator, "coordinator")]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: " or ")
    }
}

/// The limits of RDP/1 (specification, "Limits").
package enum Limits {
    /// Commands in one message.
    package static let commandsMaximum = 64
    /// The words of a complaint, in bytes: 1 MiB.
    package static let complaintBytesMaximum = 1 << 20
    /// The body of SUBMIT: a complaint's words with every byte escaped would need six times their size; twice is allowed.
    package static let submissionBytesMaximum = 2 * complaintBytesMaximum + 1 << 16
    /// The body of OFFER: a whole complaint in its excerpts, and the findings that came before.
    package static let briefBytesMaximum = 4 << 20
    /// The body of CONTRIBUTE.
    package static let contributionBytesMaximum = 1 << 20
    /// The bodies that open, end and refuse.
    package static let controlBytesMaximum = 1 << 16
    /// The bodies of EVENT and ANSWER.
    package static let answerBytesMaximum = 16 << 20
    /// The largest frame that the transport lets through (`ZMQ_MAXMSGSIZE`): above every body's limit, so that a frame
    /// that is too large can be answered instead of cutting the line.
    package static let frameBytesMaximum = 24 << 20
    /// How many bytes of commands a sender packs into one message before it starts the next.
    package static let packedBytesMaximum = 256 << 10
}
