import RedressContract

/// A case as a person would read it.
struct CaseReport {
    private let `case`: JSON

    /// The report of a case as the query `case` gives it.
    init(_ case: JSON) { self.case = `case` }

    var text: String {
        let outcome = self.case.text("outcome")
        var text = Output.bold("Case \(self.case.text("reference"))") + "  \(self.case.text("state"))"
        text += outcome.isEmpty ? "\n" : ", \(outcome)\n"
        text +=
            "Received \(self.case.text("receivedAt")) from \(self.case.text("client")); record due \(self.case.text("deadline"))\n"
        if self.case["erased"] == true { text += "What it said of the complainant is erased\n" }
        if let pause = self.case["paused"] { text += Output.wrapped(pause.paused("The case is"), indent: "") }
        for (name, member) in [("Complainant", "complainant"), ("Would put it right", "remedySought")] {
            let words = self.case.text(member)
            if !words.isEmpty { text += Output.wrapped("\(name): \(words)", indent: "  ", first: "") }
        }
        text += earlier + issues + tasks + facts + conflicts + contributions + missing + late + open
        return text
    }

    private var earlier: String {
        self.case.elements("earlierRecords").map { record in
            "An earlier record of \(record.text("at")): \(record.text("outcome")); it is in the journal\n"
        }.joined()
    }

    private var late: String {
        let late = self.case.elements("tasks").flatMap { task in
            task.elements("late").filter {
                $0.text("attempt") != task.text("counted") || $0.text("worker") != task.text("worker")
            }.map { late in
                "  task \(task.text("number")), attempt \(late.text("attempt")) by \(Output.plain(late.text("worker")))\n"
            }
        }
        return late.isEmpty ? "" : heading("Came late, or was replaced: redress task adopt") + late.joined()
    }

    private func heading(_ title: String) -> String { "\n" + Output.bold(title) + "\n" }

    private var issues: String {
        let issues = self.case.elements("issues")
        guard !issues.isEmpty else {
            return heading("Issues") + (self.case.text("state") == "received" ? "  not known yet\n" : "  none\n")
        }
        var text = heading("Issues")
        for issue in issues {
            let outcome = issue.text("outcome")
            text +=
                Output.column("  \(issue.text("number"))", 5) + Output.column(issue.text("department"), 12)
                + (outcome.isEmpty ? "open" : outcome) + "\n"
            text += Output.wrapped("“\(issue.text("excerpt"))”", indent: "     ")
            let reasons = issue.elements("reasons")
            let isOfSeveral = Set(reasons.map { $0.text("task") }).count > 1
            for reason in reasons {
                let who = isOfSeveral ? department(ofTask: reason["task"]).map { "\($0): " } : nil
                text += Output.wrapped((who ?? "") + reason.text("text"), indent: "       ", first: "     – ")
            }
        }
        return text
    }

    private func department(ofTask task: JSON?) -> String? {
        self.case.elements("contributions").first { $0["task"] == task }?.text("department")
    }

    private var facts: String {
        let facts = self.case.members("facts")
        guard !facts.isEmpty else { return "" }
        return heading("Facts")
            + facts.map { fact in
                "  " + Output.column(Output.plain(fact.name), 30)
                    + Output.column(Output.plain(fact.value.text("value")), 18)
                    + Output.plain(fact.value.text("source")) + "\n" + Self.settled(fact.value)
            }.joined()
    }

    /// Why a person settled a fact as it is, and what each side had said; nothing where no person did.
    private static func settled(_ fact: JSON) -> String {
        guard let settled = fact["settled"] else { return "" }
        return Output.wrapped("“\(settled.text("reason"))”", indent: "      ") + sides(fact)
    }

    private static func sides(_ fact: JSON) -> String {
        fact.elements("statements").map { statement in
            Output.wrapped(
                "\(statement.text("department")) says \(statement.text("value"))"
                    + (statement.text("source").isEmpty ? "" : " (\(statement.text("source")))"),
                indent: "        ", first: "      – ")
        }.joined()
    }

    /// Conflicts of a case that runs; those of a record are among what is open.
    private var conflicts: String {
        let conflicts = isReconciled ? [] : self.case.elements("conflicts")
        return conflicts.isEmpty ? "" : heading("Conflicts so far") + conflicts.map(text(ofConflict:)).joined()
    }

    private var contributions: String {
        let contributions = self.case.elements("contributions")
        guard !contributions.isEmpty else { return "" }
        var text = heading("Contributions")
        for contribution in contributions {
            text +=
                Output.column("  task \(contribution.text("task"))", 9) + Output.column(contribution.text("type"), 34)
                + "attempt \(contribution.text("attempt")) by \(Output.plain(contribution.text("worker")))\n"
            if !contribution.text("declined").isEmpty {
                text += Output.wrapped("declined: " + contribution.text("declined"), indent: "         ")
            }
            for remedy in contribution.elements("remedies") {
                let (issue, amount, note) = (remedy.text("issue"), remedy.text("amount"), remedy.text("note"))
                text += Output.wrapped(
                    remedy.text("kind") + (issue.isEmpty ? "" : " for issue \(issue)")
                        + (amount.isEmpty ? "" : ", \(amount)") + (note.isEmpty ? "" : ": \(note)"),
                    indent: "           ", first: "         proposes ")
            }
            let words = contribution.text("words")
            if !words.isEmpty { text += Output.wrapped("“\(words)”", indent: "         ") }
            for point in contribution.elements("notChecked") {
                text += Output.wrapped(point.asText, indent: "           ", first: "         not checked: ")
            }
        }
        return text
    }

    /// What ended without a contribution and is not open for the owner: the optional tasks.
    private var missing: String {
        let missing = self.case.elements("missing").filter { !isReconciled || $0["required"] == .bool(false) }
        return missing.isEmpty
            ? ""
            : heading("Missing") + missing.map { Output.wrapped(Self.words($0), indent: "    ", first: "  ") }.joined()
    }

    private static func words(_ missing: JSON) -> String {
        "task \(missing.text("task")) \(missing.text("type"))\(missing["required"] == .bool(false) ? " (optional)" : ""): "
            + missing.ending
    }

    // MARK: A case that runs

    private var isReconciled: Bool { self.case.text("state") == "reconciled" }

    /// Whom a case that is not reconciled waits for.
    private var tasks: String {
        let tasks = self.case.elements("tasks")
        guard !isReconciled, !tasks.isEmpty else { return "" }
        return heading("Tasks")
            + tasks.map { task in
                let number = task.text("number")
                return Output.column("  \(number)", 5) + Output.column(task.text("type"), 34) + Self.state(of: task)
                    + "\n"
                    + (task["parked"] == .bool(true) ? advice(number) : "")
            }.joined()
    }

    private static func state(of task: JSON) -> String {
        let attempt = ", attempt \(task.text("attempt"))"
        let worker = Output.plain(task.text("worker"))
        return switch task.text("state") {
        case "accepted": "accepted by \(worker)\(attempt)"
        case "blocked": "blocked: waits for task \(task.text("after"))"
        case "ready" where task.text("department") == "owner": "waits for the case owner"
        case "ready": "ready, waits for a worker" + (task.text("attempt") == "0" ? "" : ", after\(attempt.dropFirst())")
        case "ended" where task.text("outcome") == "contributed": "contributed by \(worker)\(attempt)"
        case "ended": task.ending
        case let state: state
        }
    }

    /// What to do about a parked task.
    private func advice(_ number: String) -> String {
        let task = "\(self.case.text("reference"))/\(number)"
        return "      redress task show \(task)\n      redress task retry \(task)\n"
    }

    // MARK: What is open

    private var open: String {
        guard isReconciled else {
            return heading("Open for the case owner: known once the case is reconciled") + unplaced
        }
        let points = self.case.elements("open")
        let seenTo = points.contains { $0.text("kind") == "unplaced" } ? "" : unplaced
        return (seenTo.isEmpty ? "" : heading("Seen to by the case owner") + seenTo)
            + heading("Open for the case owner: \(points.isEmpty ? "nothing" : self.case.text("openPoints"))")
            + points.map(text(of:)).joined()
    }

    private func text(of point: JSON) -> String {
        func element(_ list: String, _ name: String, _ value: JSON?) -> JSON {
            self.case.elements(list).first { $0[name] == value } ?? .null
        }
        /// How the owner ends what is open, where a task of theirs stands for it.
        let task = point.text("task")
        let end =
            task.isEmpty
            ? "" : "      redress task cancel \(self.case.text("reference"))/\(task) --reason … when it is seen to\n"
        switch point.text("kind") {
        case "conflict":
            let conflict = element("conflicts", "key", point["key"])
            return conflict == .null
                ? "  Conflict on \(Output.plain(point.text("key"))), erased\n" : text(ofConflict: conflict)
        case "task":
            return Output.wrapped(
                "Required, without a contribution: " + Self.words(element("missing", "task", point["task"])),
                indent: "      ", first: "  ") + (point["parked"] == .bool(true) ? advice(task) : "")
        case "issue":
            let issue = element("issues", "number", point["issue"])
            return Output.wrapped(
                "Issue \(issue.text("number")) of \(issue.text("department")) has no outcome"
                    + (issue.text("outcome").isEmpty ? "" : ": \(issue.text("outcome"))")
                    + ": “\(issue.text("excerpt"))”", indent: "      ", first: "  ") + end
        case "unplaced": return unplaced + end
        case let kind: return "  \(kind)\n"
        }
    }

    private func text(ofConflict conflict: JSON) -> String {
        Output.wrapped(
            "Conflict on \(conflict.text("key")) (rule: \(conflict.text("rule")); issues \(conflict.text("issues"))): a person has to decide",
            indent: "      ", first: "  ")
            + Self.sides(conflict)
            + "      redress case settle \(self.case.text("reference")) \(Output.plain(conflict.text("key"))) --value … --reason …\n"
    }

    private var unplaced: String {
        let unplaced = self.case.elements("unplaced")
        guard !unplaced.isEmpty else { return "" }
        return "  Sentences in no issue:\n"
            + unplaced.map { Output.wrapped("“\($0.asText)”", indent: "        ", first: "      – ") }.joined()
    }

    // MARK: Lists and journals

    /// The query `cases` as a table.
    static func list(_ answer: JSON) -> String {
        var text =
            Output.column("REFERENCE", 20) + Output.column("STATE", 15) + Output.column("OUTCOME", 15)
            + Output.column("ISSUES", 8) + Output.column("OPEN", 6) + "RECEIVED\n"
        for view in answer.elements("cases") {
            // Of a case that is set aside nothing else is known.
            let isKnown = view["receivedAt"] != nil
            text +=
                Output.column(view.text("reference"), 20) + Output.column(view.text("state"), 15)
                + Output.column(view.text("outcome"), 15) + Output.column(isKnown ? view.text("issues") : "–", 8)
                + Output.column(view.text("state") == "reconciled" ? view.text("openPoints") : "–", 6)
                + (isKnown ? view.text("receivedAt") : "–") + "\n"
        }
        let next = answer.text("next")
        return next.isEmpty ? text : text + "There are more: go on with --after \(next)\n"
    }

    /// The query `journal`, a line for each entry with what was said in it: all of it where `whole`, else where it is short.
    static func journal(_ answer: JSON, whole: Bool) -> String {
        var text = Output.bold("Journal of \(answer.text("reference"))") + "\n"
        var words = EntryWords()
        if whole { words.wordsMaximum = .max }
        for row in answer.elements("rows") {
            text += "turn \(row.text("turn"))  \(row.text("head").prefix(16))…\n"
            text += words.text(of: row.elements("entries"))
        }
        return text
    }
}

extension JSON {
    /// What is paused, by whom, since when and why.
    func paused(_ what: String) -> String {
        let reason = text("reason")
        return "\(what) paused by \(text("by")) since \(text("at"))" + (reason.isEmpty ? "." : ": \(reason)")
    }
}

/// The coordinator's status as a person would read it.
struct StatusReport {
    private let status: JSON

    init(_ status: JSON) { self.status = status }

    var text: String {
        var text =
            Output.bold("Redress \(status.text("version"))") + ", \(status.text("protocol"))"
            + (isCoreKnown ? ", epoch \(status.text("epoch"))" : "") + "\n" + "up \(status.text("uptimeSeconds")) s; "
            + (isCoreKnown
                ? "last turn \(status.text("turn")); \(status.text("openCases"), of: "open case"); " : "")
            + "\(status.text("fsyncs"), of: "fsync"); \(freeMiB) MiB free\n"
        text +=
            isCoreKnown
            ? "\n" + Output.column("DEPARTMENT", 16) + Output.column("WORKERS", 9) + Output.column("WAITING", 9)
                + Output.column("OFFERED", 9) + "ACCEPTED\n"
            : "What is open and who is at work is not known now\n"
        for load in status.elements("departments") {
            text +=
                Output.column(load.text("name"), 16) + Output.column(load.text("workers"), 9)
                + Output.column(load.text("waiting"), 9) + Output.column(load.text("offered"), 9)
                + load.text("accepted") + (load["paused"] == nil ? "" : "  paused") + "\n"
        }
        let workers = status.elements("workers")
        if !workers.isEmpty {
            text +=
                "\n" + Output.column("WORKER", 24) + Output.column("DEPARTMENTS", 24) + Output.column("HOLDS", 7)
                + "CREDIT\n"
            for worker in workers {
                text +=
                    Output.column(Output.plain(worker.text("name")), 24) + Output.column(worker.text("departments"), 24)
                    + Output.column(worker.text("holding"), 7) + worker.text("credit")
                    + (worker["draining"] == .bool(true) ? "  leaving" : "")
                    + (worker["paused"] == .bool(true) ? "  paused" : "") + "\n"
                let contracts = worker.text("contracts")
                if !contracts.isEmpty { text += "  serves \(Output.plain(contracts))\n" }
            }
        }
        let clients = Dictionary(grouping: status.elements("clients").map(\.asText)) { $0 }
        if !clients.isEmpty {
            let names = clients.sorted { $0.key < $1.key }.map { name, all in
                Output.plain(name) + (all.count > 1 ? " (\(all.count) times)" : "")
            }
            text += "\n" + Output.wrapped("Clients: \(names.joined(separator: ", "))", indent: "  ", first: "")
        }
        for trouble in status.elements("troubles") {
            text += Output.wrapped(trouble.asText, indent: "  ", first: "\n! ")
        }
        for lane in status.elements("unserved") {
            text +=
                "\n! \(lane.text("waiting"), of: "task waits", "tasks wait") for a worker that serves \(lane.text("contract"))\n"
        }
        for pause in status.elements("paused") + status.elements("pausedCases") {
            let names = [("Department ", "department"), ("Worker ", "worker"), ("Case ", "reference")]
            let name = names.first { pause[$0.1] != nil }.map { $0.0 + pause.text($0.1) } ?? ""
            text += Output.wrapped(pause.paused("\(name) is"), indent: "  ", first: "\n! ")
        }
        for aside in status.elements("setAside") {
            text += Output.wrapped(
                "\(aside.text("reference")) is set aside: \(aside.text("reason"))", indent: "  ", first: "\n! ")
        }
        return text
    }

    /// Whether cases, departments and workers are known: not as long as the journal cannot be written.
    private var isCoreKnown: Bool { status["departments"] != nil }

    private var freeMiB: String {
        guard case .number(let bytes)? = status["freeBytes"], let whole = bytes.whole(as: Int.self) else { return "?" }
        return "\(whole >> 20)"
    }
}
