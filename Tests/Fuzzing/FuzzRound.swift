internal import Foundation
package import RedressTesting

/// One round of a test on damaged input: the random numbers of a seed, and how to play it again.
///
/// A round that records an issue says so with ``replay``; one that traps, or is ended by the system, has it written to standard
/// error first.
package struct FuzzRound {
    package var random: SeededGenerator
    /// The command that plays this round alone, the same again.
    package let replay: String

    /// Plays rounds, each from a seed of its own: `count` of them, as many more as `REDRESS_FUZZ_SECONDS` leaves time for, or
    /// the one of `REDRESS_SEED`.
    ///
    /// - Parameters:
    ///   - suite: the suite of the test that calls this.
    ///   - test: the test.
    package static func play(
        _ count: UInt64, in suite: String, _ test: String = #function, _ body: (inout FuzzRound) throws -> Void
    ) rethrows {
        var seeds = Seeds(count: count)
        while let seed = seeds.next() {
            var round = FuzzRound(seed: seed, suite, test)
            LastWords.ofThisThread(round.replay)
            defer { LastWords.ofThisThread(nil) }
            try body(&round)
        }
    }

    /// As ``play(_:in:_:_:)``, for a body that waits. Only one of these may run at a time.
    package static func play(
        _ count: UInt64, in suite: String, _ test: String = #function,
        waiting body: (inout FuzzRound) async throws -> Void
    ) async rethrows {
        var seeds = Seeds(count: count)
        while let seed = seeds.next() {
            var round = FuzzRound(seed: seed, suite, test)
            LastWords.ofAllThreads(round.replay)
            defer { LastWords.ofAllThreads(nil) }
            try await body(&round)
        }
    }

    private init(seed: UInt64, _ suite: String, _ test: String) {
        random = SeededGenerator(seed: seed)
        replay = "REDRESS_SEED=\(seed) swift test --filter \(suite)/\(test.prefix { $0 != "(" })"
    }

    /// The seeds to play.
    private struct Seeds: IteratorProtocol {
        let count: UInt64
        private let replayed = FuzzRound.number(in: "REDRESS_SEED")
        private let end =
            ContinuousClock.now + .seconds(Int64(clamping: FuzzRound.number(in: "REDRESS_FUZZ_SECONDS") ?? 0))
        private var last: UInt64 = 0

        init(count: UInt64) { self.count = count }

        mutating func next() -> UInt64? {
            last += 1
            if let replayed { return last == 1 ? replayed : nil }
            return last <= count || ContinuousClock.now < end ? last : nil
        }
    }

    private static func number(in variable: String) -> UInt64? {
        ProcessInfo.processInfo.environment[variable].flatMap { UInt64($0) }
    }

    /// Damages `bytes` in one to four places: something is taken out, doubled, garbled, cut off, or one of `tokens` put in.
    package mutating func damage(_ bytes: inout [UInt8], with tokens: [[UInt8]] = []) {
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let start = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1...24, using: &random))
            switch Int.random(in: 0..<9, using: &random) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 2: bytes[start] = UInt8.random(in: 0 ... .max, using: &random)
            case 3: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 4: bytes[start] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 5 where Int.random(in: 0..<4, using: &random) == 0: bytes.removeSubrange(start...)
            default:
                bytes.replaceSubrange(
                    start..<(Bool.random(using: &random) ? start : end),
                    with: tokens.randomElement(using: &random) ?? [])
            }
        }
    }
}
