import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Subprocess
import SystemPackage
import Testing

/// `redress submit --wait`, where the record does not come, or not easily.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SubmitWaitTests {
    /// Runs a mesh in which billing fails, and nobody else works.
    private func withFailingBilling(_ body: (ProcessMesh, Client) async throws -> Void) async throws {
        let limits = ["retry-first": "10ms", "retry-longest": "10ms"]
        try await MeshConfiguration(limits, attempts: 2).run { mesh in
            try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            let connect = ["--department", "billing", "--connect", mesh.endpoint]
            try await mesh.start("billing", ["worker"] + connect + ["--exec", "sh", "-c", "exit 3"])
            try await body(mesh, client)
            await client.close()
        }
    }

    private func submit(_ mesh: ProcessMesh, _ text: String, _ arguments: String...) async throws -> Program.Ran {
        try await Program.run(
            ["submit", "--wait", "--connect", mesh.endpoint] + arguments, input: Array(text.utf8))
    }

    @Test func onlyOfAnAttemptThatIsNotTheLastItIsSaidThatThereWillBeAnother() async throws {
        try await withFailingBilling { mesh, _ in
            let ran = try await submit(mesh, "I was charged twice for order A-1001.")
            #expect(ran.code == 0, "\(ran.errors)")
            for told in ["attempt 1 failed, will be tried again at ", "attempt 2 failed\n", "parked after 2 of 2"] {
                #expect(ran.output.contains(told), "\(told) is not in \(ran.output)")
            }
            let times = ran.output.matches(of: /(?m)^\d\d:\d\d:\d\d\.\d{3}/).map { String($0.output) }
            #expect(times.count > 5)
            // A day may end meanwhile.
            #expect(zip(times, times.dropFirst()).count { $0 > $1 } <= 1)
            #expect(ran.output.contains(/^\S+  R-\S+ is on disk\n/))
        }
    }

    @Test func waitingEndsInTimeAndNamesTheCase() async throws {
        try await withFailingBilling { mesh, client in
            let ran = try await submit(mesh, MeshTests.complaint.text, "--timeout", "1", "--format", "json")
            #expect(ran.code == 1)
            let told = try JSON(parsing: Array(ran.output.utf8))
            let reference = try #require(ran.errors.firstMatch(of: /redress case show (R-[-0-9A-Z]+)/)).1
            let shown = try await client.query(["query": "case", "reference": .string(String(reference))])
            #expect(shown.text("state") == "investigating")
            #expect(told.text("state") == "investigating" && told.text("reference") == String(reference))
        }
    }

    @Test func whyASubmissionWaitsIsSaidAtOnce() async throws {
        try await MeshConfiguration(otherClients: "{ at-once: 1 }").run { mesh in
            try await mesh.startCoordinator()
            for isSecond in [false, true] {
                let ran = try await submit(mesh, MeshTests.complaint.text, "--timeout", "2")
                #expect(ran.code == 1)
                let told = "1 are allowed; submit again when some are done. Trying again for up to 2 s.\n"
                #expect(ran.errors.contains(told) == isSecond, "\(ran.errors)")
            }
        }
    }

    @Test func thatTheCoordinatorIsGoneIsSaidOnce() async throws {
        try await withFailingBilling { mesh, client in
            async let waiting = submit(mesh, MeshTests.complaint.text, "--timeout", "4")
            while try await client.query(["query": "cases"]).elements("cases").isEmpty {}
            await mesh.kill("coordinator")
            let ran = try await waiting
            #expect(ran.code == 1)
            #expect(ran.errors.matches(of: /no answer from (\S+); waiting/).map(\.1) == [mesh.endpoint[...]])
            #expect(ran.errors.contains("redress case show R-"), "\(ran.errors)")
        }
    }

    @Test func whatIsWaitedForStaysOnOneLineOfTheTerminal() async throws {
        try await withFailingBilling { mesh, _ in
            let terminal = try Terminal(columns: 32)
            let input = "\(mesh.folder)/complaint"
            try MeshTests.complaint.text.write(toFile: input, atomically: true, encoding: .utf8)
            let ran = try await Subprocess.run(
                .path(FilePath(try Program.found())),
                arguments: ["submit", "--wait", "--connect", .init(mesh.endpoint), "--timeout", "1", .init(input)],
                input: .none, output: .fileDescriptor(terminal.inner, closeAfterSpawningProcess: true),
                error: .discarded)
            #expect(ran.terminationStatus == .exited(1))
            let output = terminal.output()
            let live = output.matches(of: /\u{1B}\[2m(.*?)\u{1B}\[0m/).map { String($0.1) }
            #expect(live.contains { $0.hasPrefix("… waiting for") })
            #expect(live.allSatisfy { $0.count < 32 }, "\(live)")
            #expect(output.hasSuffix("\r\u{1B}[K"))
        }
    }
}

/// A terminal that a test reads.
private struct Terminal {
    /// No terminal can be had.
    struct Missing: Error {}

    /// What the program writes to.
    let inner: FileDescriptor
    private let outer: FileDescriptor

    init(columns: UInt16) throws {
        // Swift's module of the C library has neither posix_openpt nor these requests (ioctl_tty(2)).
        let (unlock, peer): (UInt, UInt) = (0x4004_5431, 0x5441)
        outer = try .open("/dev/ptmx", .readWrite, options: .closeOnExec)
        var locked: CInt = 0
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        inner = FileDescriptor(
            rawValue: ioctl(outer.rawValue, unlock, &locked) == 0
                ? ioctl(outer.rawValue, peer, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1)
        guard inner.rawValue >= 0, ioctl(outer.rawValue, UInt(TIOCSWINSZ), &size) == 0 else { throw Missing() }
    }

    /// All that was written to it, once its writers have gone.
    func output() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = read(outer.rawValue, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        close(outer.rawValue)
        return String(decoding: bytes, as: UTF8.self)
    }
}
