import ArgumentParser
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Synchronization

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Cases per second and the latency of a lone case, on a real mesh of processes.",
        discussion: """
            A fresh data folder, a coordinator, three worker processes, complaints of 400 bytes with three issues for three
            departments, triage included, contributions of 400 bytes, every turn on disk (synchronous=FULL) before anyone is
            told. A case counts from its submission to the moment when the client hears that its record is on disk.
            """)

    @Option(help: "How many cases.")
    var cases = 60_000
    @Option(help: "How many of them are under way at a time.")
    var inFlight = 2000
    @Option(help: "How many lone cases, one after the other.")
    var lone = 500
    @Option(
        help:
            "Instead: open so many cases that no department answers, and tell the memory each takes and how long a restart takes."
    )
    var open: Int?
    @Flag(help: "With keys and encryption (CURVE), as a mesh runs by default; without, in plain text.")
    var curve = false
    @Option(help: "Where to put the data folder, for the disk that is to be measured.")
    var folder: String?
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var format: FormatOption

    func validate() throws {
        guard cases >= 0, (1...1_000_000).contains(inFlight), lone >= 0 else {
            throw ValidationError("--cases and --lone are not negative, --in-flight is at least 1.")
        }
    }

    func run() async throws { try await untilInterrupted { try await measure() } }

    private func measure() async throws {
        let config = try BenchConfiguration(triageFrom: configuration.config)
        defer { config.remove() }
        let data = folder.map { "\($0)/redress-bench-\(UUID().uuidString)" }
        defer { if let data { try? FileManager.default.removeItem(atPath: data) } }
        if let open { return try await measure(open: open, config.folder, data) }
        let measured = try await ProcessMesh.run(
            program: LocalMesh.program, configuration: config.folder, data: data, isPlain: !curve
        ) { mesh in
            try await mesh.startCoordinator(["--log-level", "warning"])
            let client = try await mesh.connect(as: "bench")
            for department in BenchConfiguration.departments {
                try await mesh.start(
                    department,
                    [
                        "sample", "echo", "--department", department, "--connect", mesh.endpoint, "--log-level",
                        "warning",
                    ] + (curve ? [] : ["--plain"]))
            }
            try await client.submitAll(10, inFlight: 1)  // Everybody is there when these are done.
            let before = try await client.fsyncs()
            let began = ContinuousClock.now
            try await client.submitAll(cases, inFlight: inFlight) { done in
                if Output.isTerminal, format.format == .text {
                    print("\r\(done) of \(cases, of: "case")", terminator: "")
                    fflush(nil)
                }
            }
            let seconds = (ContinuousClock.now - began).inSeconds
            let fsyncs = try await client.fsyncs() - before
            var latencies: [Double] = []
            for _ in 0..<lone {
                let began = ContinuousClock.now
                try await client.submitAll(1, inFlight: 1)
                latencies.append((ContinuousClock.now - began).inSeconds * 1e6)
            }
            latencies.sort()
            await client.close()
            return Figures(
                casesPerSecond: seconds > 0 ? Double(cases) / seconds : 0,
                fsyncsPerSecond: seconds > 0 ? Double(fsyncs) / seconds : 0,
                p50: latencies.isEmpty ? 0 : latencies[latencies.count / 2],
                p99: latencies.isEmpty ? 0 : latencies[latencies.count * 99 / 100])
        }
        present(measured)
    }

    private func measure(open count: Int, _ configuration: String, _ data: String?) async throws {
        let format = format.format
        try await ProcessMesh.run(
            program: LocalMesh.program, configuration: configuration, data: data, isPlain: !curve
        ) { mesh in
            let first = try await mesh.startCoordinator(["--log-level", "warning"])
            let client = try await mesh.connect(as: "bench")
            try await client.submitAll(1000, inFlight: 500, following: nil)
            let before = try Self.residentBytes(of: first)
            try await client.submitAll(count, inFlight: inFlight, following: nil)
            while Int(try await client.query(["query": "status"]).text("awaitingTriage")) != 0 {
                try await Task.sleep(for: .milliseconds(100))
            }
            let grown = (try Self.residentBytes(of: first) - before) / max(count, 1)
            await client.close()
            await mesh.kill("coordinator")
            let began = ContinuousClock.now
            try await mesh.startCoordinator(["--log-level", "warning"])
            let again = try await mesh.connect(as: "bench")
            let seconds = (ContinuousClock.now - began).inSeconds
            let cases = Int(try await again.query(["query": "status"]).text("openCases")) ?? 0
            await again.close()
            switch format {
            case .json:
                Output.json([
                    "openCases": .number(ExactNumber(cases)), "bytesPerOpenCase": .number(ExactNumber(grown)),
                    "restartMilliseconds": .number(ExactNumber(Int(seconds * 1000))),
                ])
            case .text:
                print(
                    "\(cases, of: "open case"): \(grown) bytes of memory each; killed and ready again in \(Int(seconds * 1000)) ms"
                )
            }
        }
    }

    /// The memory of a process that is its own, in bytes (proc(5)).
    private static func residentBytes(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 } ?? 0
    }

    private struct Figures {
        var casesPerSecond: Double
        var fsyncsPerSecond: Double
        var p50: Double
        var p99: Double
    }

    private func present(_ figures: Figures) {
        func whole(_ value: Double) -> JSON { .number(ExactNumber(Int(value.rounded()))) }
        switch format.format {
        case .json:
            Output.json([
                "casesPerSecond": whole(figures.casesPerSecond), "loneCaseP50Microseconds": whole(figures.p50),
                "loneCaseP99Microseconds": whole(figures.p99), "fsyncsPerSecond": whole(figures.fsyncsPerSecond),
                "cases": .number(ExactNumber(cases)), "inFlight": .number(ExactNumber(inFlight)),
            ])
        case .text:
            if Output.isTerminal { print("\r\u{1B}[K", terminator: "") }
            print(
                """
                redress:  \(whole(figures.casesPerSecond).asText) cases/s (\(cases) cases, \(inFlight) in flight), \
                \(whole(figures.fsyncsPerSecond).asText) fsyncs/s
                          lone case: p50 \(whole(figures.p50).asText) µs, p99 \(whole(figures.p99).asText) µs
                """)
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Client {
    fileprivate func fsyncs() async throws -> Int {
        Int(try await query(["query": "status"]).text("fsyncs")) ?? 0
    }

    /// Submits `count` complaints, `inFlight` at a time, and returns when the records of all are on disk; the complaints,
    /// where they are not followed.
    fileprivate nonisolated func submitAll(
        _ count: Int, inFlight: Int, following scope: FollowScope? = .record, progress: (Int) -> Void = { _ in }
    ) async throws {
        guard count > 0 else { return }
        let (progressMade, continuation) = AsyncThrowingStream<Int, any Error>.makeStream()
        let prefix = UUID().uuidString
        // In handfuls, so that they share messages.
        let handful = max(1, min(64, inFlight / 8))
        let finished = Counter()
        func submit(_ numbers: Range<Int>) async throws {
            let complaints = numbers.map { (complaint: BenchConfiguration.complaint, key: "\(prefix)-\($0)") }
            try await self.submit(complaints, following: scope) { _, reply in
                switch reply {
                case .accepted where scope != nil, .answer: return
                case .accepted, .event: break
                case .failed(let error): return continuation.finish(throwing: error)
                }
                let finished = finished.next()
                if finished.isMultiple(of: handful) || finished == count { continuation.yield(finished) }
            }
        }
        var submitted = min(inFlight, count)
        try await submit(0..<submitted)
        for try await finished in progressMade {
            if finished == count { return }
            progress(finished)
            let next = submitted..<min(submitted + handful, count)
            submitted = next.upperBound
            if !next.isEmpty { try await submit(next) }
        }
    }
}

/// Counts from 1, for several threads.
private final class Counter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// The measured house: three departments with one kind of task each, and triage by the real rules.
private struct BenchConfiguration {
    static let departments = ["billing", "logistics", "technical"]
    let folder: String

    /// 400 bytes, three issues.
    static let complaint = Complaint(
        text: """
            I was charged twice for order A-1001 and nobody has refunded the second payment of 49.90 to my card so far. \
            The parcel with order A-1002 never arrived although the courier promised it for the second of the month and said \
            that it was on the way. The coffee maker of order A-1003 stopped working after five days, the pump is broken and \
            it leaks. I would like an answer today, please, thank you so much.
            """)

    init(triageFrom source: String) throws {
        folder = NSTemporaryDirectory() + "/redress-bench-\(UUID().uuidString)"
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        do {
            try files.copyItem(atPath: "\(source)/triage.yaml", toPath: "\(folder)/triage.yaml")
        } catch {
            throw Failure("\(source)/triage.yaml cannot be read; name the folder of the configuration with --config.")
        }
        var playbooks = "departments:\n"
        for name in Self.departments { playbooks += "  - { name: \(name), answers: Measurements. }\n" }
        playbooks += "tasks:\n"
        for name in Self.departments { playbooks += "  - { type: \(name)/answer, particulars: [order] }\n" }
        playbooks += "facts:\n"
        for name in Self.departments { playbooks += "  - { key: \(name).echo, owners: [\(name)], rule: owner }\n" }
        try playbooks.write(toFile: "\(folder)/playbooks.yaml", atomically: true, encoding: .utf8)
        try "coordinator: { bind: \"tcp://127.0.0.1:7700\" }\ndepartments: []\n"
            .write(toFile: "\(folder)/mesh.yaml", atomically: true, encoding: .utf8)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
