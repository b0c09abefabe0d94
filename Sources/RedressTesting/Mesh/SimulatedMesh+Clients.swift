internal import RedressCase
internal import RedressClient
internal import RedressContract
internal import RedressWire

/// A client's process.
struct SimulatedClient {
    let station: Int
    /// nil before the first process.
    var core: ClientCore?
    /// The complaint that each request is about.
    var requests: [UInt32: Int] = [:]
}

/// A complaint on its way.
struct SimulatedSubmission {
    let client: Int
    let key: String
    let complaint: Complaint
    /// What its client wants to hear of its case.
    let scope: FollowScope?
    /// Once it is acknowledged.
    var reference: CaseReference?
    /// How many entries its client has heard of.
    var heard = 0
    /// Whether its client has heard the last.
    var isHeardOut: Bool
}

/// Clients: the core, driven as its actor drives it. What they ask for they ask until it comes.
extension SimulatedMesh {
    /// How long a client waits for an answer.
    private static let requestTimeout: Duration = .seconds(20)

    func startClient(_ number: Int) {
        let name = stations[clients[number].station].name
        let eventsMaximum = [1, 4, 1024].randomElement(using: &generator) ?? 1024
        clients[number].core = ClientCore(
            name: name, requestTimeout: Self.requestTimeout, eventsMaximum: eventsMaximum, at: now)
        clients[number].requests = [:]
        for submission in submissions.indices where submissions[submission].client == number {
            // A process that begins anew has kept how far it had heard, or not.
            if !submissions[submission].isHeardOut, Bool.random(using: &generator) { submissions[submission].heard = 0 }
            ask(submission)
        }
    }

    /// Says what its client has yet to learn of a complaint.
    func ask(_ number: Int) {
        let submission = submissions[number]
        let command: Command
        if let reference = submission.reference {
            guard let scope = submission.scope, !submission.isHeardOut else { return }
            let after: JSON = ["after": .string("e\(submission.heard)")]
            command = Command(
                .follow, reference: reference, second: scope.rawValue,
                body: submission.heard > 0 ? after.bytes[...] : [])
        } else {
            guard
                let said = try? submission.complaint.submission(key: submission.key, following: submission.scope)
            else { return breach("complaint \(number) cannot be said") }
            command = said
        }
        let consumesAtOnce = Bool.random(using: &generator)
        if let request = clients[submission.client].core?.post(command, consumesAtOnce: consumesAtOnce, at: now) {
            clients[submission.client].requests[request] = number
        }
    }

    func attendClient(_ number: Int, _ arrivals: [Station.Arrival]) {
        guard var core = clients[number].core else { return }
        let index = clients[number].station
        for arrival in arrivals {
            switch arrival {
            case .up: core.lineUp(at: now)
            case .down: core.lineDown()
            case .commands(let commands): for command in commands { core.receive(command, at: now) }
            case .asked: break
            }
        }
        core.tick(at: now)
        let step = core.takeStep(at: now)
        clients[number].core = core
        if step.reconnects { giveUpLine(index) }
        if let line = stations[index].line { transmit(step.sends, line, fromCoordinator: false) }
        if let end = step.end { breach("\(stations[index].name) is turned away: \(end)") }
        for (request, reply, isLast) in step.replies {
            guard let submission = clients[number].requests[request] else {
                breach("\(stations[index].name) hears of a request that is over")
                continue
            }
            if isLast { clients[number].requests[request] = nil }
            hear(reply, of: submission, request)
        }
        wake(index, at: core.nextWake)
    }

    private func hear(_ reply: Reply, of number: Int, _ request: UInt32) {
        let client = submissions[number].client
        switch reply {
        case .accepted(let command):
            guard let reference = command.reference else { return breach("complaint \(number) is accepted as nothing") }
            witness.acknowledged(submissions[number].key, reference, in: journal)
            submissions[number].reference = reference
        case .event(let command):
            hear(command, of: number)
            schedule(after: pause(.seconds(1)), at: clients[client].station) { mesh in
                mesh.clients[client].core?.consumed(command.body.count, of: request)
            }
        case .answer: breach("complaint \(number) is answered, not accepted")
        case .failed(let error):
            tell("complaint \(number): \(error)")
            let refusal = error.refusal
            if let refusal, refusal.retryAfterMilliseconds == nil {
                breach("complaint \(number) has no prospect: \(refusal)")
            }
            let wait = Duration.milliseconds(refusal?.retryAfterMilliseconds ?? 1000)
            schedule(after: wait, at: clients[client].station) { $0.ask(number) }
        }
    }

    /// An event: the next entry, as it is on disk, or the record.
    private func hear(_ event: Command, of number: Int) {
        guard let reference = submissions[number].reference, let scope = submissions[number].scope,
            let body = try? JSON(parsing: event.body), case .string(let cursor)? = body["cursor"],
            let place = Int(cursor.dropFirst()),
            let entries = try? journal.entries(of: .case(reference)), entries.indices.contains(place - 1)
        else { return breach("complaint \(number) has an event that nothing on disk stands behind") }
        let entry = entries[place - 1]
        if (try? JSON(parsing: entry.structure)) != body["entry"] {
            breach("entry \(place) of \(reference) is told as something else")
        }
        switch scope {
        case .everyEntry:
            if place != submissions[number].heard + 1 {
                breach("entry \(place) of \(reference) is told after entry \(submissions[number].heard)")
            }
        case .record:
            if submissions[number].isHeardOut || body["type"] != "reconciled" || event.second != 1 {
                breach(
                    "\(body["type"]?.bytes.count ?? 0) bytes of \(reference) are told instead of its record, or again")
            }
        }
        submissions[number].heard = place
        if event.second == 1 { submissions[number].isHeardOut = true }
    }
}
