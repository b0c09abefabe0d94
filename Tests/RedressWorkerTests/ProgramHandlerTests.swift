import Counterpart
import Dispatch
import Glibc
import Logging
import RedressContract
import RedressWire
import Synchronization
import Testing

@testable import RedressWorker

@Suite(.timeLimit(.minutes(5))) struct ProgramHandlerTests {
    private static let contribution = #"{"issues":[{"number":1,"outcome":"upheld","reasons":["Charged twice."]}]}"#

    private func answer(
        of script: String, grace: Duration = .seconds(5), excerpt: String = "Charged twice.", log: Log = Log()
    ) async throws -> Contribution {
        var handler = try await ProgramHandler(program: "sh", arguments: ["-c", script], grace: grace)
        handler.logger = Logger(label: "test") { _ in log }
        var task = try #require(brief(1, attempt: 3))
        task.issues[0].excerpt = excerpt
        return try await handler.answer(task, TaskContext(TaskAttempt(task.task, 3), timeLimit: nil))
    }

    @Test func aProgramThatContributes() async throws {
        #expect(try await answer(of: "cat >/dev/null; printf '%s' '\(Self.contribution)'") == upheld)
    }

    @Test func aProgramReadsTheBriefAndItsEnvironment() async throws {
        let script = """
            grep -q '"order","value":"A-1001"' || exit 1
            test "$REDRESS_TASK $REDRESS_ATTEMPT $REDRESS_DEPARTMENT" = "\(TaskID(reference, 1)) 3 billing" || exit 2
            printf '%s' '\(Self.contribution)'
            """
        #expect(try await answer(of: script) == upheld)
    }

    @Test func aProgramNeedNotReadItsBriefAndMayCloseItsOutput() async throws {
        #expect(try await answer(of: "exec <&-; printf '%s' '\(Self.contribution)'; exec >&- 2>&-; exit 0") == upheld)
    }

    @Test func aProgramMayLeaveALargeBriefUnread() async throws {
        let large = String(repeating: "Charged twice. ", count: 100_000)
        #expect(try await answer(of: "exec <&-; printf '%s' '\(Self.contribution)'", excerpt: large) == upheld)
        #expect(try await answer(of: "printf '%s' '\(Self.contribution)'", excerpt: large) == upheld)
    }

    @Test func howAnAttemptFailedIsLoggedWithoutWhatTheProgramSaid() async throws {
        let log = Log()
        for script in ["echo Ada >&2; exit 3", "kill -9 $$", "echo Ada", "echo Ada >&2; exit 75"] {
            _ = try? await answer(of: script, log: log)
        }
        let task = TaskID(reference, 1)
        #expect(
            log.lines.withLock(\.self) == [
                "info The program exited with 3. 3 \(task)", "info The program was ended by signal 9. 3 \(task)",
                "info The program's output is no contribution. 3 \(task)",
                "info The program asked to be tried again later. 3 \(task)",
            ])
        _ = try await answer(of: "printf '%s' '\(Self.contribution)'", log: log)
        #expect(log.lines.withLock(\.count) == 4)
    }

    @Test func membersThatNoContributionHasAreLogged() async throws {
        let log = Log()
        let misspelt = #"{"issues":[{"number":1,"outcome":"upheld","reasons":["Charged twice."]}],"finding":[1]}"#
        #expect(try await answer(of: "printf '%s' '\(misspelt)'", log: log) == upheld)
        let said = "warning The program's contribution has members that no contribution has; they are passed over."
        #expect(log.lines.withLock(\.self) == ["\(said) 3 finding \(TaskID(reference, 1))"])
    }

    @Test func exitCode75AsksForAnotherAttemptLater() async throws {
        let error = await #expect(throws: TryAgainLater.self) {
            try await answer(of: "echo ' The ledger is closed. ' >&2; exit 75")
        }
        #expect(error?.reason == "The ledger is closed.")
    }

    @Test func anotherExitCodeFailsWithTheEndOfStandardError() async throws {
        let script =
            "i=0; while [ $i -lt 500 ]; do echo 'line of noise' >&2; i=$((i+1)); done; echo 'Disk full.' >&2; exit 3"
        let error = try #require(await #expect(throws: ProgramFailed.self) { try await answer(of: script) })
        #expect(error.description.hasPrefix("The program exited with 3."))
        #expect(error.description.hasSuffix("Disk full."))
        #expect(error.description.utf8.count < 2200)
    }

    @Test func aSignalIsACrash() async throws {
        let error = await #expect(throws: ProgramCrashed.self) { try await answer(of: "kill -SEGV $$") }
        #expect(error?.signal == SIGSEGV)
    }

    @Test func rubbishFailsWithWhatIsWrongWithIt() async throws {
        let expected =
            "The program's output is no contribution: standard output is to be a contribution in JSON, and it "
        let long = String(repeating: "n", count: 40)
        for (script, rest) in [
            ("echo 'not json'", "begins with “not json” (not JSON at byte 1: expected null)."), (":", "is empty."),
            ("printf 'n\(long)'", "begins with “\(long)…” (not JSON at byte 1: expected null)."),
        ] {
            let error = await #expect(throws: ProgramFailed.self) { try await answer(of: script) }
            #expect(error?.description == expected + rest)
        }
        let error = await #expect(throws: ProgramFailed.self) { try await answer(of: "echo '{}'") }
        #expect(error?.description.contains("contribution: issues: ") == true, "\(String(describing: error))")
    }

    @Test func moreThanTheLimitFailsAndEndsTheProgram() async throws {
        let error = await #expect(throws: ProgramFailed.self) { try await answer(of: "exec yes") }
        #expect(error?.description == "The program wrote more than 1048576 bytes to its standard output.")
    }

    /// A reader that goes on after its program has gone would read the descriptors of the next ones.
    @Test func aProgramThatIsEndedTakesNothingFromThoseThatRunBesideIt() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...8 {
                group.addTask {
                    for _ in 1...25 {
                        await #expect(throws: ProgramFailed.self) { try await answer(of: "yes >&2 & exec yes") }
                    }
                }
                group.addTask {
                    for _ in 1...25 {
                        let contribution = try await answer(of: "cat >/dev/null; printf '%s' '\(Self.contribution)'")
                        #expect(contribution == upheld)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func childrenThatOutliveTheProgramAreEnded() async throws {
        let fifo = try Fifo()
        let script = """
            exec 9>'\(fifo.path)'
            (trap '' TERM HUP; while :; do sleep 1; done) &
            printf '%s' '\(Self.contribution)'
            """
        #expect(try await answer(of: script) == upheld)
        await fifo.waitForLastWriter()
    }

    @Test func aCancelledProgramIsEndedWithItsChildrenThoughTheyIgnoreTheFirstSignal() async throws {
        let fifo = try Fifo()
        let script = """
            trap '' TERM
            exec 9>'\(fifo.path)'
            (while :; do sleep 1; done) &
            echo started >&9
            while :; do sleep 1; done
            """
        let running = Task { try await answer(of: script, grace: .milliseconds(50)) }
        await fifo.waitForLine()
        running.cancel()
        await #expect(throws: (any Error).self) { try await running.value }
        await fifo.waitForLastWriter()
    }

    @Test func aCancelledProgramMayTakeItsLeave() async throws {
        let fifo = try Fifo()
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let script = """
            exec 9>'\(fifo.path)'
            trap 'echo closing; echo closing >&2; touch \(folder.path)/closed; exit 0' TERM
            echo started >&9
            while :; do sleep 0.05; done
            """
        let running = Task { try await answer(of: script) }
        await fifo.waitForLine()
        running.cancel()
        await #expect(throws: (any Error).self) { try await running.value }
        #expect(access("\(folder.path)/closed", F_OK) == 0)
    }

    @Test func aProgramThatIsNotThereIsToldAtTheStart() async throws {
        for program in ["no-such-program-of-redress", "/nowhere/program", "/etc/passwd"] {
            let error = await #expect(throws: WorkerError.self) { try await ProgramHandler(program: program) }
            #expect(error?.code == .programNotFound)
        }
    }

    @Test func aCrashIsToldAsACrash() async throws {
        let counterpart = try Counterpart()
        let program = try await ProgramHandler(program: "/bin/sh", arguments: ["-c", "kill -KILL $$"])
        let worker = try quietWorker(at: await counterpart.open(), handler: program.answer)
        let running = Task { try await worker.run() }
        let peer = try await counterpart.welcome(.ready).peer
        try await counterpart.say(offer(1), to: peer)
        #expect(await counterpart.next(.fail).command.first == Conclusion.FailureClass.crashed.rawValue)
        try await counterpart.say(about(1, .settled, first: 1), to: peer)
        running.cancel()
        try await running.value
    }
}

/// A pipe in the file system: its end of file says that every process that had it open has gone.
private final class Fifo: Sendable {
    private let folder = TemporaryFolder()
    var path: String { "\(folder.path)/fifo" }
    private let reader: CInt

    init() throws {
        try #require(mkfifo("\(folder.path)/fifo", 0o600) == 0)
        reader = open("\(folder.path)/fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(reader >= 0)
    }

    deinit { close(reader) }

    /// Returns when a program has written.
    func waitForLine() async {
        await onAnotherThread { self.waitForInput() }
    }

    /// Returns when every program that had the pipe open has closed it.
    func waitForLastWriter() async {
        await onAnotherThread {
            var bytes = [UInt8](repeating: 0, count: 64)
            repeat { self.waitForInput() } while read(self.reader, &bytes, bytes.count) != 0
        }
    }

    private func waitForInput() {
        var poll = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        while Glibc.poll(&poll, 1, -1) < 0 {}
    }

    private func onAnotherThread(_ wait: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                wait()
                done.resume()
            }
        }
    }
}

/// A log that keeps its lines: level, message, attempt and task.
private final class Log: LogHandler, Sendable {
    let lines = Mutex<[String]>([])
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.value)" }
        let line = (["\(event.level)", "\(event.message)"] + metadata).joined(separator: " ")
        lines.withLock { $0.append(line) }
    }
}
