import Fuzzing
import RedressCase
import RedressContract
import Testing

/// Entries of a journal that something has damaged are read or refused, and fold or do not; nothing traps.
@Suite struct DamagedEntryTests {
    @Test func damagedEntriesAreReadOrRefused() throws {
        let events = try EntryTests.events()
        let planned = try plannedCase(policy(), split())
        var (taken, refused) = (0, 0)
        FuzzRound.play(200, in: "DamagedEntryTests") { round in
            var damaged = planned
            for _ in 0..<20 {
                guard let event = events.randomElement(using: &round.random) else { return }
                var stored = Entry(at: at(.random(in: 0...9, using: &round.random)), actor: "a", event: event).stored
                round.damage(&stored.structure, with: FuzzRound.jsonTokens)
                for index in stored.parts.indices {
                    guard var bytes = stored.parts[index].bytes else { continue }
                    round.damage(&bytes)
                    stored.parts[index].bytes = Bool.random(using: &round.random) ? bytes : nil
                }
                _ = Entry.presentation(of: stored)
                guard let entry = try? Entry(stored) else {
                    refused += 1
                    continue
                }
                taken += 1
                #expect((try? Entry(entry.stored)) == entry, Comment(rawValue: round.replay))
                try? damaged.fold(entry)
                _ = damaged.view
                _ = try? Case(reference, stored: [stored])
            }
        }
        #expect(taken > 0 && refused > 0, "both happen")
    }
}
