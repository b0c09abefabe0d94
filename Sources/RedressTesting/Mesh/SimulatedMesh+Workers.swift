internal import RedressContract
internal import RedressWire
internal import RedressWorker

/// A department's process.
struct SimulatedWorker {
    let name: String
    let station: Int
    let departments: [DepartmentName]
    let contracts: [String]
    let concurrency: Int
    let takes: ClosedRange<Duration>
    let handler: SimulatedMesh.Handler
    /// nil before the first process.
    var core: WorkerCore?
    /// The briefs that handlers work on.
    var running: [TaskAttempt: Brief] = [:]
}

/// Workers: the core, driven as its host drives it.
extension SimulatedMesh {
    func startWorker(_ number: Int) {
        let worker = workers[number]
        workers[number].running = [:]
        workers[number].core = WorkerCore(
            WorkerCore.Settings(
                name: worker.name, incarnation: generator.next(), departments: worker.departments,
                contracts: worker.contracts, concurrency: worker.concurrency),
            at: now)
    }

    func attendWorker(_ number: Int, _ arrivals: [Station.Arrival]) {
        guard var core = workers[number].core else { return }
        let index = workers[number].station
        for arrival in arrivals {
            switch arrival {
            case .up: core.lineUp(at: now)
            case .down: core.lineDown(at: now)
            case .commands(let commands): for command in commands { core.receive(command, at: now) }
            case .asked(let ask): ask(&core, now)
            }
        }
        core.tick(at: now)
        let step = core.takeStep(at: now)
        workers[number].core = core
        for assignment in step.starts { begin(assignment, number) }
        for attempt in step.cancels {
            workers[number].running[attempt] = nil
            let delay = fails(faults.stubbornHandler) ? pause(.seconds(30)) : .milliseconds(20)
            conclude(attempt, number, after: delay) { _ in .failed(.failed, "cancelled") }
        }
        if step.reconnects { giveUpLine(index) }
        if let line = stations[index].line { transmit(step.sends, line, fromCoordinator: false) }
        if let end = step.end {
            tell("\(workers[number].name) leaves: \(end)")
            if case .refused(let refusal) = end { breach("\(workers[number].name) is refused: \(refusal)") }
            return self.end(index, pause: pause(.seconds(5)))
        }
        wake(index, at: core.nextWake)
    }

    private func begin(_ assignment: WorkerStep.Assignment, _ number: Int) {
        let attempt = assignment.attempt
        guard let brief = try? Brief(parsing: assignment.brief) else {
            breach("the brief of \(attempt) cannot be read")
            return conclude(attempt, number, after: .zero) { _ in .failed(.failed, "The brief cannot be read.") }
        }
        workers[number].running[attempt] = brief
        guard !fails(faults.hangingHandler) else { return }
        conclude(attempt, number, after: generator.duration(in: workers[number].takes)) { mesh in
            guard let brief = mesh.workers[number].running.removeValue(forKey: attempt) else { return nil }
            let maximum = mesh.workers[number].core?.contributionBytesMaximum ?? Limits.contributionBytesMaximum
            return Conclusion(of: mesh.workers[number].handler, brief, bytesMaximum: maximum)
        }
    }

    private func conclude(
        _ attempt: TaskAttempt, _ number: Int, after delay: Duration,
        _ conclusion: @escaping (SimulatedMesh) -> Conclusion?
    ) {
        schedule(after: delay, at: workers[number].station) { mesh in
            if let conclusion = conclusion(mesh) { mesh.workers[number].core?.conclude(attempt, conclusion) }
        }
    }
}

extension Conclusion {
    /// What comes of a handler, told from what it returns or throws as for a real one.
    init(of handler: SimulatedMesh.Handler, _ brief: Brief, bytesMaximum: Int) {
        do {
            self = .contributed(try handler(brief), bytesMaximum: bytesMaximum)
        } catch let declined as Declined {
            self = .contributed(.declining(declined.reason), bytesMaximum: bytesMaximum)
        } catch let later as TryAgainLater {
            self = .released(after: later.wait, later.reason)
        } catch {
            self = .failed(.failed, "\(error)")
        }
    }
}
