import ArgumentParser
import Foundation
import RedressCase
import RedressClient
import RedressConfiguration
import RedressContract
import RedressStore

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the journal of a running coordinator, and verifies the copy.")

    @Argument(help: "A new or empty folder on the coordinator's machine.")
    var to: String
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let path = URL(fileURLWithPath: to).path
        let answer = try await connect.client(answers: .seconds(3600)) {
            try await $0.command(["command": "backup", "to": .string(path)])
        }
        let fault = answer.text("fault")
        switch format.format {
        case .json: Output.json(answer)
        case .text where fault.isEmpty:
            print(
                "\(answer.text("entries"), of: "entry", "entries") of \(answer.text("cases"), of: "case") copied to \(path) and verified."
            )
        case .text: break
        }
        guard fault.isEmpty else {
            throw Failure(
                "All was copied to \(path), but the journal is not as it was written, and the copy has the "
                    + "same fault: \(fault). Keep the backups made before: `redress restore` refuses this one.")
        }
    }
}

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes a data folder out of a backup, verified.")

    @Argument(help: "The folder of the backup.")
    var from: String
    @Option(help: "The data folder: new or empty. (default: coordinator.data of mesh.yaml)")
    var data: String?
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var format: FormatOption

    func run() throws {
        let target = try data ?? configuration.read().coordinator.dataFolder
        let verification = try JournalBackup.copy(
            from: DataFolder(from), to: DataFolder(target), viewsAnew: CaseView.init(folding:_:))
        switch format.format {
        case .json:
            Output.json([
                "to": .string(target), "entries": .number(ExactNumber(Int(verification.entries))),
                "cases": .number(ExactNumber(verification.cases)),
            ])
        case .text:
            print(
                "\(verification.entries, of: "entry", "entries") of \(verification.cases, of: "case") restored to \(target) and verified."
            )
        }
    }
}

struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "The journal of a data folder.",
        subcommands: [JournalVerifyCommand.self, JournalRebuildCommand.self])
}

struct JournalRebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Makes the views of a data folder, what lists and starts go by, anew out of its journal.")

    @Option(help: "The data folder, of a coordinator that is stopped. (default: coordinator.data of mesh.yaml)")
    var data: String?
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var format: FormatOption

    func run() throws {
        let folder = DataFolder(try data ?? configuration.read().coordinator.dataFolder)
        // Opening makes a journal where there is none.
        try folder.checkReadable()
        let journal = try SQLiteJournal(folder)
        defer { journal.close() }
        var told = ContinuousClock.now
        let cases = try journal.rebuildViews(CaseView.init(folding:_:)) { done, cases in
            guard ContinuousClock.now - told > .seconds(2) else { return }
            told = .now
            Output.note("\(done) of \(cases, of: "case")")
        }
        switch format.format {
        case .json: Output.json(["cases": .number(ExactNumber(cases))])
        case .text:
            print(
                "The views of \(cases, of: "case") in \(folder.path) are made anew. Whether the journal is as it was written: "
                    + "redress journal verify --data \(folder.path)")
        }
    }
}

struct JournalVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Walks the hash chains of a data folder; names the first entry that is changed, missing or out of order, or the first case whose view is not what its entries come to."
    )

    @Option(help: "The data folder, of a running coordinator too. (default: coordinator.data of mesh.yaml)")
    var data: String?
    @Option(
        help: "An anchor that a client was given, REFERENCE=HEAD: the row must be there. May be repeated.")
    var anchor: [String] = []
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var format: FormatOption

    func run() throws {
        let folder = try data ?? configuration.read().coordinator.dataFolder
        let anchors = try anchor.map { text in
            guard let anchor = JournalVerification.Anchor(text) else {
                throw ValidationError("\"\(text)\" is not REFERENCE=HEAD, the head being 64 hexadecimal digits.")
            }
            return anchor
        }
        let result = try JournalVerification(
            DataFolder(folder), anchors: anchors, views: CaseView.init(folding:_:))
        switch format.format {
        case .json:
            var members: [JSON.Member] = [
                .init("ok", .bool(result.fault == nil)), .init("entries", .number(ExactNumber(Int(result.entries)))),
                .init("turns", .number(ExactNumber(Int(result.turns)))),
                .init("cases", .number(ExactNumber(result.cases))),
                .init("head", .string(result.lastHash.description)),
            ]
            if let fault = result.fault { members.append(.init("fault", .string("\(fault)"))) }
            Output.json(.object(members))
        case .text where result.fault == nil:
            print(
                "Good: \(result.entries, of: "entry", "entries") in \(result.turns, of: "turn") of \(result.cases, of: "case"); head \(result.lastHash)."
            )
        case .text: break
        }
        if let fault = result.fault, fault.kind == .wrongView {
            throw Failure(
                "The journal in \(folder) is as it was written, its views are not: \(fault). "
                    + "Stop its coordinator and make them anew: redress journal rebuild --data \(folder)")
        }
        if let fault = result.fault {
            throw Failure(
                "The journal in \(folder) is not as it was written: \(fault). Keep the folder as it is, and restore a backup "
                    + "into a new one: redress restore BACKUP --data NEW")
        }
    }
}

extension JournalVerification.Anchor {
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: "=")
        guard parts.count == 2, let reference = CaseReference(parts[0]), let head = Digest(hexadecimal: parts[1]) else {
            return nil
        }
        self.init(reference: reference, head: head)
    }
}
