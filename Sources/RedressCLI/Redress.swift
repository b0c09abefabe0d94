import ArgumentParser
import RedressCoordinator

/// `redress`: one executable for every role.
@main
struct Redress: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redress",
        abstract: "One complaint in, many departments, one case record out.",
        discussion: """
            Begin with `redress demo`: a coordinator, three departments and a complaint, all on this machine.
            Commands that talk to a coordinator find it at --connect, or at REDRESS_CONNECT, or at tcp://127.0.0.1:7700, and
            their key at --key-file or REDRESS_KEY.
            """,
        version: Coordinator.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Try it",
                subcommands: [DemoCommand.self, MeshCommand.self, BenchCommand.self, SimulateCommand.self]),
            CommandGroup(
                name: "Run it",
                subcommands: [
                    KeysCommand.self, CoordinatorCommand.self, WorkerCommand.self, CorrectCommand.self,
                    SampleCommand.self, ConformanceCommand.self,
                ]),
            CommandGroup(
                name: "Work with cases",
                subcommands: [
                    SubmitCommand.self, CaseCommand.self, TaskCommand.self, ExplainCommand.self, StatusCommand.self,
                    TriageCommand.self,
                ]),
            CommandGroup(
                name: "Hold things back", subcommands: [PauseCommand.self, ResumeCommand.self, DrainCommand.self]),
            CommandGroup(
                name: "Look after the data",
                subcommands: [BackupCommand.self, RestoreCommand.self, JournalCommand.self]),
        ])

    static func main() async {
        Lifeline.hold()
        var running: any ParsableCommand.Type = Self.self
        do {
            var command = try parseAsRoot()
            running = type(of: command)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            try Output.flush()
        } catch let interruption as Interruption {
            exit(withError: interruption.exitCode)
        } catch let error as ValidationError {
            // It would be told with the usage of the whole program.
            Output.note("Error: \(error.message)\nUsage: \(usageString(for: running))")
            exit(withError: ExitCode.validationFailure)
        } catch {
            exit(withError: error)
        }
    }
}
