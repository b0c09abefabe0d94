import ArgumentParser
import Foundation
import RedressConfiguration
import RedressContract
import RedressTesting

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Plays meshes in which everything goes wrong, each from one seed, and looks for what must never be.",
        discussion: """
            The cores of coordinator, workers and clients run as they are, without sockets, disk or real time: messages are
            lost, late and doubled, lines cut, processes killed and stopped, the journal fails, the disk fills, clocks jump.
            After each step the promises are checked, and in the end every complaint has to have its record.
            With --config the departments, tasks, facts and limits are those of that folder; without, each seed makes its own.
            A seed that fails ends it with exit code 1, the end of its story, and the command that plays it again.
            """)

    @Option(help: "How many seeds are played. (default: no end with --minutes, 1 with --seed, else 1000)")
    var seeds: Int?
    @Option(help: "For how many minutes at the most.")
    var minutes: Double?
    @Option(help: "The first seed; the others follow it.")
    var seed: UInt64?
    @Option(help: "The folder of the configuration whose house is played.")
    var config: String?
    @Option(help: "How many seeds are played at a time. (default: as many as there are processors)")
    var jobs: Int?
    @Option(
        help: ArgumentHelp(
            "Break something on purpose, to see that it is noticed: \(Sabotage.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "what"),
        transform: { text in
            guard let sabotage = Sabotage(rawValue: text) else {
                throw ValidationError("\"\(text)\" cannot be broken.")
            }
            return sabotage
        })
    var sabotage: Sabotage?
    @Flag(help: "Print the whole story, of one seed.")
    var story = false
    @OptionGroup var format: FormatOption

    func validate() throws {
        guard seeds ?? 1 > 0, minutes.map({ $0 > 0 && $0 <= 525_600 }) ?? true, jobs ?? 1 > 0 else {
            throw ValidationError("--seeds, --minutes and --jobs are greater than zero, and --minutes 525600 at most.")
        }
        guard !story || (seed != nil && seeds ?? 1 == 1) else {
            throw ValidationError("--story tells of one seed: name it with --seed.")
        }
    }

    func run() async throws {
        var simulation = Simulation(sabotage: sabotage)
        if let config {
            var option = ConfigurationOption()
            option.config = config
            let configuration = try option.read()
            simulation = Simulation(configuration.policy, configuration.scheduling, sabotage: sabotage)
        }
        var tally = SimulationTally()
        let failed = try await play(simulation, &tally)
        switch format.format {
        case .json: Output.json(tally.json(failed, replay: failed.map { replay($0.seed) }))
        case .text: present(failed, tally)
        }
        if failed != nil { throw ExitCode.failure }
    }

    /// Plays seed after seed until one fails, they are through, time is up or somebody interrupts.
    ///
    /// - Returns: the failing one, played once more for its story.
    private func play(_ simulation: Simulation, _ tally: inout SimulationTally) async throws -> Simulation.Outcome? {
        let first = seed ?? 1
        let count = seeds ?? (minutes != nil ? .max : seed != nil ? 1 : 1000)
        let end = minutes.map { ContinuousClock.now + .seconds($0 * 60) }
        let progress = Progress(isShown: format.format == .text && count > 1)
        let (failed, played) = await withTaskGroup(of: Simulation.Outcome.self) { group in
            var tally = SimulationTally()
            var failed: Simulation.Outcome?
            var next = 0
            func startOne() {
                guard failed == nil, next < count, end.map({ ContinuousClock.now < $0 }) ?? true else { return }
                let seed = first &+ UInt64(next)
                next += 1
                group.addTask { simulation.play(seed) }
            }
            for _ in 0..<min(jobs ?? ProcessInfo.processInfo.activeProcessorCount, count) { startOne() }
            while let outcome = await group.next() {
                tally.add(outcome)
                progress.show(tally)
                if !outcome.breaches.isEmpty, failed.map({ outcome.seed < $0.seed }) ?? true { failed = outcome }
                startOne()
            }
            return (failed, tally)
        }
        tally = played
        progress.end()
        guard failed != nil || story else { return nil }
        let told = simulation.play(failed?.seed ?? first, tellsStory: true)
        if story, format.format == .text { for event in told.story { print(event) } }
        return failed == nil ? nil : told
    }

    private func replay(_ seed: UInt64) -> String {
        "redress simulate --seed \(seed)" + (config.map { " --config \($0)" } ?? "")
            + (sabotage.map { " --sabotage \($0.rawValue)" } ?? "")
    }

    private func present(_ failed: Simulation.Outcome?, _ tally: SimulationTally) {
        guard let failed else { return print("\(tally): nothing that must never be.") }
        print("Seed \(failed.seed) fails after \(failed.lasted):")
        for breach in failed.breaches { print(Output.wrapped(breach, indent: "    ", first: "  - "), terminator: "") }
        if !story {
            print("\nThe end of its story (all of it: --story):")
            for event in failed.story.filter({ !$0.isHeartbeat }).suffix(40) { print("  \(event)") }
        }
        print("\nTo play it again:\n  \(replay(failed.seed))")
    }
}

/// What has been played.
private struct SimulationTally: CustomStringConvertible {
    var seeds = 0
    var cases = 0
    var turns = 0
    var entries = 0
    var starts = 0
    var simulated: Duration = .zero
    /// Of all seeds, whatever their order.
    var fingerprint: UInt64 = 0

    mutating func add(_ outcome: Simulation.Outcome) {
        seeds += 1
        cases += outcome.cases
        turns += outcome.turns
        entries += outcome.entries
        starts += outcome.starts
        simulated += outcome.lasted
        fingerprint ^= outcome.fingerprint
    }

    var description: String {
        "\(seeds, of: "seed"), \(cases, of: "case"), \(entries, of: "entry", "entries") in \(turns, of: "turn"), "
            + "\(starts, of: "start") of the coordinator, \(Int(simulated / .seconds(3600)), of: "simulated hour")"
    }

    func json(_ failed: Simulation.Outcome?, replay: String?) -> JSON {
        func number(_ value: Int) -> JSON { .number(ExactNumber(value)) }
        let failure: JSON =
            failed.map { failed in
                [
                    "seed": .string("\(failed.seed)"), "breaches": .array(failed.breaches.map { .string($0) }),
                    "story": .array(failed.story.filter { !$0.isHeartbeat }.suffix(200).map { .string("\($0)") }),
                    "replay": .string(replay ?? ""),
                ]
            } ?? .null
        return [
            "ok": .bool(failed == nil), "seeds": number(seeds), "cases": number(cases), "turns": number(turns),
            "entries": number(entries), "coordinatorStarts": number(starts),
            "simulatedSeconds": number(Int(simulated / .seconds(1))),
            "fingerprint": .string(String(fingerprint, radix: 16)), "failed": failure,
        ]
    }
}

/// A line on standard error that tells how far it has come: again and again on a terminal, else every ten seconds.
private final class Progress {
    private let isShown: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shownAt = ContinuousClock.now

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ tally: SimulationTally) {
        guard isShown, ContinuousClock.now - shownAt > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        shownAt = .now
        Output.note((isTerminal ? "\r\u{1B}[K" : "") + "\(tally)", terminator: isTerminal ? "" : "\n")
    }

    func end() { if isShown, isTerminal { Output.note("\r\u{1B}[K", terminator: "") } }
}
