import ArgumentParser
import Foundation
import RedressClient
import RedressContract

struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Tasks: list them, show one, and act on those that wait for a person.",
        discussion: """
            A task that is out of attempts, in breach of a rule, or not done by its case's deadline, is parked: its case goes
            on without it, and it waits.
            A task is named by its case and number, such as R-0000-0000-0001-Y/1. What is done to it is in the journal, with
            the name of who did it and the reason. Tasks of the department `owner` are the case owner's own.
            """,
        subcommands: [
            TaskListCommand.self, TaskShowCommand.self, TaskRetryCommand.self, TaskEditCommand.self,
            TaskCancelCommand.self, TaskReassignCommand.self, TaskAddCommand.self, TaskAdoptCommand.self,
        ])
}

/// Which tasks.
struct TaskFilterOption: ParsableArguments {
    @Flag(help: "Only tasks that wait for a person.")
    var parked = false
    @Option(help: "Only tasks of this department.")
    var department: String?
    @Option(name: .customLong("case"), help: "Only tasks of this case.")
    var reference: String?

    func validate() throws {
        if let reference { _ = try NamedCase.read(reference) }
    }

    var isEmpty: Bool { !parked && department == nil && reference == nil }

    /// QUERY `tasks` for a page.
    func question(after: String?, limit: Int) -> JSON {
        var members: [JSON.Member] = [
            .init("query", "tasks"), .init("parked", .bool(parked)), .init("limit", .number(ExactNumber(limit))),
        ]
        for (name, value) in [("department", department), ("reference", reference), ("after", after)] {
            if let value { members.append(.init(name, .string(value))) }
        }
        return .object(members)
    }
}

struct TaskListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Tasks that have not ended or wait for a person, in the order of their cases.")

    @OptionGroup var filter: TaskFilterOption
    @Option(help: "How many at the most.")
    var limit = 100
    @Option(help: "Go on after a page: its \"next\".")
    var after: String?
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is 1 to 1000.") }
    }

    func run() async throws {
        let question = filter.question(after: after, limit: limit)
        let answer = try await connect.client { try await $0.query(question) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print(TaskReport.list(answer), terminator: "")
        }
    }
}

struct TaskShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One task: how it stands, its limits, and all that happened to it.")

    @OptionGroup var named: NamedTask
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let task = try named.read()
        let answer = try await connect.client { try await $0.query(["query": "task", "task": .string("\(task)")]) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print(TaskReport(answer).text, terminator: "")
        }
    }
}

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Why a task is not running, with the numbers.")

    @OptionGroup var named: NamedTask
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let task = try named.read()
        let answer = try await connect.client { try await $0.query(["query": "explain", "task": .string("\(task)")]) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print(TaskReport.explanation(answer), terminator: "")
        }
    }
}

// MARK: Deeds

/// The tasks that something is done to, by whom, and why.
struct TaskDeedOption: ParsableArguments {
    @Argument(help: "The tasks, such as R-0000-0000-0001-Y/1.")
    var tasks: [String] = []
    @Flag(help: "All tasks that --parked, --department and --case describe, instead of named ones.")
    var all = false
    @OptionGroup var filter: TaskFilterOption
    @OptionGroup var person: PersonOption
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    /// So many tasks in one command.
    private static let batch = 500

    /// Refuses what describes no tasks. In `validate()` that would hide which option is mistyped.
    private func check() throws {
        guard all != !tasks.isEmpty else {
            throw ValidationError("Name tasks, or describe them with --all and --parked, --department or --case.")
        }
        guard all == !filter.isEmpty else {
            throw ValidationError(
                all
                    ? "--all needs --parked, --department or --case."
                    : "A filter goes with --all, not with named tasks.")
        }
        for task in tasks { _ = try NamedTask.read(task) }
    }

    /// Orders `command` with `members` for every task, and prints what became of each.
    ///
    /// - Throws: ``ExitCode/failure`` where it could not be done to all of them.
    func order(_ command: String, _ members: [JSON.Member] = []) async throws {
        try check()
        let results = try await connect.client { client in
            var results: [JSON] = []
            let names = all ? try await matching(client) : tasks
            for start in stride(from: 0, to: names.count, by: Self.batch) {
                let batch = names[start..<min(start + Self.batch, names.count)].map { JSON.string($0) }
                let answer = try await client.command(
                    .object(
                        [.init("command", .string(command)), .init("tasks", .array(batch))] + person.members + members))
                results += answer.elements("results")
            }
            return results
        }
        let failed = results.filter { $0["done"] != .bool(true) }
        switch format.format {
        case .json: Output.json(["results": .array(results)])
        case .text:
            for result in failed {
                Output.note("\(result.text("task")): \(Output.plain(result["refusal"]?.text("reason") ?? ""))")
            }
            print("\(command): \(results.count - failed.count) of \(results.count, of: "task")")
        }
        if !failed.isEmpty { throw ExitCode.failure }
    }

    /// Whether the filter means a task that it finds: the owner's own only where it names them.
    private func isMeant(_ task: JSON) -> Bool { task.text("department") != "owner" || filter.department == "owner" }

    /// All tasks of the filter, listed before anything is done to them.
    private func matching(_ client: Client) async throws -> [String] {
        var names: [String] = []
        var after: String?
        repeat {
            let page = try await client.query(filter.question(after: after, limit: 1000))
            names += page.elements("tasks").filter { isMeant($0) }.map { $0.text("task") }
            after = page["next"]?.asText
        } while after != nil
        return names
    }
}

struct TaskRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Lets tasks begin anew, with all their attempts.",
        discussion: """
            A case whose record was made is opened again with the tasks that went on without this one, and its record is made
            anew; the journal keeps both. A task that waits for its next attempt is tried at once.
            """)

    @OptionGroup var deed: TaskDeedOption
    @Option(help: "The worker to be asked first; others are asked after scheduling.asked-alone of mesh.yaml.")
    var worker: String?

    func run() async throws {
        try await deed.order("retry", worker.map { [.init("worker", .string($0))] } ?? [])
    }
}

struct TaskEditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Changes what tasks may take, or tells their departments something more.",
        discussion: """
            A new time limit reaches a handler that is at work. What a brief discloses beside a note is for the playbook to
            say. A parked task stays parked: retry it when it has what it needs.
            """)

    @OptionGroup var deed: TaskDeedOption
    @Option(help: "How long a handler may take: 500ms, 30s, 15m, 2h or 1d.")
    var timeLimit: String?
    @Option(help: "How many attempts may fail, from 1 to 100.")
    var attempts: Int?
    @Option(help: "What the department should know; it takes the place of an earlier note.")
    var note: String?

    func run() async throws {
        guard timeLimit != nil || attempts != nil || note != nil else {
            throw ValidationError("Name --time-limit, --attempts or --note.")
        }
        var members: [JSON.Member] = []
        if let timeLimit {
            members.append(
                .init("timeLimitMilliseconds", .number(ExactNumber(try Duration.milliseconds(in: timeLimit)))))
        }
        if let attempts { members.append(.init("attemptsMaximum", .number(ExactNumber(attempts)))) }
        if let note { members.append(.init("note", .string(note))) }
        try await deed.order("edit", members)
    }
}

struct TaskCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Does without tasks; whoever is at work on one is told to stop.",
        discussion: """
            A task of the case owner's own (`redress task list --department owner`) ends so when it is seen to: the record
            stands, and the reason is kept.
            """)

    @OptionGroup var deed: TaskDeedOption

    func run() async throws { try await deed.order("cancel") }
}

struct TaskReassignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reassign", abstract: "Gives tasks to another department, or makes them tasks of another kind.")

    @OptionGroup var deed: TaskDeedOption
    @Option(name: .customLong("to"), help: "The type of task, as the playbook names it: department/kind.")
    var type: String

    func validate() throws {
        guard TaskType(type) != nil else {
            throw ValidationError("\"\(type)\" is not a type of task, such as billing/charge-review.")
        }
    }

    func run() async throws { try await deed.order("reassign", [.init("type", .string(type))]) }
}

/// The task that a command is about.
struct NamedTask: ParsableArguments {
    @Argument(help: "The task: its case's reference, a slash, and its number.")
    var task: String

    func read() throws -> TaskID { try Self.read(task) }

    static func read(_ name: String) throws -> TaskID {
        guard let task = TaskID(name) else {
            throw ValidationError(
                "\"\(name)\" is not a task (R-XXXX-XXXX-XXXX-C/N), or has a misread character: the reference ends with a check. `redress task list` lists them."
            )
        }
        return task
    }
}

/// Who does something, and why where they say so: for the journal.
struct PersonOption: ParsableArguments {
    @Option(help: "Why, for the journal.")
    var reason: String?
    @OptionGroup var name: NameOption

    /// The members of a COMMAND.
    var members: [JSON.Member] { name.members(reason) }
}

/// Who does something that needs a reason, and why.
struct ReasonOption: ParsableArguments {
    @Option(help: "Why, for the journal.")
    var reason: String
    @OptionGroup var name: NameOption

    /// The members of a COMMAND.
    var members: [JSON.Member] { name.members(reason) }
}

/// Who does something.
struct NameOption: ParsableArguments {
    @Option(help: "Who you are, for the journal. (default: $USER)")
    var by: String?

    /// The members of a COMMAND of theirs.
    func members(_ reason: String?) -> [JSON.Member] {
        let name = by ?? ProcessInfo.processInfo.environment["USER"]
        return [("reason", reason), ("by", name)].compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : JSON.Member(name, .string($0)) }
        }
    }
}
