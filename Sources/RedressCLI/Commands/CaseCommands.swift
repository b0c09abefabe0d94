import ArgumentParser
import Foundation
import RedressCase
import RedressClient
import RedressContract
import RedressWire

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Submits a complaint; prints the case's reference once it is on disk.")

    @Argument(help: "A file of plain text or JSON {\"text\": …}; - for standard input.")
    var file = "-"
    @Option(help: "Your own key for this complaint: submitting again with it gives the same case. (default: a new one)")
    var key: String?
    @Option(help: "From 0 to 9; the higher goes first. (default: the policy's)")
    var priority: Int?
    @Option(help: "Your own name for the customer, without meaning to others: customers take turns.")
    var customer: String?
    @Flag(help: "Follow the case until it is reconciled, and print it.")
    var wait = false
    @Option(help: "Seconds to wait at the most, with --wait. (default: 900)")
    var timeout: Int?
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func validate() throws {
        guard (1...31_536_000).contains(seconds) else { throw ValidationError("--timeout is 1 to 31536000 seconds.") }
        let keyBytes = 1...Limits.submissionKeyBytesMaximum
        if let key, !keyBytes.contains(key.utf8.count) {
            throw ValidationError("--key is \(keyBytes.lowerBound) to \(keyBytes.upperBound) bytes.")
        }
        let priorities = Entry.Precedence.priorities
        if let priority, !priorities.contains(priority) {
            throw ValidationError("--priority is \(priorities.lowerBound) to \(priorities.upperBound).")
        }
    }

    private var seconds: Int { timeout ?? 900 }

    func run() async throws {
        guard wait || timeout == nil else { throw ValidationError("--timeout goes with --wait.") }
        var complaint = try ComplaintSource.read(file)
        if let priority { complaint.priority = priority }
        if let customer { complaint.customer = customer }
        try await connect.client(answers: .seconds(wait ? min(seconds, 60) : 60)) { [complaint] client in
            let receipt = try await submit(complaint, client)
            do {
                if wait { try await follow(receipt, client) } else { try show(receipt) }
            } catch let error where error is ClientError || error is Failure {
                throw Failure("\(error) The case goes on; see: redress case show \(receipt.reference)")
            }
        }
    }

    private func submit(_ complaint: Complaint, _ client: Client) async throws -> Receipt {
        let key = key ?? UUID().uuidString
        do {
            return try await client.submit(complaint, key: key, following: wait ? .everyEntry : nil)
        } catch let error as ClientError where error.code == .timedOut {
            throw Failure(
                "\(error) The complaint may have been taken all the same: submit it again as it was, with "
                    + "--key \(key), and it is taken once.")
        }
    }

    private func show(_ receipt: Receipt) throws {
        switch format.format {
        case .text: print(receipt.reference)
        case .json:
            Output.json([
                "reference": .string("\(receipt.reference)"), "head": .string(receipt.head),
                "turn": .number(ExactNumber(Int(receipt.turn))), "repeated": .bool(receipt.isRepeated),
            ])
        }
        try Output.flush()
    }

    private func follow(_ receipt: Receipt, _ client: Client) async throws {
        do {
            try await CaseProgress.follow(receipt, client, quiet: format.format == .json, within: .seconds(seconds))
        } catch let late as Failure {
            // Programs read how far it is, and people are told where to look.
            if format.format == .json { try await CaseShowCommand.show(receipt.reference, client, .json) }
            throw late
        }
        try await CaseShowCommand.show(receipt.reference, client, format.format)
    }
}

struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case",
        abstract: "Cases: list them, show one, read its journal, settle a conflict, erase what one says of a person.",
        subcommands: [
            CaseListCommand.self, CaseShowCommand.self, CaseJournalCommand.self, CaseSettleCommand.self,
            CaseEraseCommand.self,
        ])
}

struct CaseListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The cases, in the order of their intake.")

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
        var question: [JSON.Member] = [.init("query", "cases"), .init("limit", .number(ExactNumber(limit)))]
        if let after { question.append(.init("after", .string(after))) }
        let answer = try await connect.client { [question] in try await $0.query(.object(question)) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print(CaseReport.list(answer), terminator: "")
        }
    }
}

struct CaseShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One case: its record and what is open.")

    @OptionGroup var named: NamedCase
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let reference = try named.read()
        try await connect.client { try await Self.show(reference, $0, format.format) }
    }

    static func show(_ reference: CaseReference, _ client: Client, _ format: Format) async throws {
        let answer = try await client.query(["query": "case", "reference": .string("\(reference)")])
        let isSetAside = answer.text("state") == CaseView.stateSetAside
        if isSetAside { Output.note("Error: Case \(reference) is set aside: \(Output.plain(answer.text("reason")))") }
        switch format {
        case .json: Output.json(answer)
        // Of one that cannot be read there is nothing more to show.
        case .text where answer["tasks"] == nil: break
        case .text: print(CaseReport(answer).text, terminator: "")
        }
        try Output.flush()
        if isSetAside { throw ExitCode.failure }
    }
}

struct CaseJournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "What happened in a case, entry by entry, with the chain's hashes.")

    @OptionGroup var named: NamedCase
    @Flag(help: "All that was said, such as the complaint, however long; without it, what is long is only counted.")
    var whole = false
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let reference = try named.read()
        let answer = try await connect.client {
            try await $0.query(["query": "journal", "reference": .string("\(reference)")])
        }
        let reason = Output.plain(answer.text("setAside"))
        if !reason.isEmpty { Output.note("Case \(reference) is set aside: \(reason)") }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print(CaseReport.journal(answer, whole: whole), terminator: "")
        }
    }
}

struct CaseEraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erases the words, contributions and records of a finished case; what happened stays, without them.",
        discussion: """
            It cannot be undone, and backups that were made before keep what is erased. The reason stays in the journal for
            good: name nobody in it.
            """)

    @OptionGroup var named: NamedCase
    @OptionGroup var person: ReasonOption
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let reference = try named.read()
        let members: [JSON.Member] = [.init("command", "erase"), .init("reference", .string("\(reference)"))]
        let answer = try await connect.client { client in
            try await client.command(.object(members + person.members))
        }
        switch format.format {
        case .json: Output.json(answer)
        case .text:
            print("erased: \(reference)")
            guard answer["logEmptied"] == false else { return }
            print(
                "A reader of the journal, such as a backup, is in the way: once it is done, the coordinator's next turn or "
                    + "start clears the last of it from the log.")
        }
    }
}

/// The case that a command is about.
struct NamedCase: ParsableArguments {
    @Argument(help: "The case's reference.")
    var reference: String

    func read() throws -> CaseReference { try Self.read(reference) }

    static func read(_ reference: String) throws -> CaseReference {
        guard let read = CaseReference(reference) else {
            throw ValidationError(
                "\"\(reference)\" is not a case's reference (R-XXXX-XXXX-XXXX-C), or has a misread character: the last one is a check. `redress case list` lists them."
            )
        }
        return read
    }
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Who is connected, what waits where, versions; fails when no coordinator answers.")

    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let answer = try await connect.client { try await $0.query(["query": "status"]) }
        switch format.format {
        case .json: Output.json(answer)
        case .text: print(StatusReport(answer).text, terminator: "")
        }
    }
}
