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
        if let pause = self.case["paused"] { text += Output.wrapped(pause.paused("The case is"), indent: "") }
        text += earlier + issues + facts + conflicts + contributions + missing + late + open
        return text
    }

    private var earlier: String {
        self.case.elements("earlierRecords").map { record in
            "An earlier record of \(record.text("at")): \(record.text("outcome")); it is in the journal\n"
        }.joined()
    }

    private var late: String {
        let late = self.case.elements("tasks").flatMap { task in
            task.elements("late").filter { $0.text("attempt") != task.text("counted") }.map { late in
                "  task \(task.text("number")), attempt \(late.text("attempt")) by \(Output.plain(late.text("worker")))\n"
            }
        }
        return late.isEmpty ? "" : heading("Came late: redress task adopt") + late.joined()
    }

    private func heading(_ title: String) -> String { "\n" + Output.bold(title) + "\n" }

    private var issues: String {
        let issues = self.case.elements("issues")
        guard !issues.isEmpty else { return heading("Issues") + "  none\n" }
        var text = heading("Issues")
        for issue in issues {
            let outcome = issue.text("outcome")
            text +=
                Output.column("  \(issue.text("number"))", 5) + Output.column(issue.text("department"), 12)
                + (outcome.isEmpty ? "open" : outcome) + "\n"
            text += Output.wrapped("“\(issue.text("excerpt"))”", indent: "     ")
            for reason in issue.elements("reasons") {
                text += Output.wrapped(reason.text("text"), indent: "       ", first: "     – ")
            }
        }
        return text
    }

    private var facts: String {
        let facts = self.case.members("facts")
        guard !facts.isEmpty else { return "" }
        return heading("Facts")
            + facts.map { fact in
                "  " + Output.column(Output.plain(fact.name), 30)
                    + Output.column(Output.plain(fact.value.text("value")), 18)
                    + Output.plain(fact.value.text("source")) + "\n"
            }.joined()
    }

    private var conflicts: String {
        let conflicts = self.case.elements("conflicts")
        guard !conflicts.isEmpty else { return "" }
        return heading("Conflicts: a person has to decide")
            + conflicts.map { conflict in
                "  \(Output.plain(conflict.text("key"))) (rule: \(conflict.text("rule")); issues \(conflict.text("issues")))\n"
                    + conflict.elements("statements").map { statement in
                        Output.wrapped(
                            "\(statement.text("department")) says \(statement.text("value"))"
                                + (statement.text("source").isEmpty ? "" : " (\(statement.text("source")))"),
                            indent: "      ", first: "    – ")
                    }.joined()
            }.joined()
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
                let issue = remedy.text("issue")
                let parts = [issue.isEmpty ? "" : "for issue \(issue)", remedy.text("amount"), remedy.text("note")]
                    .filter { !$0.isEmpty }
                text += Output.wrapped(
                    ([remedy.text("kind")] + parts).joined(separator: ", "), indent: "           ",
                    first: "         proposes ")
            }
            let words = contribution.text("words")
            if !words.isEmpty { text += Output.wrapped("“\(words)”", indent: "         ") }
            for point in contribution.elements("notChecked") {
                text += Output.wrapped(point.asText, indent: "           ", first: "         not checked: ")
            }
        }
        return text
    }

    private var missing: String {
        let missing = self.case.elements("missing")
        guard !missing.isEmpty else { return "" }
        return heading("Missing")
            + missing.map { task in
                Output.wrapped(
                    "task \(task.text("task")) \(task.text("type"))\(task["required"] == .bool(false) ? " (optional)" : ""): "
                        + "\(task.text("outcome")), \(task.text("reason"))",
                    indent: "    ", first: "  ")
            }.joined()
    }

    private var open: String {
        let unplaced = self.case.elements("unplaced")
        let count = self.case.text("openPoints")
        var text = heading("Open for the case owner: \(count)")
        if !unplaced.isEmpty {
            text += "  Sentences in no issue:\n"
            for sentence in unplaced {
                text += Output.wrapped("“\(sentence.asText)”", indent: "      ", first: "    – ")
            }
        }
        return text
    }

    // MARK: Lists and journals

    /// The query `cases` as a table.
    static func list(_ answer: JSON) -> String {
        var text =
            Output.column("REFERENCE", 20) + Output.column("STATE", 15) + Output.column("OUTCOME", 15)
            + Output.column("ISSUES", 8) + Output.column("OPEN", 6) + "RECEIVED\n"
        for view in answer.elements("cases") {
            text +=
                Output.column(view.text("reference"), 20) + Output.column(view.text("state"), 15)
                + Output.column(view.text("outcome"), 15) + Output.column(view.text("issues"), 8)
                + Output.column(view.text("openPoints"), 6)
                + (view.text("state") == "set-aside" ? "–" : view.text("receivedAt")) + "\n"
        }
        let next = answer.text("next")
        return next.isEmpty ? text : text + "There are more: go on with --after \(next)\n"
    }

    /// The query `journal`, a line for each entry.
    static func journal(_ answer: JSON) -> String {
        var text = Output.bold("Journal of \(answer.text("reference"))") + "\n"
        for row in answer.elements("rows") {
            text += "turn \(row.text("turn"))  \(row.text("head").prefix(16))…\n"
            for entry in row.elements("entries") {
                guard case .object(let members) = entry else { continue }
                let detail = members.filter { !["type", "at", "actor", "body"].contains($0.name) }
                    .map { "\($0.name) \(String(decoding: $0.value.bytes, as: UTF8.self))" }.joined(separator: ", ")
                text += Output.wrapped(
                    "\(entry.text("at"))  \(entry.text("type"))  by \(entry.text("actor"))", indent: "      ",
                    first: "  ")
                if !detail.isEmpty { text += Output.wrapped(detail, indent: "      ") }
            }
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
            Output.bold("Redress \(status.text("version"))")
            + ", \(status.text("protocol")), epoch \(status.text("epoch"))\n"
            + "up \(status.text("uptimeSeconds")) s; last turn \(status.text("turn")); \(status.text("openCases")) open cases; "
            + "\(status.text("fsyncs")) fsyncs; \(freeMiB) MiB free\n\n"
        text +=
            Output.column("DEPARTMENT", 16) + Output.column("WORKERS", 9) + Output.column("WAITING", 9)
            + Output.column("OFFERED", 9) + "ACCEPTED\n"
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
        for lane in status.elements("unserved") {
            text += "\n! \(lane.text("waiting")) tasks wait for a worker that serves \(lane.text("contract"))\n"
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

    private var freeMiB: String {
        guard case .number(let bytes)? = status["freeBytes"], let whole = bytes.whole(as: Int.self) else { return "?" }
        return "\(whole >> 20)"
    }
}
