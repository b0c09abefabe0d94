internal import RedressContract
internal import RedressDispatch
internal import RedressWorker

/// What goes wrong by itself.
extension SimulatedMesh {
    var isFaulty: Bool { faults != .none && now < faults.lasting }

    /// Whether something of this probability goes wrong now.
    func fails(_ probability: Double) -> Bool { isFaulty && generator.happens(probability) }

    /// A pause of at most `longest`, to the microsecond.
    func pause(_ longest: Duration) -> Duration { generator.duration(in: .milliseconds(10)...longest) }

    /// Once a second.
    func throwFaults() {
        guard isFaulty else {
            tell("all faults end")
            wallOffset = .zero
            return
        }
        if fails(faults.herd) {
            tell("all workers start anew together")
            let pause = pause(.seconds(5))
            for worker in workers { crash(worker.station, pause: pause) }
        }
        for index in stations.indices {
            if fails(faults.crash) { crash(index, pause: pause(.seconds(15))) }
            if fails(faults.partition) {
                let direction = Direction.allCases.randomElement(using: &generator) ?? .bothWays
                cutOff(index, for: pause(.seconds(20)), direction)
            }
            if fails(faults.stall) { standStill(index, for: pause(.seconds(30))) }
        }
        for worker in workers where fails(faults.drain) {
            drain(worker, byItself: Bool.random(using: &generator))
        }
        if fails(faults.coordinatorStall) {
            tell("the coordinator stands still")
            stalledUntil = now + pause(.seconds(20))
        }
        if fails(faults.fullDisk) {
            let isFull = Bool.random(using: &generator)
            tell(isFull ? "the disk is full" : "the disk is nearly full")
            lowUntil = now + pause(.seconds(20))
            if isFull { fullUntil = lowUntil }
        }
        if fails(faults.clockJump) {
            wallOffset = .milliseconds(Int.random(in: -3_600_000...3_600_000, using: &generator))
            tell("the wall clock is \(wallOffset) off")
        }
        schedule(after: .seconds(1)) { $0.throwFaults() }
    }

    func cutOff(_ index: Int, for duration: Duration, _ direction: Direction) {
        tell("\(stations[index].name) is cut off, \(direction)")
        if direction != .fromCoordinator { stations[index].mutedUntil = now + duration }
        if direction != .toCoordinator { stations[index].deafenedUntil = now + duration }
    }

    private func standStill(_ index: Int, for duration: Duration) {
        tell("\(stations[index].name) stands still")
        stations[index].stalledUntil = now + duration
    }

    func drain(_ worker: SimulatedWorker, byItself: Bool) {
        let index = worker.station
        guard stations[index].isRunning else { return }
        tell("\(worker.name) is to leave")
        if byItself {
            stations[index].inbox.append(.asked { $0.drain(limit: .seconds(10), at: $1) })
            attend(index)
        } else {
            order { broker, _ in _ = broker.drain(worker.name) }
        }
    }
}
