package import RedressCase
package import RedressContract
package import RedressWire

/// A turn from its first decision until it is on disk: what it writes, and what may be sent once that is there.
package struct PendingTurn {
    /// The entries of each case together, cases in the order of their first entry.
    package private(set) var rows: [Turn.Row] = []
    /// For each row, the place of its first entry in the case.
    package private(set) var firstEntries: [Int] = []
    private var places: [CaseReference: Int] = [:]
    private var housePlace: Int?
    /// The cases that begin, with whom to tell.
    package var intakes: [PendingIntake] = []
    /// How many bytes their submissions have.
    package var intakeBytes = 0
    /// The same submissions once more while they were on their way to the disk.
    package var repeats: [(PendingIntake, CaseReference)] = []
    /// What the core wants sent.
    package var sends: [Step.Send] = []
    /// What the shell wants sent, in order for each peer.
    package private(set) var posts: [Peer: [Command]] = [:]
    /// Cases whose words await triage from now on.
    package var triage: [CaseReference] = []
    /// Cases that end with the turn.
    package var reconciled: [CaseReference] = []
    /// Finished cases that are in memory only because a message was about them.
    package var visiting: Set<CaseReference> = []
    /// What clients ask of the views, once they show this turn.
    package var questions: [@Sendable () -> Void] = []

    package init() {}

    /// Whether it writes something of `reference`.
    package func touches(_ reference: CaseReference) -> Bool { places[reference] != nil }

    /// Says `command` to `peer` when the turn is on disk.
    package mutating func post(_ command: Command, to peer: Peer) { posts[peer, default: []].append(command) }

    /// Says events of entries that this turn wrote, to a client of whom the `next` turn has something to say already behind
    /// that: it may be the ACCEPTED, or the events, that come before them.
    package mutating func post(_ events: [Step.Send], orBehind next: inout PendingTurn) {
        for event in events {
            if next.posts[event.peer] == nil {
                post(event.command, to: event.peer)
            } else {
                next.post(event.command, to: event.peer)
            }
        }
    }

    /// Takes an entry of the house stream.
    package mutating func add(house entry: StoredEntry) {
        if let place = rows.firstIndex(where: { $0.stream == .house }) {
            rows[place].entries.append(entry)
        } else {
            rows.append(Turn.Row(stream: .house, entries: [entry]))
            firstEntries.append(0)
        }
    }

    /// Takes what the core decided.
    package mutating func add(_ step: Step) {
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
