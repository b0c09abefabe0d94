internal import RedressContract
internal import RedressDispatch
internal import RedressWire

/// A connection to the coordinator. A line that was lost never comes back; its process gets another.
struct SimulatedLine {
    let station: Int
    /// When the last message, either way, arrives that keeps its place.
    var lastArrivals: [Bool: Duration] = [:]
}

/// The network: lines, and messages on them.
extension SimulatedMesh {
    /// How ROUTER would name the line.
    static func peer(_ line: UInt32) -> Peer { Peer((0..<4).map { UInt8(truncatingIfNeeded: line >> (24 - 8 * $0)) }) }

    static func line(_ peer: Peer) -> UInt32 { peer.routingID.reduce(0) { $0 << 8 | UInt32($1) } }

    /// Connects a process, as soon as there is a coordinator to connect to.
    func connect(_ index: Int, life: Int) {
        let station = stations[index]
        guard station.life == life, station.isRunning, station.line == nil else { return }
        guard isListening, max(station.mutedUntil, station.deafenedUntil, station.stalledUntil) <= now else {
            return schedule(after: .milliseconds(250)) { $0.connect(index, life: life) }
        }
        lineCount += 1
        lines[lineCount] = SimulatedLine(station: index)
        stations[index].line = lineCount
        stations[index].inbox.append(.up)
        attend(index)
    }

    /// The coordinator's end of a line is gone; mostly the other end notices, sometimes only by the silence.
    func loseLine(_ line: UInt32) {
        guard let index = lines.removeValue(forKey: line)?.station, !fails(0.25) else { return }
        schedule(after: generator.duration(in: .zero...(.milliseconds(50)))) { mesh in
            guard mesh.stations[index].line == line else { return }
            mesh.stations[index].inbox.append(.down)
            mesh.giveUpLine(index)
            mesh.attend(index)
        }
    }

    /// The process lets its line go, and makes another.
    func giveUpLine(_ index: Int) {
        stations[index].line = nil
        let life = stations[index].life
        schedule(after: generator.duration(in: .milliseconds(10)...(.milliseconds(500)))) {
            $0.connect(index, life: life)
        }
    }

    /// Sends `commands` along a line.
    ///
    /// - Returns: whether there was room for all of them.
    @discardableResult
    func transmit(_ commands: [Command], _ line: UInt32, fromCoordinator: Bool) -> Bool {
        guard !commands.isEmpty, let station = lines[line].map({ stations[$0.station] }) else { return true }
        let (from, to) = fromCoordinator ? ("coordinator", station.name) : (station.name, "coordinator")
        for command in commands {
            note(.sent(from: from, to: to, command))
            if fromCoordinator { witness.told(command) }
        }
        let keepsOrder = if case .client = station.role { true } else { false }
        for message in Message.pack(commands) {
            if fails(faults.loss) {
                note(.lost(from: from, to: to))
                // The coordinator drops what a peer does not take; a peer loses only what is under way when its line breaks.
                guard !fromCoordinator else { return false }
                loseLine(line)
                return true
            }
            if sabotage == .hearsNoWorkers, !fromCoordinator, !keepsOrder { continue }
            let comesTwice = keepsOrder ? fromCoordinator && sabotage == .repeatsEvents : fails(faults.duplication)
            for _ in 0..<(comesTwice ? 2 : 1) {
                let free = fromCoordinator ? station.deafenedUntil : station.mutedUntil
                var arrival = max(now, free) + generator.duration(in: faults.delay)
                if keepsOrder || !fails(faults.reordering) {
                    arrival = max(arrival, lines[line]?.lastArrivals[fromCoordinator] ?? .zero)
                    lines[line]?.lastArrivals[fromCoordinator] = arrival
                }
                agenda.add(arrival) { $0.arrive(message, line, fromCoordinator: fromCoordinator) }
            }
        }
        return true
    }

    private func arrive(_ message: [[UInt8]], _ number: UInt32, fromCoordinator: Bool) {
        guard let index = lines[number]?.station else { return }
        let free = fromCoordinator ? stations[index].deafenedUntil : stations[index].mutedUntil
        guard free <= now else {
            return agenda.add(free) { $0.arrive(message, number, fromCoordinator: fromCoordinator) }
        }
        guard fromCoordinator else {
            socket.append((Self.peer(number), message))
            return wakeCoordinator(at: now)
        }
        guard stations[index].line == number, let results = try? Message.unpack(message, from: .coordinator) else {
            return
        }
        stations[index].inbox.append(.commands(results.compactMap { try? $0.get() }))
        attend(index)
    }
}
