import ArgumentParser
import Foundation
import RedressClient
import RedressContract

struct TaskAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a task to the plan of a case; prints its name.",
        discussion: """
            The type is one of the policy that the case was planned by. A case that has its record is opened again and gets
            another one; the earlier one stays in its journal.
            """)

    @OptionGroup var named: NamedCase
    @Argument(help: "The type of task, such as technical/diagnosis.")
    var type: String
    @Option(parsing: .upToNextOption, help: "The issues that it is about. (default: those that call for its type)")
    var issues: [UInt16] = []
    @Option(parsing: .upToNextOption, help: "Numbers of tasks that it comes after: its brief tells what they found.")
    var after: [UInt16] = []
    @Option(parsing: .upToNextOption, help: "Numbers of tasks that are to wait for it; they must not have begun.")
    var before: [UInt16] = []
    @OptionGroup var person: PersonOption
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let reference = try named.read()
        func numbers(_ numbers: [UInt16]) -> JSON { .array(numbers.map { .number(ExactNumber(Int($0))) }) }
        let order: [JSON.Member] = [
            .init("command", "add"), .init("reference", .string("\(reference)")), .init("type", .string(type)),
            .init("issues", numbers(issues)), .init("after", numbers(after)), .init("before", numbers(before)),
        ]
        let answer = try await connect.client { try await $0.command(.object(order + person.members)) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print(answer.text("task"))
        }
    }
}

struct TaskAdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Makes a contribution that came late the one that counts.",
        discussion: """
            `redress case show` says which attempts of a task came late. Who works on the task is told to stop, tasks that
            were told something else begin anew, and a case that has its record gets another one.
            """)

    @OptionGroup var named: NamedTask
    @Argument(help: "The attempt that came late.")
    var attempt: UInt32
    @Option(help: "The worker whose contribution counts, where the attempt came late from several.")
    var worker: String?
    @OptionGroup var person: PersonOption
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let id = try named.read()
        var order: [JSON.Member] = [
            .init("command", "adopt"), .init("task", .string("\(id)")),
            .init("attempt", .number(ExactNumber(Int(attempt)))),
        ]
        if let worker { order.append(.init("worker", .string(worker))) }
        let answer = try await connect.client { try await $0.command(.object(order + person.members)) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print("\(id): attempt \(attempt) counts")
        }
    }
}
