import Counterpart
import Foundation
import RedressContract
import Subprocess
import SystemPackage

/// The executable `redress`, as a person or a script would run it.
enum Program {
    /// Where it is: `REDRESS_PROGRAM`, or beside the tests, where `swift build` and `swift test` put it.
    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["REDRESS_PROGRAM"] { return path }
        let tests =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: tests).deletingLastPathComponent().appending(path: "redress").path
    }()

    /// What a run of the program came to.
    struct Ran: Sendable {
        var ending: TerminationStatus
        var output: String
        var errors: String

        /// The code that it exited with; nil where a signal ended it.
        var code: Int32? { if case .exited(let code) = ending { code } else { nil } }

        /// Standard output as JSON.
        var json: JSON { get throws { try JSON(parsing: Array(output.utf8)) } }
    }

    /// There is no program to test.
    struct Missing: Error, CustomStringConvertible {
        var description: String {
            "There is no program at \(Program.path): build the product redress first, or name it in REDRESS_PROGRAM."
        }
    }

    /// The path, where there is a program.
    static func found() throws -> String {
        guard access(path, X_OK) == 0 else { throw Missing() }
        return path
    }

    /// Runs `redress` with `arguments` to its end.
    static func run(_ arguments: String..., input: [UInt8] = []) async throws -> Ran {
        try await run(arguments, input: input)
    }

    /// Runs `script` with a shell in which `"$0"` is `redress`.
    static func shell(_ script: String) async throws -> Ran {
        let ran = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", script, try found()], output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        return Ran(ending: ran.terminationStatus, output: ran.standardOutput, errors: ran.standardError)
    }

    /// Runs `redress` with `arguments` to its end.
    static func run(_ arguments: [String], input: [UInt8] = []) async throws -> Ran {
        // A file rather than a pipe: a program that refuses its input need not read it.
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = "\(folder.path)/input"
        try Data(input).write(to: URL(fileURLWithPath: file))
        let ran = try await Subprocess.run(
            .path(FilePath(try found())), arguments: Arguments(arguments),
            input: .fileDescriptor(try .open(FilePath(file), .readOnly), closeAfterSpawningProcess: true),
            output: .string(limit: 1 << 24), error: .string(limit: 1 << 20))
        return Ran(ending: ran.terminationStatus, output: ran.standardOutput, errors: ran.standardError)
    }

    /// Runs `redress` with `arguments` to its end, and calls `act` once as soon as standard output says `moment`.
    static func run(
        _ arguments: [String], at moment: String, _ act: (_ process: pid_t, _ output: String) async throws -> Void
    ) async throws -> Ran {
        let ran = try await Subprocess.run(
            .path(FilePath(try found())), arguments: Arguments(arguments), input: .none, output: .sequence,
            error: .string(limit: 1 << 20)
        ) { program in
            var output = ""
            var hasActed = false
            for try await chunk in program.standardOutput {
                output += chunk.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                guard !hasActed, output.contains(moment) else { continue }
                hasActed = true
                try await act(program.processIdentifier.value, output)
            }
            return output
        }
        return Ran(ending: ran.terminationStatus, output: ran.closureResult, errors: ran.standardError)
    }
}
