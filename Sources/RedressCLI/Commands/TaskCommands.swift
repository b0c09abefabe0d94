import ArgumentParser

struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Tasks: add one to a plan, adopt what came late.",
        subcommands: [TaskAddCommand.self, TaskAdoptCommand.self])
}
