package import RedressCase
package import RedressContract
package import RedressWire

/// A turn from its first decision until it is on disk: what it writes, and what may be sent once that is there.
package struct PendingTurn {
    /// The entries of one stream, before they are bytes: whoever writes them makes them so.
    package struct Draft: Sendable {
        package let stream: Stream
        /// The place of the first entry in its case.
        package let firstEntry: Int
        fileprivate var entries: [Entry] = []
        fileprivate var house: [StoredEntry] = []

        /// The row that is written.
        package var row: Turn.Row { Turn.Row(stream: stream, entries: house + entries.map(\.stored)) }
    }

    /// The entries of each case together, cases in the order of their first entry.
    package private(set) var drafts: [Draft] = []
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
    /// Cases that it erases, with how many of their entries stand before the erasure.
    private(set) var erased: [CaseReference: Int] = [:]
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

    /// Says events of entries that this turn wrote, to a client of whom a turn behind it has something to say already behind
    /// that: it may be the ACCEPTED, or the events, that come before them.
    package mutating func post(
        _ events: [Step.Send], orBehind writing: inout PendingTurn?, _ deciding: inout PendingTurn
    ) {
        for event in events {
            if writing?.posts[event.peer] != nil {
                writing?.post(event.command, to: event.peer)
            } else if deciding.posts[event.peer] != nil {
                deciding.post(event.command, to: event.peer)
            } else {
                post(event.command, to: event.peer)
            }
        }
    }

    /// Changes what the shell wants sent.
    mutating func changePosts(_ change: (inout Command) -> Void) {
        for peer in posts.values.indices {
            for place in posts.values[peer].indices { change(&posts.values[peer][place]) }
        }
    }

    /// Has a finished case that one of the turns is about leave memory with that turn.
    ///
    /// - Returns: whether there is such a turn.
    package static func keeps(
        _ reference: CaseReference, _ writing: inout PendingTurn?, _ deciding: inout PendingTurn
    ) -> Bool {
        if deciding.touches(reference) {
            deciding.visiting.insert(reference)
        } else if writing?.touches(reference) == true {
            writing?.visiting.insert(reference)
        } else {
            return false
        }
        return true
    }

    /// Takes an entry of the house stream.
    package mutating func add(house entry: StoredEntry) {
        if housePlace == nil {
            housePlace = drafts.count
            drafts.append(Draft(stream: .house, firstEntry: 0))
        }
        if let housePlace { drafts[housePlace].house.append(entry) }
    }

    /// Takes what the core decided to write and to send.
    package mutating func add(_ step: Step) {
        for entry in step.entries { add(entry.reference, entry.entry, number: entry.number) }
        for entry in step.house { add(house: entry.stored) }
        sends += step.sends
        reconciled += step.reconciled
    }

    private mutating func add(_ reference: CaseReference, _ entry: Entry, number: Int) {
        let place = places[reference, default: drafts.count]
        if place == drafts.count {
            places[reference] = place
            drafts.append(Draft(stream: .case(reference), firstEntry: number))
        }
        drafts[place].entries.append(entry)
        if case .erased = entry.event { erased[reference] = number }
    }
}
