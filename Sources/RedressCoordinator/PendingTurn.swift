import RedressCase
import RedressContract
import RedressDispatch
import RedressWire

/// A turn from its first decision until it is on disk: what it writes, and what may be sent once that is there.
struct PendingTurn {
    /// The entries of each case together, cases in the order of their first entry.
    private(set) var rows: [Turn.Row] = []
    /// For each row, the place of its first entry in the case.
    private(set) var firstEntries: [Int] = []
    private var places: [CaseReference: Int] = [:]
    private var housePlace: Int?
    /// The cases that begin, with whom to tell.
    var intakes: [PendingIntake] = []
    /// How many bytes their submissions have.
    var intakeBytes = 0
    /// The same submissions once more while they were on their way to the disk.
    var repeats: [(PendingIntake, CaseReference)] = []
    /// What the core wants sent.
    var sends: [Step.Send] = []
    /// What the shell wants sent, in order for each peer.
    var posts: [Peer: [Command]] = [:]
    /// Cases whose words await triage from now on.
    var triage: [CaseReference] = []
    /// Cases that end with the turn.
    var reconciled: [CaseReference] = []
    /// Finished cases that are in memory only because a message was about them.
    var visiting: Set<CaseReference> = []
    /// What clients ask of the views, once they show this turn.
    var questions: [@Sendable () -> Void] = []

    /// Whether it writes something of `reference`.
    func touches(_ reference: CaseReference) -> Bool { places[reference] != nil }

    /// Takes what the core decided.
    mutating func add(_ step: Step) {
        for entry in step.entries { add(entry.reference, entry.entry.stored, number: entry.number) }
        for entry in step.house { add(entry) }
        sends += step.sends
        triage += step.triage
        reconciled += step.reconciled
    }

    private mutating func add(_ entry: HouseEntry) {
        guard let place = housePlace else {
            housePlace = rows.count
            rows.append(Turn.Row(stream: .house, entries: [entry.stored]))
            return firstEntries.append(0)
        }
        rows[place].entries.append(entry.stored)
    }

    private mutating func add(_ reference: CaseReference, _ entry: StoredEntry, number: Int) {
        if let place = places[reference] {
            rows[place].entries.append(entry)
        } else {
            places[reference] = rows.count
            rows.append(Turn.Row(stream: .case(reference), entries: [entry]))
            firstEntries.append(number)
        }
    }
}
