internal import RedressContract
internal import RedressWire
internal import RedressWorker

/// A worker's process.
struct SimulatedWorker {
    let name: String
    let departments: [DepartmentName]
    let concurrency: Int
    let takes: ClosedRange<Duration>
    let handler: SimulatedMesh.Handler
    /// nil while no process runs.
    var core: WorkerCore?
    /// Counts the processes.
    var life = 0
    var line: UInt32?
    /// The briefs that handlers work on.
    var running: [TaskAttempt: Brief] = [:]
    var wakesAt: Duration?
    /// Nothing passes between it and the coordinator before this.
    var cutOffUntil: Duration = .zero
}

/// Workers: the core, driven as its host drives it.
extension SimulatedMesh {
    func startWorker(_ index: Int) {
        workers[index].life += 1
        let worker = workers[index]
        workers[index].core = WorkerCore(
            WorkerCore.Settings(
                name: worker.name, incarnation: generator.next(), departments: worker.departments,
                concurrency: worker.concurrency),
            at: now)
        connect(index, life: worker.life)
        attendWorker(index)
    }

    func crashWorker(_ index: Int, pause: Duration) {
        guard workers[index].core != nil else { return }
        tell("\(workers[index].name) crashes")
        end(index)
        schedule(after: pause) { $0.startWorker(index) }
    }

    private func end(_ index: Int) {
        workers[index].core = nil
        workers[index].running = [:]
        workers[index].line = nil
    }

    /// Lets a worker do what follows from what it has heard, and from the time.
    func attendWorker(_ index: Int) {
        workers[index].core?.tick(at: now)
        guard let step = workers[index].core?.takeStep(at: now) else { return }
        for assignment in step.starts { begin(assignment, index) }
        for attempt in step.cancels {
            workers[index].running[attempt] = nil
            conclude(attempt, .failed(.failed, "cancelled"), index, after: .milliseconds(20))
        }
        if step.reconnects {
            workers[index].line = nil
            reconnect(index)
        }
        if let line = workers[index].line { transmit(step.sends, line, toWorker: false) }
        if let end = step.end {
            tell("\(workers[index].name) leaves: \(end)")
            return self.end(index)
        }
        wakeWorker(index)
    }

    private func wakeWorker(_ index: Int) {
        guard let wake = workers[index].core?.nextWake.map({ max($0, now + .milliseconds(1)) }) else { return }
        guard workers[index].wakesAt.map({ wake < $0 || $0 <= now }) ?? true else { return }
        workers[index].wakesAt = wake
        agenda.add(wake) { mesh in
            guard mesh.workers[index].wakesAt == wake else { return }
            mesh.workers[index].wakesAt = nil
            mesh.attendWorker(index)
        }
    }

    private func begin(_ assignment: WorkerStep.Assignment, _ index: Int) {
        let attempt = assignment.attempt
        guard let brief = try? Brief(parsing: assignment.brief) else {
            breaches.append("the brief of \(attempt) cannot be read")
            return conclude(attempt, .failed(.failed, "The brief cannot be read."), index, after: .zero)
        }
        workers[index].running[attempt] = brief
        guard !(isFaulty && generator.happens(faults.hangingHandler)) else { return }
        let life = workers[index].life
        schedule(after: generator.duration(in: workers[index].takes)) { mesh in
            guard mesh.workers[index].life == life, let brief = mesh.workers[index].running.removeValue(forKey: attempt)
            else {
                return
            }
            let maximum = mesh.workers[index].core?.contributionBytesMaximum ?? Limits.contributionBytesMaximum
            let conclusion = Conclusion(of: mesh.workers[index].handler, brief, bytesMaximum: maximum)
            mesh.workers[index].core?.conclude(attempt, conclusion)
            mesh.attendWorker(index)
        }
    }

    private func conclude(_ attempt: TaskAttempt, _ conclusion: Conclusion, _ index: Int, after delay: Duration) {
        let life = workers[index].life
        schedule(after: delay) { mesh in
            guard mesh.workers[index].life == life else { return }
            mesh.workers[index].core?.conclude(attempt, conclusion)
            mesh.attendWorker(index)
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
