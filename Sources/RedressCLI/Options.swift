import ArgumentParser
import Foundation
import Logging
import RedressClient
import RedressConfiguration
import RedressContract
import RedressStore

/// How data is printed.
enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

struct FormatOption: ParsableArguments {
    @Option(help: "How to print: text for people, json for programs.")
    var format: Format = .text
}

/// Where the coordinator is, and with which key it is spoken to.
struct ConnectOption: ParsableArguments {
    @Option(help: "Where the coordinator listens. (default: $REDRESS_CONNECT, or tcp://127.0.0.1:7700)")
    var connect: String?

    @Option(
        name: .customLong("key-file"),
        help:
            "The file of the key to connect with. (default: $REDRESS_KEY, or of an ipc endpoint the file PATH.key beside it)"
    )
    var key: String?
    @Flag(help: "Speak plain text, without a key; to loopback and ipc endpoints only.")
    var plain = false

    func validate() throws {
        if key == "" { throw ValidationError("--key-file names no file.") }
        if plain, key != nil {
            throw ValidationError("--plain speaks without a key: leave out one of --plain and --key-file.")
        }
    }

    /// The file of the key; nil for plain text.
    ///
    /// - Throws: ``Failure`` where there is no key and plain text was not asked for.
    func keyFile() throws -> String? {
        if plain { return nil }
        if let named = key ?? Self.environment("REDRESS_KEY") { return named }
        let endpoint = endpoint
        if endpoint.hasPrefix("ipc://") {
            let beside = endpoint.dropFirst("ipc://".count) + ".key"
            if FileManager.default.fileExists(atPath: String(beside)) { return String(beside) }
        }
        throw Failure(
            """
            There is no key for \(endpoint). Name its file with --key-file or REDRESS_KEY; who keeps the coordinator's keys makes \
            one with `redress keys make`. A coordinator without keys is spoken to with --plain.
            """)
    }

    var endpoint: String {
        connect ?? Self.environment("REDRESS_CONNECT") ?? Configuration.Coordinator().bind
    }

    /// A variable of the environment; one that is empty says nothing.
    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A client of the command line, for as long as `body` runs.
    func client<Outcome>(
        patience: Duration = .seconds(5), answers: Duration = .seconds(60), _ body: (Client) async throws -> Outcome
    ) async throws -> Outcome {
        let client = try await Client.connect(
            to: endpoint, name: "cli", key: keyFile(), timeout: patience, requestTimeout: answers)
        await client.onPostponed { refusal, patience in
            // What is taken in a moment is not worth a word.
            guard let patience, (refusal.retryAfterMilliseconds ?? 0) >= 1000 else { return }
            Output.note("\(refusal.sentence) Trying again for up to \(Int((patience / .seconds(1)).rounded())) s.")
        }
        let outcome: Result<Outcome, any Error>
        do {
            outcome = .success(try await body(client))
        } catch {
            outcome = .failure(error)
        }
        await client.close()
        return try outcome.get()
    }
}

/// Where the configuration is.
struct ConfigurationOption: ParsableArguments {
    @Option(help: "The folder of the configuration: playbooks.yaml, triage.yaml, mesh.yaml.")
    var config = "Config"

    func read() throws -> Configuration {
        do {
            return try Configuration.read(folder: config)
        } catch {
            throw Failure("\(error)")
        }
    }
}

struct LogOption: ParsableArguments {
    @Option(
        help:
            "The least important log entries that are written: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).",
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else {
                throw ValidationError("\"\(text)\" is not a log level.")
            }
            return level
        })
    var logLevel = Logger.Level.info

    /// A logger that writes to standard error.
    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        return logger
    }
}

/// An error for the person at the command line: printed as it is, exit code 1.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// That the file at `path` cannot be read.
    init(reading path: String, _ error: any Error) {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        description =
            exists && isFolder.boolValue
            ? "\(path) is a folder. Name a file, or - for standard input."
            : "\(path) cannot be read: \(systemReason(of: error)). Check the name and who may read it."
    }
}

extension Duration {
    /// The milliseconds that `text` says, written as in `Config/`.
    static func milliseconds(in text: String) throws -> Int {
        guard let written = WrittenDuration(text) else {
            throw ValidationError(
                "\"\(text)\" is not a duration: a whole number and its unit, 500ms, 30s, 15m, 2h or 1d.")
        }
        return Int(written.milliseconds)
    }
}

/// A file of any kind, a pipe as well.
enum InputFile {
    /// What `path` is called in a sentence.
    static func name(_ path: String) -> String { path == "-" ? "Standard input" : path }

    /// Reads `path`, or standard input for `-`, `atMost` so many bytes.
    static func read(_ path: String, atMost: Int = .max) throws -> Data {
        do {
            let file =
                path == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            var data = Data()
            while data.count < atMost, let more = try file.read(upToCount: min(atMost - data.count, 1 << 20)),
                !more.isEmpty
            {
                data += more
            }
            return data
        } catch {
            throw Failure(reading: path, error)
        }
    }
}

/// A complaint, read from a file or standard input.
enum ComplaintSource {
    /// Reads `path`, or standard input for `-`: JSON with a member `text`, or plain text; a byte order mark is passed over.
    static func read(_ path: String) throws -> Complaint {
        var data = try InputFile.read(path, atMost: bytesMaximum + 1)
        let name = InputFile.name(path)
        guard data.count <= bytesMaximum else {
            throw Failure(
                "\(name) has more than \(bytesMaximum) bytes; a complaint may have 1048576 (1 MiB). Shorten it, or submit it in parts."
            )
        }
        if data.starts(with: byteOrderMark) { data = Data(data.dropFirst(byteOrderMark.count)) }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure("\(name) is not UTF-8. Convert it first, for example with: iconv -f latin1 -t utf8")
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: data)
        } catch {
            // Words may begin with a bracket or a quote.
            guard text.first(where: { !$0.isWhitespace }) == "{" else { return Complaint(text: text) }
            throw Failure("\(name) begins like JSON and is no complaint: \(error). \(expected)")
        }
        do throws(JSONError) {
            let fields = try JSONFields(json)
            if case .object(let given) = json, let stranger = given.first(where: { !members.contains($0.name) }) {
                throw JSONError("there is no such member", path: Output.plain(stranger.name))
            }
            return Complaint(
                text: try fields.string("text"), complainant: try fields.stringIfPresent("complainant"),
                remedySought: try fields.stringIfPresent("remedySought"),
                priority: try fields.integerIfPresent("priority"), customer: try fields.stringIfPresent("customer"))
        } catch {
            throw Failure("\(name) is JSON and no complaint: \(error). \(expected)")
        }
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let members = ["text", "complainant", "remedySought", "priority", "customer"]
    private static let expected =
        "Expected {\"text\": \"…\"}, optionally with \(members.dropFirst().joined(separator: ", "))."

    /// More than a complaint of 1 MiB can take as JSON; the exact limit is checked on its words.
    private static let bytesMaximum = 2 << 20
}
