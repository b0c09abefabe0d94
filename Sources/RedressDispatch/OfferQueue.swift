import DequeModule
package import RedressCase
package import RedressContract

/// The tasks of one department that wait for a worker, in the order in which they are offered.
///
/// What has waited for ``Scheduling/waitingMaximum`` goes first, the longest wait before all. Of the rest the highest priority
/// goes first; of one priority what is due in the earliest step of time; of one step the customers take turns, and each
/// customer's tasks go in the order in which they came.
///
/// So no task waits longer than ``Scheduling/waitingMaximum`` and the time that its department needs for the tasks that were
/// ready before it, whatever comes after; and within a priority and step a customer with few tasks waits for one task of
/// each other customer, however many they have.
///
/// A task that is put in again, or taken out, stays in the rows as a number that means nothing any more, and is passed
/// over: everything here costs the same, however many wait.
package struct OfferQueue: Sendable {
    /// Who shares a department's time with others: a client, or a customer that it names.
    package enum Customer: Sendable, Hashable {
        case client(String)
        case customer(UInt64)
    }

    /// A task that waits, and by what it is compared with others.
    package struct Waiting: Sendable, Hashable {
        package var task: TaskID
        package var priority: Int
        package var due: Timestamp
        package var customer: Customer
        /// Since when, in attended time.
        package var since: Duration

        package init(task: TaskID, priority: Int, due: Timestamp, customer: Customer, since: Duration) {
            self.task = task
            self.priority = priority
            self.due = due
            self.customer = customer
            self.since = since
        }
    }

    /// Why a task goes before another.
    package enum Precedes: String, Sendable, CaseIterable {
        /// It has waited too long.
        case aged
        /// It has a higher priority.
        case priority
        /// It is due in an earlier step.
        case due
        /// It is another customer's turn, or the same customer's task that came before.
        case turn
    }

    /// The place of a task in the rows; a later one of the same task takes its place.
    private struct Ticket: Sendable {
        var number: UInt64
        var waiting: Waiting
    }

    /// Tasks between which customers take turns.
    private struct Rank: Sendable, Hashable, Comparable {
        var priority: Int
        var dueStep: Int64

        /// Whether `a` is offered after `b`.
        static func < (a: Self, b: Self) -> Bool { (a.priority, b.dueStep) < (b.priority, a.dueStep) }
    }

    /// The tasks of one rank: a row for each customer, and whose turn comes after whose.
    private struct Turns: Sendable {
        let rank: Rank
        var rows: [Deque<Ticket>] = []
        /// The rows that have tickets, the next one first.
        var order: Deque<Int> = []
        /// Which row is whose, and which are nobody's.
        var rowOf: [Customer: Int] = [:]
        var free: [Int] = []

        mutating func append(_ ticket: Ticket) {
            if let row = rowOf[ticket.waiting.customer] { return rows[row].append(ticket) }
            let row = free.popLast() ?? rows.count
            if row == rows.count { rows.append([]) }
            rows[row].append(ticket)
            rowOf[ticket.waiting.customer] = row
            order.append(row)
        }

        /// Takes the first ticket out of the row whose turn it is.
        mutating func removeFirst() {
            let row = order[0]
            let ticket = rows[row].removeFirst()
            guard rows[row].isEmpty else { return }
            rowOf[ticket.waiting.customer] = nil
            free.append(row)
            order.removeFirst()
        }

        /// Takes the first ticket out of the row whose turn it is, which is then over.
        mutating func takeTurn() {
            let row = order[0]
            removeFirst()
            if order.first == row { order.append(order.removeFirst()) }
        }
    }

    private let scheduling: Scheduling
    /// The tickets that count.
    private var tickets: [TaskID: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    /// The ranks that have tasks, the next one last.
    private var ranks: [Turns] = []
    /// All in the order in which they came.
    private var arrivals: Deque<Ticket> = []

    /// An empty queue.
    package init(_ scheduling: Scheduling) { self.scheduling = scheduling }

    /// How many tasks wait.
    package var count: Int { tickets.count }
    /// Whether `task` waits here.
    func contains(_ task: TaskID) -> Bool { tickets[task] != nil }
    /// How many places in the rows are taken, by what waits and by what no longer does.
    var rowCount: Int { arrivals.count }

    private func rank(_ waiting: Waiting) -> Rank {
        Rank(
            priority: waiting.priority,
            dueStep: waiting.due.milliseconds / max(1, scheduling.dueStepMilliseconds))
    }

    /// Puts a task in, behind what has come before; one that is in goes to its new place.
    package mutating func insert(_ waiting: Waiting) {
        lastNumber += 1
        let ticket = Ticket(number: lastNumber, waiting: waiting)
        tickets[waiting.task] = lastNumber
        append(ticket)
        if arrivals.count > 2 * tickets.count + 64 { tidy() }
    }

    private mutating func append(_ ticket: Ticket) {
        arrivals.append(ticket)
        let rank = rank(ticket.waiting)
        let place = place(of: rank)
        if place == ranks.count || ranks[place].rank != rank { ranks.insert(Turns(rank: rank), at: place) }
        ranks[place].append(ticket)
    }

    private func place(of rank: Rank) -> Int {
        var (low, high) = (0, ranks.count)
        while low < high {
            let middle = (low + high) / 2
            if ranks[middle].rank < rank { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Lets go of the tickets that mean nothing any more.
    private mutating func tidy() {
        let counting = arrivals.filter { tickets[$0.waiting.task] == $0.number }
        (arrivals, ranks) = ([], [])
        for ticket in counting { append(ticket) }
    }

    /// Takes a task out, wherever it is.
    package mutating func remove(_ task: TaskID) { tickets[task] = nil }

    /// The task to be offered next, and why it is.
    package mutating func next(at attended: Duration) -> (waiting: Waiting, why: Precedes)? {
        while let oldest = arrivals.first {
            guard tickets[oldest.waiting.task] == oldest.number else {
                arrivals.removeFirst()
                continue
            }
            guard attended - oldest.waiting.since >= scheduling.waitingMaximum else { break }
            return (oldest.waiting, .aged)
        }
        while let last = ranks.indices.last {
            while let row = ranks[last].order.first {
                let ticket = ranks[last].rows[row][0]
                if tickets[ticket.waiting.task] == ticket.number { return (ticket.waiting, .turn) }
                ranks[last].removeFirst()
            }
            ranks.removeLast()
        }
        return nil
    }

    /// Whether what one queue gives next goes before what another one does.
    func goes(_ a: (waiting: Waiting, why: Precedes), before b: (waiting: Waiting, why: Precedes)) -> Bool {
        if a.why == .aged || b.why == .aged {
            return a.why == b.why ? a.waiting.since < b.waiting.since : a.why == .aged
        }
        let (rankA, rankB) = (rank(a.waiting), rank(b.waiting))
        return rankA == rankB ? a.waiting.since < b.waiting.since : rankB < rankA
    }

    /// Takes out the task that ``next(at:)`` gives. Its customer's turn is over, unless it went first for its age.
    @discardableResult
    package mutating func removeNext(at attended: Duration) -> Waiting? {
        guard let head = next(at: attended) else { return nil }
        remove(head)
        return head.waiting
    }

    /// Takes out what ``next(at:)`` has just given.
    mutating func remove(_ head: (waiting: Waiting, why: Precedes)) {
        tickets[head.waiting.task] = nil
        if head.why == .turn, let last = ranks.indices.last { ranks[last].takeTurn() }
    }

    /// What is offered before `task`, in this order, with the reason of each; nil where the task does not wait here.
    ///
    /// Goes through the queue: for people who ask, not for offers.
    package func ahead(of task: TaskID, at attended: Duration) -> [(task: TaskID, why: Precedes)]? {
        guard tickets[task] != nil, let own = arrivals.last(where: { $0.waiting.task == task })?.waiting else {
            return nil
        }
        var rest = self
        var ahead: [(task: TaskID, why: Precedes)] = []
        while let (waiting, why) = rest.next(at: attended), waiting.task != task {
            let reason: Precedes =
                if why == .aged { .aged } else if waiting.priority > own.priority {
                    .priority
                } else if rank(waiting)
                    != rank(own)
                { .due } else { .turn }
            ahead.append((waiting.task, reason))
            rest.removeNext(at: attended)
        }
        return ahead
    }
}
