internal import RedressContract
internal import RedressDispatch
internal import RedressWire
internal import RedressWorker

/// A connection of a worker. A line that was lost never comes back; its worker gets another.
struct SimulatedLine {
    let worker: Int
    /// When the last message, either way, arrives that keeps its place.
    var lastArrivals: [Bool: Duration] = [:]
}

/// The network: lines, and messages on them.
extension SimulatedMesh {
    /// How ROUTER would name the line.
    static func peer(_ line: UInt32) -> Peer { Peer((0..<4).map { UInt8(truncatingIfNeeded: line >> (24 - 8 * $0)) }) }

    static func line(_ peer: Peer) -> UInt32 { peer.routingID.reduce(0) { $0 << 8 | UInt32($1) } }

    /// Connects a worker, as soon as there is a coordinator to connect to.
    func connect(_ index: Int, life: Int) {
        guard workers[index].life == life, workers[index].core != nil, workers[index].line == nil else { return }
        guard coordinator != nil, workers[index].cutOffUntil <= now else {
            return schedule(after: .milliseconds(250)) { $0.connect(index, life: life) }
        }
        lineCount += 1
        lines[lineCount] = SimulatedLine(worker: index)
        workers[index].line = lineCount
        workers[index].core?.lineUp(at: now)
        attendWorker(index)
    }

    /// The coordinator's end of a line is gone; mostly the worker notices, sometimes only by the silence.
    func loseLine(_ line: UInt32) {
        guard let lost = lines.removeValue(forKey: line), !generator.happens(isFaulty ? 0.25 : 0) else { return }
        schedule(after: generator.duration(in: .zero...(.milliseconds(50)))) { mesh in
            guard mesh.workers[lost.worker].line == line else { return }
            mesh.workers[lost.worker].line = nil
            mesh.workers[lost.worker].core?.lineDown(at: mesh.now)
            mesh.attendWorker(lost.worker)
            mesh.reconnect(lost.worker)
        }
    }

    func reconnect(_ index: Int) {
        let life = workers[index].life
        schedule(after: generator.duration(in: .milliseconds(10)...(.milliseconds(500)))) {
            $0.connect(index, life: life)
        }
    }

    /// Sends `commands` along a line.
    func transmit(_ commands: [Command], _ line: UInt32, toWorker: Bool) {
        guard !commands.isEmpty, let worker = lines[line].map({ workers[$0.worker] }) else { return }
        let (from, to) = toWorker ? ("coordinator", worker.name) : (worker.name, "coordinator")
        for command in commands { note(.sent(from: from, to: to, command)) }
        for message in Message.pack(commands) {
            if isFaulty, generator.happens(faults.loss) {
                note(.lost(from: from, to: to))
                // The coordinator drops what a worker does not take; a worker loses only what is under way when its line breaks.
                if !toWorker { loseLine(line) }
                continue
            }
            for _ in 0..<(isFaulty && generator.happens(faults.duplication) ? 2 : 1) {
                var arrival = max(now, worker.cutOffUntil) + generator.duration(in: faults.delay)
                if !(isFaulty && generator.happens(faults.reordering)) {
                    arrival = max(arrival, lines[line]?.lastArrivals[toWorker] ?? .zero)
                    lines[line]?.lastArrivals[toWorker] = arrival
                }
                agenda.add(arrival) { $0.arrive(message, line, toWorker: toWorker) }
            }
        }
    }

    private func arrive(_ message: [[UInt8]], _ number: UInt32, toWorker: Bool) {
        guard let line = lines[number] else { return }
        if workers[line.worker].cutOffUntil > now {
            return agenda.add(workers[line.worker].cutOffUntil) { $0.arrive(message, number, toWorker: toWorker) }
        }
        if !toWorker {
            coordinator?.inbox.append((Self.peer(number), message))
            return wakeCoordinator(at: now)
        }
        guard workers[line.worker].line == number, let commands = try? Message.unpack(message, from: .coordinator)
        else { return }
        for case .success(let command) in commands { workers[line.worker].core?.receive(command, at: now) }
        attendWorker(line.worker)
    }

    /// A client's word to the coordinator, which is said again until it is answered.
    func deliverSubmission(_ number: Int) {
        guard submissions[number].reference == nil else { return }
        if !(isFaulty && generator.happens(faults.loss)) {
            schedule(after: generator.duration(in: faults.delay)) { mesh in
                mesh.coordinator?.submissions.append(number)
                mesh.wakeCoordinator(at: mesh.now)
            }
        }
        schedule(after: .seconds(2)) { $0.deliverSubmission(number) }
    }

    /// The coordinator's answer to a client.
    func acknowledge(_ number: Int, _ reference: CaseReference) {
        guard !(isFaulty && generator.happens(faults.loss)) else { return }
        schedule(after: generator.duration(in: faults.delay)) { mesh in
            if let known = mesh.submissions[number].reference, known != reference {
                mesh.breaches.append("complaint \(number) was acknowledged as \(known) and as \(reference)")
            }
            mesh.submissions[number].reference = reference
        }
    }
}
