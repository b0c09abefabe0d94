import ArgumentParser
import RedressClient
import RedressContract

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Offers nothing more of a case, to a department, or to a worker, until resumed.",
        discussion: """
            What runs goes on, and its results count. A pause outlives the coordinator. The deadline of a paused case waits;
            other deadlines do not.
            """)

    @OptionGroup var paused: PausedOption

    func run() async throws { try await paused.order("pause") }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Lets a paused case, department or worker go on.")

    @OptionGroup var paused: PausedOption

    func run() async throws { try await paused.order("resume") }
}

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Asks the workers of a name to finish what they hold and leave.")

    @Argument(help: "The workers' name.")
    var worker: String
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let answer = try await connect.client { try await $0.command(["command": "drain", "worker": .string(worker)]) }
        switch format.format {
        case .json: Output.json(answer)
        case .text where answer["asked"] == 0: break
        case .text: print("\(answer.text("asked"), of: "worker was", "workers were") asked to leave")
        }
        if answer["asked"] == 0 { throw Failure("No worker called \(worker) is connected.") }
    }
}

/// What is paused or resumed.
struct PausedOption: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case `case`, department, worker
    }

    @Argument(help: "case, department or worker.")
    var kind: Kind
    @Argument(help: "The case's reference, or the name of the department or worker.")
    var name: String
    @OptionGroup var person: PersonOption
    @OptionGroup var connect: ConnectOption

    func order(_ command: String) async throws {
        if kind == .case { _ = try NamedCase.read(name) }
        let member = JSON.Member(kind == .case ? "reference" : kind.rawValue, .string(name))
        _ = try await connect.client { client in
            try await client.command(.object([.init("command", .string(command)), member] + person.members))
        }
        print("\(command)d: \(kind.rawValue) \(name)")
    }
}
