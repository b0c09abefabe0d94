import RedressContract

/// A task as a person would read it.
struct TaskReport {
    private let task: JSON

    /// The report of a task as the query `task` gives it.
    init(_ task: JSON) { self.task = task }

    var text: String {
        var text = Output.bold("Task \(task.text("task"))") + "  \(task.text("type")), \(task.text("state"))\n"
        text += Self.reasons(task["explanation"] ?? .null)
        let ends = task.members("attemptsEnded")
        let limits = task["endsMaximum"] ?? .null
        if task.text("department") != "owner" {
            text +=
                "\nAttempts: \(task.text("attempt")); \(task.text("attemptsMaximum")) may fail, within \(task.text("timeLimitMilliseconds")) ms each\n"
        }
        for end in ends {
            let limit = limits.text(end.name)
            text += Output.column("  \(end.name)", 18) + end.value.asText + (limit.isEmpty ? "\n" : " of \(limit)\n")
        }
        if !task.text("note").isEmpty { text += Output.wrapped("Note: \(task.text("note"))", indent: "  ", first: "") }
        text += "\n" + Output.bold("What happened") + "\n"
        var words = EntryWords()
        return text + words.text(of: task.elements("history"))
    }

    /// Why the task of an explanation is not running.
    static func explanation(_ explanation: JSON) -> String {
        Output.bold("Task \(explanation.text("task"))")
            + "  \(explanation.text("type")), \(explanation.text("state"))\n"
            + reasons(explanation)
    }

    private static func reasons(_ explanation: JSON) -> String {
        explanation.elements("reasons").map { Output.wrapped($0.text("sentence"), indent: "    ", first: "  – ") }
            .joined()
    }

    /// The query `tasks` as a table.
    static func list(_ answer: JSON) -> String {
        var text =
            Output.column("TASK", 23) + Output.column("TYPE", 32) + Output.column("STATE", 18)
            + Output.column("SINCE", 26) + "REASON\n"
        for task in answer.elements("tasks") {
            text +=
                Output.column(task.text("task"), 23) + Output.column(task.text("type"), 32)
                + Output.column(task.text("state"), 18) + Output.column(task.text("at"), 26)
                + Output.plain(task.text("reason")) + "\n"
        }
        let next = answer.text("next")
        if !next.isEmpty { text += "There are more: go on with --after \(next)\n" }
        if let count = answer["waitingForOwner"], count != 0 {
            text += "Waiting for the case owner, beside these: \(count.asText) (redress task list --department owner)\n"
        }
        return text
    }
}
