import RedressCase
import RedressContract
import RedressTesting
import RedressWire
import Testing

/// That the checks can fail: each is shown something that must never be.
@Suite(.aside) struct WitnessTests {
    /// What a coordinator wrote in a mesh of this seed.
    private func recorded(_ seed: UInt64 = 3) throws -> (Policy, [RecordedTurn]) {
        let mesh = World(seed: seed, isRecording: true)
        try #require(mesh.play() == [])
        return (mesh.mesh.policy, try #require(mesh.mesh.recorded))
    }

    private func breaches(_ seed: UInt64 = 3, _ change: (inout [RecordedTurn]) throws -> Void) throws -> String {
        var (policy, turns) = try recorded(seed)
        try change(&turns)
        var witness = MeshWitness(policy)
        for turn in turns { witness.see(turn.turn, memory: turn.memory) }
        return witness.breaches.joined(separator: "\n")
    }

    /// Shows the entries of each row that `of` names to `change`, together with what the case was before; the first row that
    /// it changes is the last.
    private func change(_ turns: inout [RecordedTurn], _ change: (inout [StoredEntry]) throws -> Bool) throws {
        for turn in turns.indices {
            for row in turns[turn].turn.rows.indices {
                if try change(&turns[turn].turn.rows[row].entries) { return }
            }
        }
        Issue.record("there is nothing to change")
    }

    private func type(_ entry: StoredEntry) -> JSON? { (try? JSON(parsing: entry.structure))?["type"] }

    @Test func whatWasWrittenIsInOrder() throws {
        #expect(try breaches { _ in } == "")
    }

    @Test func aLostTurnIsSeen() throws {
        #expect(try breaches { $0.remove(at: $0.count / 2) }.contains("is not what the journal tells"))
    }

    @Test func aTurnTwiceIsSeen() throws {
        #expect(try breaches { $0.insert($0[1], at: 2) }.contains("is written after turn"))
    }

    @Test func aKeyOfTwoCasesIsSeen() throws {
        let told = try breaches { turns in
            let first = try #require(turns.firstIndex { !$0.turn.intakes.isEmpty })
            turns[first].turn.intakes += turns[first].turn.intakes
        }
        #expect(told.contains("one key opens"))
    }

    @Test(arguments: [
        ("accepted", "is accepted while it is not ready"), ("ready", "comes about twice"),
        ("contributed", "ends twice"), ("reconciled", "before its tasks have ended, or twice"),
        ("planned", "planned twice"), ("assessed", "assessed twice"), ("received", "received twice"),
    ])
    func anEntryTwiceIsSeen(kind: String, sentence: String) throws {
        let told = try breaches { turns in
            try change(&turns) { entries in
                guard let entry = entries.first(where: { type($0) == .string(kind) }) else { return false }
                entries.append(entry)
                return true
            }
        }
        #expect(told.contains(sentence))
    }

    @Test func anAttemptWithTwoHoldersIsSeen() throws {
        let told = try breaches { turns in
            try change(&turns) { entries in
                guard let place = entries.firstIndex(where: { type($0) == "accepted" }) else { return false }
                var entry = try Entry(entries[place])
                guard case .accepted(let task, let attempt, let worker, let incarnation) = entry.event else {
                    return false
                }
                entry.event = .accepted(task: task, attempt: attempt, worker: worker, incarnation: incarnation &+ 1)
                entries.insert(entry.stored, at: place + 1)
                return true
            }
        }
        #expect(told.contains("has two holders"))
    }

    @Test func anEntryThatPrecedesItsForerunnerIsSeen() throws {
        let told = try breaches { turns in
            try change(&turns) { entries in
                guard let place = entries.firstIndex(where: { type($0) == "accepted" }) else { return false }
                var entry = try Entry(entries[place])
                entry.at = Timestamp(milliseconds: 0)
                entries[place] = entry.stored
                return true
            }
        }
        #expect(told.contains("precedes the one before it"))
    }

    @Test func aForgedContributionIsSeen() throws {
        let told = try breaches { turns in
            try change(&turns) { entries in
                guard let place = entries.firstIndex(where: { type($0) == "contributed" }) else { return false }
                var entry = try Entry(entries[place])
                guard case .contributed(let task, let attempt, _, let digest, let body) = entry.event else {
                    return false
                }
                entry.event = .contributed(task: task, attempt: attempt, worker: "x", digest: digest, body: body)
                entries[place] = entry.stored
                return true
            }
        }
        #expect(told.contains("by another than its holder"))
    }

    @Test func aRecordThatTheEntriesDoNotComeToIsSeen() throws {
        let told = try breaches { turns in
            try change(&turns) { entries in
                guard let place = entries.firstIndex(where: { type($0) == "reconciled" }) else { return false }
                var entry = try Entry(entries[place])
                guard case .reconciled(_, let missing, let conflicts, let points, let record) = entry.event else {
                    return false
                }
                entry.event = .reconciled(
                    outcome: .upheld, missing: missing + 1, conflicts: conflicts, openPoints: points, record: record)
                entries[place] = entry.stored
                return true
            }
        }
        #expect(told.contains("is not what the entries come to"))
    }

    @Test func anAcknowledgementOfNothingIsSeen() throws {
        let (policy, turns) = try recorded()
        let journal = JournalModel(JournalModel.Disk(), nonce: 1)
        let reference = try #require(turns.lazy.flatMap(\.turn.intakes).first?.reference)
        var witness = MeshWitness(policy)
        witness.acknowledged("a", reference, in: journal)
        witness.acknowledged("b", reference, in: journal)
        let told = witness.breaches.joined(separator: "\n")
        #expect(told.contains("which is not on disk"))
        #expect(told.contains("two complaints were acknowledged as"))
    }

    /// What has seen a whole mesh, and behind it these events of a case that has its record.
    private func witness(of events: [Entry.Event]) throws -> (MeshWitness, CaseReference) {
        let (policy, turns) = try recorded()
        var witness = MeshWitness(policy)
        for turn in turns { witness.see(turn.turn, memory: turn.memory) }
        let last = try #require(turns.last).turn
        let reference = try #require(witness.cases.keys.sorted().first)
        let entries = events.map { Entry(at: Timestamp(milliseconds: 1 << 50), actor: "client:desk", event: $0).stored }
        witness.see(
            Turn(
                number: last.number + 1, epoch: last.epoch,
                rows: [Turn.Row(stream: .case(reference), entries: entries)]),
            memory: [:])
        return (witness, reference)
    }

    private let erasure = Entry.Event.erased(person: Entry.complainant, reason: "On request.")

    @Test func workOnAnErasedCaseIsSeen() throws {
        let (witness, _) = try witness(of: [erasure, .reopened(deadline: Timestamp(milliseconds: 1 << 50))])
        #expect(witness.breaches.joined().contains("reopened follows though it was erased"))
    }

    @Test func anErasureOfAnOpenCaseIsSeen() throws {
        let told = try breaches { turns in
            try change(&turns) { entries in
                guard let place = entries.firstIndex(where: { type($0) == "received" }) else { return false }
                let entry = Entry(at: Timestamp(milliseconds: 1 << 50), actor: "client:desk", event: erasure)
                entries.insert(entry.stored, at: place + 1)
                return true
            }
        }
        #expect(told.contains("it is erased while it is open"))
    }

    @Test func anAcknowledgedErasureThatIsNotOnDiskIsSeen() throws {
        var (witness, reference) = try witness(of: [erasure])
        let count = witness.breaches.count
        witness.acknowledged("On request.", about: reference)
        #expect(witness.breaches.count == count)
        witness.acknowledged("On request, again.", about: reference)
        #expect(witness.breaches.last?.contains("again.\" was acknowledged, which is not on disk") == true)
    }

    @Test func whatIsToldOfErasedWordsIsSeen() throws {
        var (witness, reference) = try witness(of: [erasure, erasure])
        let count = witness.breaches.count
        func event(_ body: JSON, cursor: JSON) -> Command {
            let body: JSON = ["cursor": cursor, "entry": ["type": "received"], "body": body]
            return Command(.event, reference: reference, body: body.bytes[...])
        }
        witness.told(event(["erased": true], cursor: "e1"))
        witness.told(event(["text": "I am Zoe."], cursor: "e1000"))
        #expect(witness.breaches.count == count)
        witness.told(event(["text": "I am Zoe."], cursor: "e1"))
        witness.told(Command(.offer, task: TaskID(reference, 1), attempt: 1))
        witness.told(Command(.answer, reference: reference, body: Array("Zoe".utf8)[...]))
        #expect(witness.breaches.dropFirst(count).allSatisfy { $0.contains("tells words of it") })
        #expect(witness.breaches.count == count + 3)
    }

    @Test func aRecordWithoutWhatWasSettledIsSeen() throws {
        let told = try breaches(24) { turns in
            try change(&turns) { entries in
                guard let place = entries.firstIndex(where: { type($0) == "conflict-settled" }),
                    entries[place...].contains(where: { type($0) == "reconciled" })
                else { return false }
                var entry = try Entry(entries[place])
                guard case .conflictSettled(let fact, let issues, var settlement?) = entry.event else { return false }
                settlement.sides = []
                entry.event = .conflictSettled(fact: fact, issues: issues, settlement)
                entries[place] = entry.stored
                return true
            }
        }
        #expect(told.contains("the record is without what was settled"))
    }

    @Test func wordsThatAnErasureLeavesOnDiskAreSeen() {
        let noticed = (1...60 as ClosedRange<UInt64>).first { seed in
            Simulation(sabotage: .sparesLast).play(seed).breaches.contains { $0.contains("words of it are on disk") }
        }
        #expect(noticed != nil)
    }

    @Test(arguments: Sabotage.allCases)
    func whatIsBrokenOnPurposeIsNoticed(sabotage: Sabotage) {
        let noticed = (1...40 as ClosedRange<UInt64>).first { seed in
            !Simulation(sabotage: sabotage).play(seed).breaches.isEmpty
        }
        #expect(noticed != nil, "\(sabotage.rawValue) goes unnoticed")
    }
}
