import RedressCase
import RedressConfiguration
import RedressContract
import RedressDispatch
import RedressStore
import RedressWire

/// Clients: greeting, following, asking (specification, "Clients").
extension Coordinator {
    /// Opens a client's session, in the name of its key where it has one.
    func greet(_ command: Command, from peer: Peer, as holder: String?, _ now: Now) throws(Refusal) {
        var name: String
        do throws(JSONError) {
            name = try JSONFields(try JSON(parsing: command.body)).string("client")
        } catch {
            throw Refusal(.malformedBody, "The body of HELLO is not of the right shape: \(error).")
        }
        guard (1...Limits.nameBytesMaximum).contains(name.utf8.count) else {
            throw Refusal(.malformedBody, "A client's name has 1 to \(Limits.nameBytesMaximum) bytes.")
        }
        if let holder { name = holder }
        var session = generator.next()
        while session == 0 || clients.sessions[session] != nil || broker.workers[session] != nil {
            session = generator.next()
        }
        clients.open(session, for: name, at: peer, now: now)
        post(Command(.welcome, session: session, body: welcome[...]), to: peer)
    }

    /// The body of WELCOME: what peers can rely on.
    var welcome: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("epoch", epoch)
            writer.member("heartbeatMilliseconds", Int64(broker.settings.heartbeat / .milliseconds(1)))
            writer.member("leaseMilliseconds", configuration.policy.leaseMilliseconds)
            writer.member("policy", broker.policyHash)
            writer.name("limits")
            writer.object { writer in
                writer.member("complaintBytes", Limits.complaintBytesMaximum)
                writer.member("contributionBytes", Limits.contributionBytesMaximum)
            }
        }
        return writer.bytes
    }

    func take(_ command: Command, from client: ClientSession, _ now: Now) throws(Refusal) {
        client.heardAt = now.steady
        if clients.renew(client) { return post(Command(.register), to: client.peer) }
        if command.kind.senders == .client { try broker.admitRequest(of: client.name, now: now) }
        switch command.kind {
        case .submit: try submit(command, from: client, now)
        case .follow:
            if let reference = command.reference {
                try bringIn(reference, now)
                if let reason = broker.setAside[reference] {
                    throw Refusal(.needsPerson, "Case \(reference) is set aside: \(reason)")
                }
            }
            try clients.follow(command, client, broker.cases, reading: entries)
            postEvents()
        case .credit:
            clients.credit(command, client, broker.cases, reading: entries)
            postEvents()
        case .query: try ask(command, from: client)
        case .command: try order(command, from: client)
        case .heartbeat: post(Command(.heartbeat, session: client.session), to: client.peer)
        default: throw Refusal(.notAllowed, "\(command.kind) is not for clients.")
        }
    }

    /// What is on disk of a case.
    func entries(of reference: CaseReference) -> [StoredEntry] {
        (try? reader?.entries(of: .case(reference))) ?? []
    }

    /// Puts the events that followers are due into the turn.
    func postEvents() {
        for send in clients.takeSends() { post(send.command, to: send.peer) }
    }
}
