import Foundation
import RedressTesting
import Testing

/// Random meshes in which everything goes wrong for a while, each from one seed.
@Suite(.aside) struct SimulationTests {
    /// `REDRESS_SEEDS` times as many seeds are played.
    static let times = ProcessInfo.processInfo.environment["REDRESS_SEEDS"].flatMap { UInt64($0) } ?? 1

    @Test(arguments: 1...300 * max(times, 1))
    func whateverGoesWrongThePromisesHold(seed: UInt64) {
        let breaches = Simulation().play(seed).breaches
        #expect(breaches == [], "play it again with: swift run redress simulate --seed \(seed)")
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func theSameSeedIsTheSameMesh(seed: UInt64) {
        let (one, other) = (Simulation().play(seed, tellsStory: true), Simulation().play(seed))
        #expect(one.fingerprint == other.fingerprint)
        #expect(one.story.map(\.description) == Simulation().play(seed, tellsStory: true).story.map(\.description))
    }
}
