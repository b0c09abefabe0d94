import RedressCase
import RedressContract
import RedressDispatch
import RedressTesting
import Testing

/// A restart after every turn of recorded journals.
@Suite(.aside) struct RestartTests {
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func afterEveryTurnReplayIsWhatWasInMemory(seed: UInt64) throws {
        let world = World(seed: seed, isRecording: true)
        try #require(world.play() == [])
        var entries: [CaseReference: [StoredEntry]] = [:]
        for recorded in try #require(world.mesh.recorded) {
            for row in recorded.turn.rows {
                guard case .case(let reference) = row.stream else { continue }
                for entry in row.entries { entries[reference, default: []].keep(entry) }
            }
            var broker = Broker(
                policy: "simulated", policies: ["simulated": world.mesh.policy], generator: SeededGenerator(seed: 1))
            for (reference, entries) in entries {
                let replayed = try Case(reference, stored: entries)
                if let memory = recorded.memory[reference] {
                    #expect(replayed == memory, "turn \(recorded.turn.number)")
                }
                broker.restore(replayed, now: recorded.clocks)
            }
            // The next coordinator has the same unfinished cases, and nothing to add to them.
            let unfinished = recorded.memory.filter { $0.value.isUnfinished }
            #expect(Set(unfinished.keys) == Set(entries.keys.filter { broker.cases[$0]?.isUnfinished == true }))
            for (reference, memory) in unfinished { #expect(broker.cases[reference] == memory) }
            #expect(broker.takeStep().entries.isEmpty, "turn \(recorded.turn.number)")
            #expect(broker.contradictions(now: recorded.clocks) == [])
        }
    }
}
