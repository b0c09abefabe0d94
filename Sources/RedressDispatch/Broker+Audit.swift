import DequeModule
import HeapModule
import RedressCase
import RedressContract
import RedressWire

/// What must hold of the core between two turns: simulations ask after each.
extension Broker {
    /// How much the core remembers, kind by kind.
    package struct Census: Sendable, Hashable {
        package var sessions = 0
        package var offers = 0
        package var leases = 0
        package var queued = 0
        package var offeredBefore = 0
        package var ages = 0
        package var alarms = 0
        package var dues = 0
    }

    /// How much is remembered now.
    package var census: Census {
        Census(
            sessions: workers.count, offers: offers.byTask.count, leases: leases.byTask.count,
            queued: lanes.values.joined().reduce(0) { $0 + $1.queue.count }, offeredBefore: lastOffered.count,
            ages: readySince.count, alarms: alarms.count, dues: dues.count)
    }

    /// What does not fit together: what is volatile with the cases, and its parts with each other. Empty in a right core.
    package func contradictions(now: Now) -> [String] {
        var found: [String] = []
        func check(_ holds: Bool, _ sentence: @autoclosure () -> String) {
            if !holds { found.append(sentence()) }
        }
        for (id, offer) in offers.byTask {
            let task = cases.task(id)
            check(task?.state == .ready, "\(id) is offered and not ready")
            check(leases[id] == nil, "\(id) is offered and held")
            check(
                workers[offer.session]?.outstanding[TaskAttempt(id, offer.attempt)] != nil,
                "\(id) is offered to a session that does not know of it")
            check(offer.attempt > task?.attempt ?? 0, "\(id) is offered as an attempt that has been")
        }
        for id in leases.byTask.keys {
            check(cases.task(id)?.state == .accepted, "\(id) has a lease and is not accepted")
        }
        for (incarnation, held) in heldByIncarnation {
            for id in held {
                check(
                    cases.task(id)?.incarnation == incarnation && leases[id] != nil,
                    "\(id) is held by a process that does not hold it")
            }
        }
        let due = Set(dues.unordered.compactMap { if case .retry(let id) = $0.what { id } else { nil } })
        for known in cases.values where known.isUnfinished {
            for task in known.tasks where !task.isOwners {
                let id = TaskID(known.reference, task.number)
                switch task.state {
                case .accepted:
                    check(leases[id] != nil, "\(id) is accepted and has no lease")
                    check(heldByIncarnation[task.incarnation]?.contains(id) == true, "\(id) is accepted and nobody's")
                case .ready:
                    check(
                        offers[id] != nil || due.contains(id) || queue(of: task)?.contains(id) == true
                            || known.pause != nil,
                        "\(id) is ready and forgotten")
                case .blocked, .ended: break
                }
            }
        }
        for lane in lanes.values.joined() {
            var queue = lane.queue
            guard let head = queue.next(at: attended), let since = readySince[head.task] else { continue }
            let oldest = readySince.filter { queue.contains($0.key) && cases.task($0.key)?.state == .ready }
                .min { $0.value < $1.value }
            guard let oldest, attended - oldest.value >= settings.scheduling.waitingMaximum else { continue }
            check(since <= oldest.value, "\(oldest.key) has waited for too long, and \(head.task) goes first")
        }
        for (department, sessions) in sessionsByDepartment {
            check(Set(sessions).count == sessions.count, "a session is in the round of \(department) twice")
            check(sessions.allSatisfy { workers[$0] != nil }, "the round of \(department) has a session that is gone")
            guard attended >= offersFrom, pauses[.department(department)] == nil,
                settings.scheduling.departments[department] == nil
            else { continue }
            for lane in lanes[department] ?? [] {
                var queue = lane.queue
                guard let id = queue.next(at: attended)?.task, let known = cases[id.reference],
                    let task = known.task(id.number)
                else { continue }
                let bytes = known.briefBytes(task)
                check(
                    !sessions.contains { session in
                        workers[session].map { $0.hasCredit(for: bytes) && serves($0.worker, task) } ?? false
                    },
                    "\(id) waits while a worker of \(department) has credit")
            }
        }
        for (session, worker) in workers {
            check(sessionsByPeer[worker.peer] == session, "session \(session) is not its connection's")
            check(sessionsByIncarnation[worker.incarnation] == session, "session \(session) is not its process's")
            check(
                worker.creditMessages >= 0, "session \(session) was offered more than it gave credit for")
        }
        return found
    }
}
