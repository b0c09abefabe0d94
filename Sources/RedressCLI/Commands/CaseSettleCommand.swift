import ArgumentParser
import RedressClient
import RedressContract

struct CaseSettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle", abstract: "Settles what departments disagree on, with a value and a reason.",
        discussion: """
            `redress case show` lists the conflicts of a case. The record names who settled one, why, and what each side said;
            a case that has its record gets another one. When a department corrects what it said, there is a new conflict.
            """)

    @OptionGroup var named: NamedCase
    @Argument(help: "The fact, as the conflict names it, such as charge.count#A-1001.")
    var fact: String
    @Option(
        // A negative number is no option.
        parsing: .unconditional,
        help: ArgumentHelp(
            "The value that counts, as JSON: 2, true, '\"text\"', '{\"amount\": 49.90, \"currency\": \"EUR\"}', '[\"a\", \"b\"]'.",
            valueName: "json"),
        transform: { text in
            do {
                return try JSON(parsing: Array(text.utf8))
            } catch {
                throw ValidationError("\"\(text)\" is not JSON; a text stands in quotes: '\"\(text)\"'.")
            }
        })
    var value: JSON
    @OptionGroup var person: ReasonOption
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func validate() throws {
        guard FactKey(fact) != nil else {
            throw ValidationError("\"\(fact)\" is not a fact's key, such as charge.count#A-1001.")
        }
    }

    func run() async throws {
        let reference = try named.read()
        let order: [JSON.Member] = [
            .init("command", "settle"), .init("reference", .string("\(reference)")), .init("fact", .string(fact)),
            .init("value", value),
        ]
        let answer = try await connect.client { try await $0.command(.object(order + person.members)) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print("settled: \(Output.plain(fact)) of \(reference)")
        }
    }
}
