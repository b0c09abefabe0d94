internal import Glibc
public import Logging
public import RedressContract
internal import Subprocess
internal import SystemPackage

/// Any program as a department: it reads the brief's JSON from standard input and writes the contribution's JSON to
/// standard output.
///
/// | the program | the attempt |
/// | --- | --- |
/// | exits with 0 after a contribution | contributed |
/// | exits with 75 (`EX_TEMPFAIL`) | goes back and is offered again; the end of standard error says why |
/// | exits with 0 after anything else | failed, with what is wrong with the JSON |
/// | exits with another code | failed, with the end of standard error |
/// | is ended by a signal | crashed |
/// | writes more than ``outputBytesMaximum`` | is ended; failed |
/// | runs beyond the time limit, or is cancelled | is ended |
///
/// The program runs in a process group of its own. Whatever ends it, the whole group is ended with it: SIGTERM, then
/// SIGKILL after ``grace``; children that outlive a program that exits by itself get SIGKILL at once. Its environment is
/// the worker's with `REDRESS_TASK`, `REDRESS_ATTEMPT` and `REDRESS_DEPARTMENT`.
///
/// When the worker itself is killed without warning, nobody is left to end its programs: they lose the reader of their
/// output, so that the next write ends them, and the coordinator offers their tasks again. Let the service manager end
/// what the worker leaves (systemd's `KillMode=control-group`, a container's end).
public struct ProgramHandler: Sendable {
    /// What a program may write to standard output: 1 MiB, a contribution's limit.
    public static let outputBytesMaximum = 1 << 20
    /// How much of the end of standard error becomes part of a reason.
    public static let reasonBytesMaximum = 2048

    /// How much of what is no JSON is told.
    private static let beginningBytes = 40

    /// The exit code that asks for another attempt later: `EX_TEMPFAIL` of `sysexits.h`.
    private static let temporaryFailure: Int32 = 75

    /// Less than a closing worker waits for what it cancelled.
    private static let graceMaximum = Duration.seconds(8)

    /// How long a program has between SIGTERM and SIGKILL.
    public let grace: Duration
    /// Where it is told, at `info`, how attempts failed: never what a program said, which may be personal.
    public var logger = Logger(label: "redress.worker")
    private let executable: Executable
    private let arguments: Arguments

    /// Finds the program.
    ///
    /// The process ignores SIGPIPE from here on, because a program need not read its input. Programs themselves are started with
    /// the system's own signal handling.
    ///
    /// - Parameters:
    ///   - program: a path, or a name to be looked for in `PATH`.
    ///   - arguments: passed as they are; no shell reads them.
    ///   - grace: see ``grace``; 5 seconds, at most 8.
    /// - Throws: ``WorkerError/Code/programNotFound``.
    public init(program: String, arguments: [String] = [], grace: Duration = .seconds(5)) async throws(WorkerError) {
        let path = try await Self.path(of: program)
        signal(SIGPIPE, SIG_IGN)
        executable = .path(FilePath(path))
        self.arguments = Arguments(arguments)
        self.grace = min(grace, Self.graceMaximum)
    }

    /// Where the program is: a path, or a name to be looked for in `PATH`.
    ///
    /// - Throws: ``WorkerError/Code/programNotFound``.
    package static func path(of program: String) async throws(WorkerError) -> String {
        let named: Executable = program.contains("/") ? .path(FilePath(program)) : .name(program)
        let path: String
        do {
            path = try await named.resolveExecutablePath(in: .inherit).string
        } catch {
            throw WorkerError(.programNotFound, "The program \(program) is not found in PATH.")
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            throw WorkerError(.programNotFound, "The program \(path) is not there, or may not be run by this user.")
        }
        return path
    }

    /// Runs the program on a brief: the ``Worker/Handler`` of this program.
    ///
    /// - Throws: ``TryAgainLater``, ``ProgramCrashed``, ``ProgramFailed``, or what swift-subprocess says of a program that
    ///   could not be started.
    public func answer(_ brief: Brief, _ task: TaskContext) async throws -> Contribution {
        let ran: (status: TerminationStatus, output: [UInt8], standardError: String)
        do {
            ran = try await run(on: brief)
        } catch {
            note(brief, "\(error)")
            throw error
        }
        let said = ran.standardError
        switch ran.status {
        case .exited(0):
            do {
                let contribution = try Contribution(parsing: ran.output)
                let unread = contribution.unread(in: ran.output)
                if !unread.isEmpty {
                    logger.warning(
                        "The program's contribution has members that no contribution has; they are passed over.",
                        metadata: [
                            "task": "\(brief.task)", "attempt": "\(brief.attempt)",
                            "members": "\(unread.joined(separator: ", "))",
                        ])
                }
                return contribution
            } catch {
                note(brief, "The program's output is no contribution.")
                throw ProgramFailed("The program's output is no contribution: \(Self.fault(error, in: ran.output)).")
            }
        case .exited(Self.temporaryFailure):
            note(brief, "The program asked to be tried again later.")
            throw TryAgainLater(said.isEmpty ? "The program asked to be tried again later." : said)
        case .exited(let code):
            note(brief, "The program exited with \(code).")
            throw ProgramFailed("The program exited with \(code)." + (said.isEmpty ? "" : " It said: \(said)"))
        case .signaled(let signal):
            note(brief, "The program was ended by signal \(signal).")
            throw ProgramCrashed(signal: signal, standardError: said)
        }
    }

    /// What is wrong with `output`: of the wrong shape, or no JSON at all.
    private static func fault(_ error: JSONError, in output: [UInt8]) -> String {
        guard error.offset != nil else { return "\(error)" }
        let beginning = trimmed(output.prefix(beginningBytes))
        return "standard output is to be a contribution in JSON, and "
            + (beginning.isEmpty
                ? "it is empty"
                : "it begins with “\(beginning)\(output.count > beginningBytes ? "…" : "")” (\(error))")
    }

    /// Logs how an attempt failed; one that was cancelled is none.
    private func note(_ brief: Brief, _ what: Logger.Message) {
        guard !Task.isCancelled else { return }
        logger.info(what, metadata: ["task": "\(brief.task)", "attempt": "\(brief.attempt)"])
    }

    private func run(
        on brief: Brief
    ) async throws -> (status: TerminationStatus, output: [UInt8], standardError: String) {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)]
        let result = try await Subprocess.run(
            executable, arguments: arguments,
            environment: .inherit.updating([
                "REDRESS_TASK": brief.task.description, "REDRESS_ATTEMPT": "\(brief.attempt)",
                "REDRESS_DEPARTMENT": brief.type.department.description,
            ]),
            platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
        ) { execution in
            let (output, errors) = (execution.standardOutput, execution.standardError)
            let input = execution.standardInputWriter
            // Tasks of their own, which are not cancelled: a program that is told to end is read until it has, or the first
            // word of its leave-taking would end it at once (SIGPIPE).
            let written = Task { await Self.write(brief.jsonBytes, to: input) }
            let said = Task { await Self.end(of: errors) }
            let all = await Task { try await Self.all(of: output) }.result
            if case .failure = all { await execution.teardown(using: options.teardownSequence) }
            // None of them outlives this, which closes the descriptors: the next program gets the same numbers.
            await written.value
            let end = await said.value
            await execution.ended()
            kill(-execution.processIdentifier.value, SIGKILL)
            return (output: try all.get(), said: end)
        }
        return (result.terminationStatus, result.closureResult.output, result.closureResult.said)
    }

    /// A program need not read its brief: that it closes its input is no failure.
    private static func write(_ brief: [UInt8], to input: StandardInputWriter) async {
        _ = try? await input.write(brief)
        try? await input.finish()
    }

    private static func all(of stream: SubprocessOutputSequence) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in stream {
            bytes.append(contentsOf: chunk.withUnsafeBytes { Array($0) })
            guard bytes.count <= outputBytesMaximum else {
                throw ProgramFailed("The program wrote more than \(outputBytesMaximum) bytes to its standard output.")
            }
        }
        return bytes
    }

    private static func end(of stream: SubprocessOutputSequence) async -> String {
        var bytes: [UInt8] = []
        do {
            for try await chunk in stream {
                bytes.append(contentsOf: chunk.withUnsafeBytes { Array($0) })
                if bytes.count > reasonBytesMaximum { bytes.removeFirst(bytes.count - reasonBytesMaximum) }
            }
        } catch {
            // What has come so far is all there is to say.
        }
        return trimmed(bytes)
    }

    /// The text of `bytes` without white space around it.
    private static func trimmed(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
