import DequeModule
import RedressCase
import RedressContract

/// The cases that the views do not show yet as they are, in the order in which they fell behind.
struct ViewsBehind {
    /// A case that is behind.
    struct Entry {
        let reference: CaseReference
        /// The first turn that the views do not show of it.
        let turn: UInt64
        /// When that was, in steady time.
        let at: Duration
        /// What they are to show, where the case has left memory since.
        var view: CaseView?
    }

    private var entries: [CaseReference: Entry] = [:]
    private var order: Deque<CaseReference> = []

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    /// Since when the views have been behind.
    var since: Duration? { order.first.flatMap { entries[$0]?.at } }
    /// The first turn that they do not show as a whole.
    var firstTurn: UInt64? { order.first.flatMap { entries[$0]?.turn } }

    /// Notes that `turn` changes a case.
    mutating func add(_ reference: CaseReference, turn: UInt64, at time: Duration) {
        if entries[reference] != nil {
            entries[reference]?.view = nil
        } else {
            entries[reference] = Entry(reference: reference, turn: turn, at: time)
            order.append(reference)
        }
    }

    /// Keeps what the views are to show of a case that leaves memory, where they are behind.
    mutating func leave(_ reference: CaseReference, _ view: @autoclosure () -> CaseView?) {
        if entries[reference] != nil { entries[reference]?.view = view() }
    }

    /// Takes out those that fell behind first: `limit` at most, and none that did after `time`.
    mutating func take(atMost limit: Int, before time: Duration) -> [Entry] {
        var taken: [Entry] = []
        while taken.count < limit, let reference = order.first, let entry = entries[reference], entry.at <= time {
            taken.append(entry)
            entries[reference] = nil
            order.removeFirst()
        }
        return taken
    }

    /// Puts back what could not be shown; a case that has changed again meanwhile is behind for longer than it seemed.
    mutating func putBack(_ taken: [Entry], _ views: [CaseView]) {
        let views = Dictionary(views.map { ($0.reference, $0) }) { $1 }
        for var entry in taken.reversed() {
            entry.view = views[entry.reference]
            if let newer = entries[entry.reference] {
                order.removeAll { $0 == entry.reference }
                entries[entry.reference] = Entry(
                    reference: entry.reference, turn: entry.turn, at: entry.at, view: newer.view)
            } else {
                entries[entry.reference] = entry
            }
            order.prepend(entry.reference)
        }
    }
}
