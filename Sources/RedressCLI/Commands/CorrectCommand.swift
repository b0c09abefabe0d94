import ArgumentParser
import Foundation
import Logging
import RedressContract
import RedressWorker

struct CorrectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correct", abstract: "A department corrects what it has contributed to a task.",
        discussion: """
            The correction takes the place of the contribution that counts; tasks that were told its findings are done again.
            The case keeps the record that it had, and gets another one. It is sent with a key of the department, and does its
            work once however often it is sent. Exit code 0: it was taken, and counts.
            """)

    @Argument(help: "The task, such as R-0000-0000-0001-Y/1.")
    var task: String
    @Option(
        help: "The attempt whose contribution counts: REDRESS_ATTEMPT of its program, or as `redress case show` says.")
    var attempt: UInt32
    @Option(help: "The department, as playbooks.yaml names it.")
    var department: String
    @Option(help: "The file of the whole new contribution as JSON, as --exec programs write it; - for standard input.")
    var contribution: String
    @OptionGroup var connect: ConnectOption
    @OptionGroup var format: FormatOption
    @OptionGroup var log: LogOption

    func validate() throws {
        guard TaskID(task) != nil else {
            throw ValidationError("\"\(task)\" is not a task; one is written like R-0000-0000-0001-Y/1.")
        }
    }

    func run() async throws {
        guard let task = TaskID(task) else { return }
        var worker = try Worker(department: department, connect: connect.endpoint, key: connect.keyFile()) { _, _ in
            throw TryAgainLater("It only corrects.")
        }
        worker.logger = log.logger("redress.correct")
        worker.logger.logLevel = max(log.logLevel, .warning)
        // That leaves ten seconds for an answer.
        worker.drainLimit = .zero
        let settlement = try await worker.correct(task, attempt: attempt, with: read())
        switch format.format {
        case .text: print(settlement.sentence(of: task))
        case .json:
            var members: [JSON.Member] = [
                .init("task", .string("\(task)")), .init("settlement", .string(settlement.name)),
            ]
            if case .refused(let refusal) = settlement { members.append(.init("reason", .string(refusal.sentence))) }
            Output.json(.object(members))
        }
        guard settlement == .taken else { throw ExitCode.failure }
    }

    private func read() throws -> Contribution {
        let data = try InputFile.read(contribution)
        let name = InputFile.name(contribution)
        let read: Contribution
        do throws(JSONError) {
            read = try Contribution(parsing: data)
        } catch {
            throw Failure("\(name) is no contribution: \(error).")
        }
        let unread = read.unread(in: data)
        guard unread.isEmpty else {
            throw Failure(
                "\(name) has members that no contribution has; check how they are spelt: "
                    + "\(unread.joined(separator: ", ")).")
        }
        return read
    }
}

extension Settlement {
    fileprivate var name: String {
        switch self {
        case .taken: "taken"
        case .late: "late"
        case .moot: "moot"
        case .refused: "refused"
        }
    }

    fileprivate func sentence(of task: TaskID) -> String {
        switch self {
        case .taken: "taken: the correction of \(task) counts"
        case .late: "late: another attempt of \(task) counts; the correction is kept for the case's owner"
        case .moot: "moot: nobody needs \(task) any more, or there is no such task"
        case .refused(let refusal): "refused: \(refusal.sentence)"
        }
    }
}
