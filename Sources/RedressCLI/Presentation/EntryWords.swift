import RedressContract

/// The entries of one case in words, in their order: it remembers the types of the tasks.
struct EntryWords {
    private var types: [String: String] = [:]

    /// What happened, in one line or more.
    ///
    /// - Parameter isLast: whether an attempt that ends is the last that its task gets.
    mutating func lines(of entry: JSON, isLast: Bool = false) -> [String] {
        let number = entry.text("task")
        let task = types[number].map { "task \(number) \($0)" } ?? "task \(number)"
        let worker = Output.plain(entry.text("worker"))
        let attempt = "attempt \(entry.text("attempt"))"
        switch entry.text("type") {
        case "received": return ["received" + Self.after(", record due ", entry.time("deadline"))]
        case "assessed":
            let departments = entry.elements("issues").map { $0.text("department") }
            return [
                "\(departments.count, of: "issue") (\(departments.joined(separator: ", "))), \(entry.elements("unplaced").count / 2, of: "sentence") in none"
            ]
        case "planned":
            return entry.elements("tasks").map { planned in
                name(planned) + Self.after(", after task ", planned.text("after"))
            }
        case "ready":
            return ["ready: " + entry.elements("discloses").map { "task \($0.text("task"))" }.joined(separator: ", ")]
        case "accepted": return ["\(task) taken by \(worker), \(attempt)"]
        case "contributed": return ["\(task) contributed by \(worker)" + Self.outcomes(entry)]
        case "late": return ["\(task) came late from \(worker), kept"]
        case "attempt-ended":
            return [
                "\(task) \(attempt) \(entry.text("cause"))"
                    + (isLast ? "" : ", will be tried again" + Self.after(" at ", entry.time("retryAt")))
            ]
        case "ended": return ["\(task) \(entry.ending)"]
        case "reconciled":
            let open = entry.text("openPoints")
            return [
                "reconciled: \(entry.text("outcome"))"
                    + Self.after(", open for the case owner: ", open == "0" ? "" : open)
            ]
        case "added":
            let asker = entry.text("askedBy")
            return [name(entry["plan"] ?? .null) + (asker.isEmpty ? ", added" : ", asked for by task \(asker)")]
        case "adopted": return ["\(task) \(attempt), which came late, counts" + Self.outcomes(entry)]
        case "corrected": return ["\(task) corrected by \(worker)" + Self.outcomes(entry)]
        case "reopened": return ["opened again" + Self.after(", record due ", entry.time("deadline"))]
        case "retried":
            let behind = entry.elements("reopens").map { $0.text("task") }.joined(separator: ", ")
            return [
                "\(task) begins anew" + Self.after(", with task ", behind)
                    + (worker.isEmpty ? "" : ", \(worker) asked first, others from \(entry.time("othersFrom"))")
            ]
        case "edited":
            let limit = entry.text("timeLimitMilliseconds")
            return [
                "\(task) edited" + (limit.isEmpty ? "" : ", may take \(limit) ms")
                    + Self.after(", attempts ", entry.text("attemptsMaximum"))
            ]
        case "erased":
            let reason = Output.plain(entry.text("reason"))
            return ["what it said of the \(entry.text("person")) erased" + Self.after(": ", reason)]
        case "reassigned": return ["reassigned: " + name(entry["plan"] ?? .null)]
        case "conflict-settled":
            let value = (try? FactValue(json: entry["body"]?["value"] ?? .null, path: ""))?.text ?? "(erased)"
            let key = entry["body"]?.text("key") ?? ""
            return [
                "conflict on \(Output.plain(key.isEmpty ? entry.text("fact") : key)) settled: \(Output.plain(value))"
            ]
        case let type: return [type]
        }
    }

    /// A line for each of `entries`, which follow one another, and what somebody said beneath it.
    mutating func text(of entries: [JSON]) -> String {
        var text = ""
        for (entry, next) in zip(entries, entries.dropFirst().map(\.self) + [.null]) {
            // A task is parked with its last attempt, in the same turn.
            let isLast =
                next.text("type") == "ended" && next.text("outcome") == "failed" && next["task"] == entry["task"]
            text += self.text(of: entry, isLast: isLast)
        }
        return text
    }

    /// A line for the entry: when, who, and what happened; what somebody said beneath it.
    private mutating func text(of entry: JSON, isLast: Bool) -> String {
        let actor = Output.column(Output.plain(entry.text("actor")), 20)
        return "  \(entry.text("at"))  \(actor)\(lines(of: entry, isLast: isLast).joined(separator: "; "))\n"
            + (said(in: entry).map { Output.wrapped($0, indent: "      ") } ?? "")
    }

    /// What somebody said in the entry, where that is no longer than it may be.
    private func said(in entry: JSON) -> String? {
        guard let body = entry["body"] else { return nil }
        if body["erased"] != nil { return "(erased)" }
        let words =
            switch entry.text("type") {
            case "received": body.text("text")
            case "contributed", "corrected": body.text("declined").isEmpty ? body.text("words") : body.text("declined")
            case "edited": [body.text("note"), body.text("reason")].filter { !$0.isEmpty }.joined(separator: "; ")
            case "conflict-settled": body.text("reason")
            case "reconciled", "late": ""
            default: if case .string(let reason) = body { reason } else { "" }
            }
        guard !words.isEmpty else { return nil }
        return words.count <= wordsMaximum ? "“\(words)”" : "(\(words.count) characters)"
    }

    /// Of what is longer only the length is told.
    var wordsMaximum = 400

    private mutating func name(_ planned: JSON) -> String {
        types[planned.text("number")] = planned.text("type")
        return "task \(planned.text("number")) \(planned.text("type"))"
    }

    private static func outcomes(_ entry: JSON) -> String {
        if entry["declined"] == .bool(true) { return ": declined" }
        let outcomes = entry.elements("outcomes").map { "issue \($0.text("issue")) \($0.text("outcome"))" }
        return after(": ", outcomes.joined(separator: ", "))
    }

    /// `text` after `words`; nothing where there is none.
    private static func after(_ words: String, _ text: String) -> String { text.isEmpty ? "" : words + text }
}

extension JSON {
    /// How a task that is without a contribution ended, and why; one that has failed is parked.
    var ending: String {
        let word = text("outcome") == "failed" ? "parked" : text("outcome")
        let reason = Output.plain(text("reason"))
        // The reason often begins with the word itself.
        return reason.hasPrefix(word) ? reason : "\(word): \(reason)"
    }

    /// The time `name` as RFC 3339, whether the entry is presented or as the journal keeps it.
    fileprivate func time(_ name: String) -> String {
        guard case .number(let number)? = self[name], let milliseconds = number.whole(as: Int64.self) else {
            return text(name)
        }
        return Timestamp(milliseconds: milliseconds).description
    }
}
