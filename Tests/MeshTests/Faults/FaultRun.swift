import Foundation

/// How many faults are tried, and which: the same for every test of faults.
enum FaultRun {
    /// How many faults were asked for by `REDRESS_FAULTS`; nil for the few of an everyday run.
    static let asked = number(in: "REDRESS_FAULTS")
    /// Which faults and when; `REDRESS_SEED` repeats a run as far as the machine does.
    static let seed = number(in: "REDRESS_SEED") ?? Int.random(in: 1...1_000_000)
    /// The minutes that a test of so many faults may take before it counts as hung.
    static let minutes = 5 + (asked ?? 0) / 10

    private static func number(in variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }
}
