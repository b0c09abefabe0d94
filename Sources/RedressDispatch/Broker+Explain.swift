import DequeModule
import RedressCase
package import RedressContract

/// Why a task is not running.
extension Broker {
    /// How many of the tasks that come before are named.
    private static let namedMaximum = 5

    /// Why a task of a case in memory is not running, or that it is.
    ///
    /// - Throws: the ``Refusal`` for a case or task that is not there.
    package mutating func explain(_ id: TaskID, now: Now) throws(Refusal) -> Explanation {
        attend(now)
        let (known, task) = try find(id)
        var explanation = Explanation(task: id, type: task.plan.type, state: task.stateWord, reasons: [])
        switch task.state {
        case .blocked: explanation.reasons = [blocking(known, task, now: now)]
        case .accepted: explanation.reasons = [running(id, known, task)]
        case .ended:
            explanation.reasons = [ending(known, task)]
        case .ready where task.isOwners:
            explanation.reasons = [
                .init(
                    "owners",
                    "It is the case owner's own; no department does it. Cancelling it, with a reason, ends it.")
            ]
        case .ready:
            if let offer = offers[id] {
                explanation.state = "offered"
                let name = workers[offer.session]?.name ?? ""
                explanation.reasons = [
                    .init(
                        "offered", "It is offered to \(name), who has yet to accept it.",
                        [.init("worker", .string(name)), .init("attempt", offer.attempt)])
                ]
            } else {
                explanation.reasons = waiting(id, known, task, now: now)
            }
        }
        return explanation
    }

    private func blocking(_ known: Case, _ task: CaseTask, now: Now) -> Explanation.Reason {
        let join = task.plan.join
        let all = task.plan.after.compactMap { known.task($0) }
        let open = all.filter { $0.state != .ended }
        let contributed = all.count { $0.outcome == .contributed }
        let needed = min(join.needed ?? all.count, all.count)
        // Where too few can contribute, its join waits for a person to have one tried again that failed.
        let isHeldUp = join.onFailure == .wait && contributed + open.count < needed
        let failed = isHeldUp ? all.filter { $0.state == .ended && $0.outcome != .contributed } : []
        let retries = failed.map { TaskID(known.reference, $0.number) }
        func names(_ tasks: [CaseTask], _ name: (CaseTask) -> String) -> String {
            tasks.map { task in
                let state = task.isParked ? "parked" : task.outcome?.rawValue ?? task.state.rawValue
                return "task \(name(task)) (\(task.plan.type), \(state))"
            }.joined(separator: ", ")
        }
        var waits: [String] = []
        if !open.isEmpty { waits.append(names(open) { "\($0.number)" }) }
        if !failed.isEmpty {
            waits.append("a person to see to " + names(failed) { "\(TaskID(known.reference, $0.number))" })
        }
        var sentence = "It waits for \(waits.joined(separator: ", and for "))."
        var numbers: [JSON.Member] = [
            .init("after", .array((open.isEmpty ? failed : open).map { .number(ExactNumber(Int($0.number))) }))
        ]
        if !retries.isEmpty { numbers.append(.init("retry", .array(retries.map { .string($0.description) }))) }
        if join.needed != nil {
            sentence += " Of \(all.count) before it \(needed) must contribute, and \(contributed, of: "has", "have")."
            numbers += [.init("needed", needed), .init("contributed", contributed)]
        }
        if let due = task.joinDue {
            let wait = max(0, due.milliseconds - now.wall.milliseconds)
            let goesOn = join.onFailure == .wait || join.onFailure == .proceed
            sentence += " It waits until \(due), \(Duration.milliseconds(wait).seconds) more; then it "
            sentence += goesOn ? "goes on with what there is." : "is skipped."
            numbers += [.init("until", .string(due.description)), .init("waitMilliseconds", wait)]
        }
        return .init("blocked", sentence, numbers)
    }

    private func running(_ id: TaskID, _ known: Case, _ task: CaseTask) -> Explanation.Reason {
        if let held = leases[id], sessionsByIncarnation[task.incarnation] == nil { return away(task, held) }
        var sentence = "\(task.worker ?? "") is at work on it, attempt \(task.attempt)"
        var numbers: [JSON.Member] = [
            .init("worker", .string(task.worker ?? "")), .init("attempt", task.attempt),
        ]
        if let held = leases[id] {
            let lasted = attended - held.since
            sentence += ", for \(lasted.seconds)"
            if held.progress.percent > 0 { sentence += ", \(held.progress.percent) % done" }
            if !held.progress.note.isEmpty { sentence += " (\(held.progress.note))" }
            let limit = Duration.milliseconds(task.plan.timeLimitMilliseconds)
            sentence += "; its lease lasts \((held.until - attended).seconds) more, its time limit is \(limit.seconds)"
            numbers += [
                .init("sinceMilliseconds", lasted.milliseconds), .init("progress", held.progress.percent),
                .init("note", .string(held.progress.note)),
                .init("leaseMilliseconds", (held.until - attended).milliseconds),
                .init("timeLimitMilliseconds", task.plan.timeLimitMilliseconds),
            ]
        }
        if let pause = pause(of: known.reference, task, task.worker ?? "") {
            sentence += "; it was paused by \(pause.actor)"
        }
        return .init("running", sentence + ".", numbers)
    }

    /// That the holder of a task is not connected, and what comes of that.
    private func away(_ task: CaseTask, _ held: Lease) -> Explanation.Reason {
        let name = task.worker ?? ""
        let lease = max(.zero, held.until - attended)
        let end: Entry.AttemptEnd = held.isInherited ? .interrupted : .crashed
        var ended = task
        ended.attemptEnds[end, default: 0] += 1
        let isLast = task.attemptEnded != task.attempt && ended.parking(after: end) != nil
        return .init(
            "not-connected",
            "\(name) took it, attempt \(task.attempt), and is not connected. Its lease lasts \(lease.seconds) more: "
                + "unless \(name) is back by then, the task is "
                + (isLast ? "parked." : "offered again."),
            [
                .init("worker", .string(name)), .init("attempt", task.attempt),
                .init("leaseMilliseconds", lease.milliseconds),
            ])
    }

    private func ending(_ known: Case, _ task: CaseTask) -> Explanation.Reason {
        let outcome = task.outcome?.rawValue ?? ""
        let state = task.isParked ? "parked" : outcome
        // What a handler said before the contribution that counts is no reason for that.
        let reason = task.counted == nil ? task.reasons : task.contribution?.declined ?? ""
        // The reason often begins with the state itself.
        let words = [reason.hasPrefix(state) ? "" : state, reason].filter { !$0.isEmpty }
        var sentence = (task.isParked ? "It is " : "It has ended: ") + words.joined(separator: ": ")
        if sentence.last != "." { sentence += "." }
        let ends = Entry.AttemptEnd.allCases.filter { task.attemptEnds[$0] != nil }
        let counts = ends.map { JSON.Member($0.rawValue, task.attemptEnds[$0] ?? 0) }
        if task.isParked {
            let words = ends.map { end in
                "\(end.rawValue) \(task.attemptEnds[end] ?? 0)" + (task.plan.limit(of: end).map { " of \($0)" } ?? "")
            }
            if !words.isEmpty { sentence += " Ended so far: \(words.joined(separator: ", "))." }
            sentence += " No attempt follows until a person retries it."
        }
        return .init(
            task.isParked ? "parked" : "ended", sentence,
            [
                .init("outcome", .string(outcome)), .init("attempts", task.attempt),
                .init("attemptsBurnt", task.attemptsBurnt), .init("attemptsMaximum", task.plan.attemptsMaximum),
                .init("attemptsEnded", .object(counts)),
            ])
    }

    /// What keeps a ready task from being offered.
    private mutating func waiting(_ id: TaskID, _ known: Case, _ task: CaseTask, now: Now) -> [Explanation.Reason] {
        var reasons: [Explanation.Reason] = []
        if let pause = known.pause { reasons.append(Self.paused("case", "Its case", pause)) }
        if attended < offersFrom {
            let wait = offersFrom - attended
            reasons.append(
                .init(
                    "starting",
                    "The coordinator has just begun; for \(wait.seconds) more, workers may claim what they hold.",
                    [.init("waitMilliseconds", wait.milliseconds)]))
        }
        if task.retryAt > now.wall {
            let wait = task.retryAt.milliseconds - now.wall.milliseconds
            reasons.append(
                .init(
                    "retry",
                    "It is tried again at \(task.retryAt), in \(Duration.milliseconds(wait).seconds); "
                        + "\(task.attemptsBurnt) of \(task.plan.attemptsMaximum, of: "attempt is", "attempts are") used up.",
                    [
                        .init("retryAt", .string(task.retryAt.description)), .init("waitMilliseconds", wait),
                        .init("attemptsBurnt", task.attemptsBurnt), .init("attemptsMaximum", task.plan.attemptsMaximum),
                    ]))
        }
        if let again = turnedDown[id], again > now.wall {
            let wait = again.milliseconds - now.wall.milliseconds
            reasons.append(
                .init(
                    "retry",
                    "The worker that it was offered to gave it back; it is offered again at \(again), in "
                        + "\(Duration.milliseconds(wait).seconds).",
                    [.init("retryAt", .string(again.description)), .init("waitMilliseconds", wait)]))
        }
        if let asked = task.asked, asked.othersFrom > now.wall {
            let wait = asked.othersFrom.milliseconds - now.wall.milliseconds
            reasons.append(
                .init(
                    "asked",
                    "A person wants \(asked.worker) to try it first; others are asked in \(Duration.milliseconds(wait).seconds).",
                    [.init("worker", .string(asked.worker)), .init("waitMilliseconds", wait)]))
        }
        switch hindrance(of: task.department) {
        case .paused(let pause): reasons.append(Self.paused("department", "Its department, \(task.department),", pause))
        case .atOnce(let count, let most):
            reasons.append(
                .init(
                    "limit",
                    "\(task.department) has \(count, of: "task") offered or accepted, and \(most, of: "is", "are") allowed at once.",
                    [.init("count", count), .init("atOnce", most)]))
        case .perSecond(let perSecond, let wait):
            reasons.append(
                .init(
                    "limit",
                    "\(task.department) is offered \(perSecond, of: "task") a second; the next one in \(wait.milliseconds) ms.",
                    [.init("perSecond", perSecond), .init("waitMilliseconds", wait.milliseconds)]))
        case nil: break
        }
        if let reason = workerless(known, task) { reasons.append(reason) }
        if let ahead = queue(of: task)?.ahead(of: id, at: attended), !ahead.isEmpty {
            reasons.append(queued(ahead, task))
        }
        if reasons.isEmpty { reasons.append(.init("next", "Nothing is in its way: it is offered next.")) }
        return reasons
    }

    private static func paused(_ what: String, _ name: String, _ pause: Pause) -> Explanation.Reason {
        .init(
            "paused",
            "\(name) was paused by \(pause.actor) at \(pause.at)" + (pause.reason.isEmpty ? "." : ": \(pause.reason)."),
            [
                .init("paused", .string(what)), .init("by", .string(pause.actor)),
                .init("since", .string(pause.at.description)),
            ])
    }

    /// What waits for the same workers as `task`.
    func queue(of task: CaseTask) -> OfferQueue? {
        lane(of: task).flatMap { lanes[task.department]?[$0].queue }
    }

    /// Why none of the department's workers takes the task; nil where one would.
    private func workerless(_ known: Case, _ task: CaseTask) -> Explanation.Reason? {
        let sessions = (sessionsByDepartment[task.department] ?? []).compactMap { workers[$0] }
        guard !sessions.isEmpty else {
            return .init(
                "no-worker", "No worker of \(task.department) is connected.", [.init("workers", 0)])
        }
        let serving = sessions.filter { serves($0.worker, task) }
        guard !serving.isEmpty else {
            return .init(
                "no-contract",
                "No worker of \(task.department) serves \(task.contract); \(sessions.count, of: "is", "are") connected.",
                [.init("workers", sessions.count), .init("contract", .string(task.contract.description))])
        }
        return creditless(serving, known.briefBytes(task), task)
    }

    private func creditless(_ sessions: [WorkerSession], _ bytes: Int, _ task: CaseTask) -> Explanation.Reason? {
        guard !sessions.contains(where: { $0.hasCredit(for: bytes) }) else { return nil }
        let states = sessions.map { worker in
            let state =
                if worker.isPaused { "is paused" } else if worker.isDraining {
                    "is leaving"
                } else if worker.creditMessages <= 0 {
                    "has no credit left and holds \(worker.outstanding.count)"
                } else { "has credit for \(max(0, worker.creditBytes)) bytes, and the brief takes \(bytes)" }
            return "\(worker.name) \(state)"
        }
        let rest = states.count > Self.namedMaximum ? ", and \(states.count - Self.namedMaximum) more" : ""
        return .init(
            "no-credit",
            "No worker of \(task.department) can take more: \(states.prefix(Self.namedMaximum).joined(separator: ", "))\(rest).",
            [
                .init("workers", sessions.count), .init("briefBytes", bytes),
                .init("paused", sessions.count(where: \.isPaused)),
                .init("leaving", sessions.count(where: \.isDraining)),
                .init("credit", sessions.reduce(0) { $0 + max(0, $1.creditMessages) }),
                .init("holding", sessions.reduce(0) { $0 + $1.outstanding.count }),
            ])
    }

    private func queued(_ ahead: [(task: TaskID, why: OfferQueue.Precedes)], _ task: CaseTask) -> Explanation.Reason {
        let counts = OfferQueue.Precedes.allCases.compactMap { why -> (OfferQueue.Precedes, Int)? in
            let count = ahead.count { $0.why == why }
            return count > 0 ? (why, count) : nil
        }
        let words = counts.map { why, count in
            switch why {
            case .aged: "\(count, of: "has", "have") waited too long"
            case .priority: "\(count) of a higher priority"
            case .due: "\(count) due earlier"
            case .turn: "\(count) whose turn comes before"
            }
        }
        let waiting = queue(of: task)?.count ?? 0
        return .init(
            "queued",
            "It is number \(ahead.count + 1) of \(waiting) that wait. "
                + "\(ahead.count, of: "task of \(task.department) goes", "tasks of \(task.department) go") first: "
                + "\(words.joined(separator: ", ")); next is \(ahead[0].task).",
            [
                .init("position", ahead.count + 1), .init("waiting", waiting),
                .init("ahead", .object(counts.map { .init($0.0.rawValue, $0.1) })),
                .init(
                    "next", .array(ahead.prefix(Self.namedMaximum).map { .string($0.task.description) })),
            ])
    }
}

extension CaseTask {
    /// How it stands, in a word for people: its state, or `parked`, or `waiting-for-owner`.
    package var stateWord: String {
        isParked ? "parked" : isOwners && state == .ready ? "waiting-for-owner" : state.rawValue
    }
}

extension Duration {
    /// Whole milliseconds.
    fileprivate var milliseconds: Int64 { Int64((self / .milliseconds(1)).rounded()) }

    /// Seconds, with a tenth where they are few.
    fileprivate var seconds: String {
        let tenths = milliseconds / 100
        return tenths < 100 ? "\(tenths / 10).\(abs(tenths % 10)) s" : "\(tenths / 10) s"
    }
}

extension JSON.Member {
    fileprivate init(_ name: String, _ number: some BinaryInteger) {
        self.init(name, .number(ExactNumber(Int(clamping: number))))
    }
}
