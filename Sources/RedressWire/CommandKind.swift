/// The commands of RDP/1, with their numbers on the wire (specification, "Commands").
package enum CommandKind: UInt8, Sendable, CaseIterable {
    // From a worker

    /// I am here, in these departments, and still hold these tasks.
    case ready = 1
    /// Have so much more under way with me. From clients too, for events.
    case credit = 2
    /// I take the task.
    case accept = 3
    /// My handler is alive.
    case renew = 4
    /// The contribution of the task.
    case contribute = 5
    /// The handler failed.
    case fail = 6
    /// I give the task back, through no fault of its own.
    case release = 7
    /// Offer me nothing more; from the coordinator: finish what you hold and leave.
    case drain = 8
    /// I am alive. From everybody, when there is nothing else to say.
    case heartbeat = 9

    // To a worker

    /// You have a session. To clients too.
    case welcome = 16
    /// A task to take.
    case offer = 17
    /// Go on, or cancel.
    case orders = 18
    /// The final word on what you sent.
    case settled = 19
    /// Stop working on the task.
    case cancel = 20
    /// You cannot have that. To clients too.
    case refused = 21
    /// I do not know your session: open another. To clients too.
    case register = 22

    // From a client

    /// I am here.
    case hello = 32
    /// A complaint.
    case submit = 33
    /// Tell me what happens in the case.
    case follow = 34
    /// Do something to the house.
    case command = 35
    /// Answer a question.
    case query = 36

    // To a client

    /// The complaint is on record.
    case accepted = 48
    /// Something happened in a case that you follow.
    case event = 49
    /// What you asked for.
    case answer = 50

    /// Who may send the command.
    package var senders: Role { rule.senders.union(rule.receivers.isEmpty ? [] : .coordinator) }
    /// Who may receive the command.
    package var receivers: Role { rule.receivers.union(rule.senders.isEmpty ? [] : .coordinator) }
    /// In which states of the worker or client the command may pass, either way, between it and the coordinator.
    package var states: PeerStates { rule.states }
    /// Whether the command is about one task and attempt.
    package var namesTask: Bool { rule.names == .task }
    /// Whether the command is about one case, or one task of it.
    package var namesCase: Bool { rule.names != .nothing }
    /// Whether the header must carry a session.
    package var needsSession: Bool { rule.needsSession }
    /// The largest body, in bytes; a larger one is refused as too large.
    package var bodyBytesMaximum: Int { rule.bodyBytesMaximum }

    /// What the tables of the specification say of the command.
    private var rule: Rule {
        let control = Limits.controlBytesMaximum
        return switch self {
        case .ready: Rule(from: .worker, in: .all, body: control, session: false)
        case .credit: Rule(from: [.worker, .client])
        case .accept: Rule(from: .worker, .task)
        case .renew: Rule(from: .worker, .task, body: Limits.progressBytesMaximum)
        case .contribute: Rule(from: .worker, .task, body: Limits.contributionBytesMaximum)
        case .fail: Rule(from: .worker, .task, body: control)
        case .release: Rule(from: .worker, .task, body: control)
        case .drain: Rule(from: .worker, to: .worker)
        case .heartbeat: Rule(from: [.worker, .client], to: [.worker, .client])
        case .welcome: Rule(to: [.worker, .client], body: control)
        case .offer: Rule(to: .worker, .task, in: .registered, body: Limits.briefBytesMaximum)
        case .orders: Rule(to: .worker, .task)
        case .settled: Rule(to: .worker, .task, body: control)
        case .cancel: Rule(to: .worker, .task)
        case .refused: Rule(to: [.worker, .client], in: .all, body: control, session: false)
        case .register: Rule(to: [.worker, .client], in: .unregistered, session: false)
        case .hello: Rule(from: .client, in: .all, body: control, session: false)
        case .submit: Rule(from: .client, body: Limits.submissionBytesMaximum)
        case .follow: Rule(from: .client, .reference, body: control)
        case .command: Rule(from: .client, body: control)
        case .query: Rule(from: .client, body: control)
        case .accepted: Rule(to: .client, .reference, body: control)
        case .event: Rule(to: .client, .reference, body: Limits.answerBytesMaximum)
        case .answer: Rule(to: .client, body: Limits.answerBytesMaximum)
        }
    }

    private struct Rule {
        enum Names { case nothing, reference, task }
        var senders: Role
        var receivers: Role
        var names: Names
        var states: PeerStates
        var bodyBytesMaximum: Int
        var needsSession: Bool

        /// A command that `senders` send to the coordinator, and the coordinator to `receivers`.
        init(
            from senders: Role = [], to receivers: Role = [], _ names: Names = .nothing,
            in states: PeerStates = .inSession,
            body: Int = 0, session: Bool = true
        ) {
            self.senders = senders
            self.receivers = receivers
            self.names = names
            self.states = states
            bodyBytesMaximum = body
            needsSession = session
        }
    }
}
