import ArgumentParser
import Foundation
import RedressContract
import RedressTesting
import RedressWorker

struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Checks a worker, in whatever language, against the specification of RDP/1.",
        usage: """
            redress conformance --department billing --keys -- ./worker {endpoint} {department} {key}
            redress conformance --department billing -- ./worker {endpoint} {department}
            redress conformance --department billing --bind tcp://127.0.0.1:7711
            """,
        discussion: """
            Plays the coordinator to the worker in one scenario after another, and tells which section of the specification it
            breaks, what was expected and what came. Exit code 0: nothing is wrong with it.

            With a program, each scenario starts it anew and ends it: {endpoint} and {department} in its arguments are
            replaced, and the environment has them as REDRESS_CONNECT and REDRESS_DEPARTMENT. With --bind it waits for a
            worker that you start yourself, and start again whenever it ends. A worker that says nothing at all in the
            first scenario is not tried in the others.

            With --keys the coordinator that is played is secured, as real ones are: keys are made for this run alone, and
            {key} and REDRESS_KEY are the file of the worker's. Without, all is plain text.

            The worker's handler is to take as many seconds as the brief's particular "conformance-seconds" says, unless it is
            cancelled, and then to contribute. See "Checking a worker" in the specification.
            """)

    @Option(help: "The department that the worker works for.")
    var department: String?
    @Option(help: "Wait here for a worker that is started by hand.")
    var bind: String?
    @Flag(help: "Encrypt, and let in nobody but the worker: with keys made for this run alone.")
    var keys = false
    @Option(help: "Play this scenario only; can be given several times.")
    var only: [String] = []
    @Option(help: "How many seconds the worker has for what the specification times nowhere, such as to start.")
    var patience = 10
    @Option(help: "How many scenarios at once, each with a worker of its own; one with --bind.")
    var atOnce = 4
    @Flag(help: "List the scenarios, and play none.")
    var list = false
    @OptionGroup var format: FormatOption
    @Argument(parsing: .postTerminator, help: "The worker's program and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard list || department != nil else {
            throw ValidationError("Missing expected argument '--department <department>'")
        }
        guard list || (bind == nil) != command.isEmpty else {
            throw ValidationError("Either a program after --, or --bind to wait for a worker that is started by hand.")
        }
        for name in only where !WorkerConformance.scenarios.contains(where: { $0.name == name }) {
            throw ValidationError("There is no scenario \"\(name)\"; --list names them.")
        }
        guard keys || !command.contains(where: { $0.contains("{key}") }) else {
            throw ValidationError("{key} in the arguments needs --keys.")
        }
        guard (1...3600).contains(patience) else { throw ValidationError("--patience is 1 to 3600 seconds.") }
        guard atOnce > 0 else { throw ValidationError("--at-once is at least 1.") }
    }

    func run() async throws {
        let scenarios = WorkerConformance.scenarios.filter { only.isEmpty || only.contains($0.name) }
        guard !list, let department else { return present(scenarios) }
        // What cannot be started breaks nothing of the specification.
        if let program = command.first { _ = try await ProgramHandler.path(of: program) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "redress-conformance-\(UUID())").path
        defer { if keys { try? FileManager.default.removeItem(atPath: folder) } }
        var conformance =
            if let bind {
                try WorkerConformance(department: department, at: bind, keys: keys ? folder : nil)
            } else {
                try WorkerConformance(department: department, keys: keys ? folder : nil, command: command)
            }
        conformance.patience = .seconds(patience)
        if let bind {
            let key = conformance.keyFile.map { " with the key \($0)" } ?? ""
            Output.note("Start the worker, connected to \(bind)\(key), and start it again whenever it ends.")
        }
        let (format, atOnce) = (format.format, bind == nil ? atOnce : 1)
        let verdicts = try await untilInterrupted { [conformance] in
            try await Self.check(scenarios, conformance, atOnce) { scenario, verdict in
                if format == .text { try Self.present(scenario, verdict) }
            }
        }
        let broken = verdicts.count { !$0.isPassed }
        switch format {
        case .text where verdicts.count < scenarios.count:
            print("The worker says nothing at all; the other scenarios were not played.")
        case .text:
            print(
                broken == 0
                    ? "The worker conforms: \(verdicts.count, of: "scenario")."
                    : "The worker breaks \(broken) of \(verdicts.count, of: "scenario").")
        case .json:
            Output.json([
                "scenarios": .array(zip(scenarios, verdicts).map(Self.json)), "broken": .number(ExactNumber(broken)),
            ])
        }
        if broken > 0 { throw ExitCode.failure }
    }

    /// Plays `scenarios`, several at once, and tells of each in their order: of the first alone where nothing came from
    /// the worker in it.
    private static func check(
        _ scenarios: [WorkerConformance.Scenario], _ conformance: WorkerConformance, _ atOnce: Int,
        _ tell: (WorkerConformance.Scenario, WorkerConformance.Verdict) throws -> Void
    ) async throws -> [WorkerConformance.Verdict] {
        try await withThrowingTaskGroup(of: (Int, WorkerConformance.Verdict).self) { group in
            var waiting = scenarios.enumerated().makeIterator()
            for _ in 0..<atOnce {
                guard let (number, scenario) = waiting.next() else { break }
                group.addTask { (number, try await conformance.check(scenario)) }
            }
            var came: [Int: WorkerConformance.Verdict] = [:]
            var verdicts: [WorkerConformance.Verdict] = []
            for try await (number, verdict) in group {
                if let (number, scenario) = waiting.next() {
                    group.addTask { (number, try await conformance.check(scenario)) }
                }
                came[number] = verdict
                while let verdict = came[verdicts.count] {
                    try tell(scenarios[verdicts.count], verdict)
                    verdicts.append(verdict)
                    if verdicts.count == 1, case .broken(let breach) = verdict, breach.isSilence {
                        group.cancelAll()
                        return verdicts
                    }
                }
            }
            return verdicts
        }
    }

    private func present(_ scenarios: [WorkerConformance.Scenario]) {
        switch format.format {
        case .text:
            for scenario in scenarios {
                print("\(scenario.name)\n  \(scenario.summary); \"\(scenario.section)\"")
            }
        case .json:
            Output.json(
                .array(
                    scenarios.map {
                        ["name": .string($0.name), "section": .string($0.section), "summary": .string($0.summary)]
                    }))
        }
    }

    private static func present(
        _ scenario: WorkerConformance.Scenario, _ verdict: WorkerConformance.Verdict
    ) throws {
        let name = Output.column(scenario.name, 40)
        switch verdict {
        case .passed: print("passed  \(name)")
        case .notApplicable(let reason):
            print("no need \(name)\n\(Output.wrapped(reason, indent: "        "))", terminator: "")
        case .broken(let breach):
            print(Output.bold("BROKEN  \(name)"))
            for (label, text) in [
                ("section", "\"\(breach.section)\" of RDP-1.md"), ("expected", breach.expected), ("came", breach.came),
            ] {
                let first = "        " + Output.column(label, 10)
                print(Output.wrapped(text, indent: String(repeating: " ", count: 18), first: first), terminator: "")
            }
        }
        try Output.flush()
    }

    private static func json(
        _ scenario: WorkerConformance.Scenario, _ verdict: WorkerConformance.Verdict
    ) -> JSON {
        let name = JSON.string(scenario.name)
        return switch verdict {
        case .passed: ["name": name, "verdict": "passed"]
        case .notApplicable(let reason): ["name": name, "verdict": "notApplicable", "reason": .string(reason)]
        case .broken(let breach):
            [
                "name": name, "verdict": "broken", "section": .string(breach.section),
                "expected": .string(breach.expected), "came": .string(breach.came),
            ]
        }
    }
}
