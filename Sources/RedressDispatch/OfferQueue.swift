import DequeModule
import HeapModule
package import RedressCase
package import RedressContract

/// The tasks of one department that wait for a worker, in the order in which they are offered.
///
/// What has waited for ``Scheduling/waitingMaximum`` goes first, the longest wait before all. Of the rest the highest priority
/// goes first; of one priority what is due in the earliest step of time; of one step the customers take turns, and each
/// customer's tasks go in the order in which they came.
///
/// A task's age counts from when it became ready, whatever became of its offers and attempts since; it begins anew with the
/// coordinator. So within one coordinator's life no task that may be offered waits longer than ``Scheduling/waitingMaximum``
/// and the time that its department needs for the tasks that were ready before it, whatever comes after; and within a priority and step a customer with few tasks waits for one task of
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
        /// Since when it has been ready, in attended time.
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

    /// What goes first.
    package struct Head: Sendable, Hashable {
        package var task: TaskID
        package var why: Precedes
        /// Since when it has waited, in attended time.
        fileprivate var since: Duration
        /// Between which tasks it takes turns; nil where it goes first for its age.
        fileprivate var rank: Rank?
    }

    /// The place of a task in a row; a later one of the same task takes its place. Small, because hundreds of thousands
    /// may wait.
    private struct Ticket: Sendable, Comparable {
        var task: TaskID
        var number: UInt32
        var since: Duration

        /// Whether `a` is older than `b`.
        static func < (a: Self, b: Self) -> Bool { (a.since, a.number) < (b.since, b.number) }
    }

    /// Tasks between which customers take turns.
    fileprivate struct Rank: Sendable, Hashable, Comparable {
        var priority: Int
        var dueStep: Int64

        /// Whether `a` is offered after `b`.
        static func < (a: Self, b: Self) -> Bool { (a.priority, b.dueStep) < (b.priority, a.dueStep) }
    }

    /// The tasks of one rank: a row for each customer, and whose turn comes after whose.
    private struct Turns: Sendable {
        let rank: Rank
        private var rows: [(customer: Customer, tickets: Deque<Ticket>)] = []
        /// The rows that have tickets, the next one first.
        private var order: Deque<Int> = []
        /// Which row is whose, and which are nobody's.
        private var rowOf: [Customer: Int] = [:]
        private var free: [Int] = []

        init(rank: Rank) { self.rank = rank }

        /// The first ticket of the row whose turn it is.
        var first: Ticket? { order.first.flatMap { rows[$0].tickets.first } }

        func contains(_ number: UInt32) -> Bool {
            rows.contains { $0.tickets.contains { $0.number == number } }
        }

        mutating func append(_ ticket: Ticket, of customer: Customer) {
            if let row = rowOf[customer] { return rows[row].tickets.append(ticket) }
            let row = free.popLast() ?? rows.count
            if row == rows.count { rows.append((customer, [])) }
            rows[row] = (customer, [ticket])
            rowOf[customer] = row
            order.append(row)
        }

        /// Takes out the first ticket; if it `counts`, its customer's turn is over.
        mutating func removeFirst(counts: Bool) {
            guard let row = order.first else { return }
            rows[row].tickets.removeFirst()
            if !rows[row].tickets.isEmpty {
                if counts { order.append(order.removeFirst()) }
            } else {
                order.removeFirst()
                clear(row)
            }
        }

        /// Lets go of the tickets that mean nothing any more.
        mutating func tidy(_ counts: (Ticket) -> Bool) {
            for row in order {
                rows[row].tickets = Deque(rows[row].tickets.filter(counts))
                if rows[row].tickets.isEmpty { clear(row) }
            }
            order.removeAll { rows[$0].tickets.isEmpty }
        }

        private mutating func clear(_ row: Int) {
            rowOf[rows[row].customer] = nil
            free.append(row)
        }
    }

    private let scheduling: Scheduling
    /// The tickets that count.
    private var tickets: [TaskID: UInt32] = [:]
    /// Begins anew after four thousand million: no ticket of the same task is left by then.
    private var lastNumber: UInt32 = 0
    /// The ranks that have tasks, the next one last.
    private var ranks: [Turns] = []
    /// All by their age: one that comes back is as old as it was.
    private var ages = Heap<Ticket>()

    /// An empty queue.
    package init(_ scheduling: Scheduling) { self.scheduling = scheduling }

    /// How many tasks wait.
    package var count: Int { tickets.count }
    /// Whether `task` waits here.
    func contains(_ task: TaskID) -> Bool { tickets[task] != nil }
    /// How many places in the rows are taken, by what waits and by what no longer does.
    var rowCount: Int { ages.count }

    private func counts(_ ticket: Ticket) -> Bool { tickets[ticket.task] == ticket.number }

    /// Puts a task in, behind what has come before; one that is in goes to its new place.
    package mutating func insert(_ waiting: Waiting) {
        lastNumber &+= 1
        let ticket = Ticket(task: waiting.task, number: lastNumber, since: waiting.since)
        tickets[waiting.task] = lastNumber
        ages.insert(ticket)
        let rank = Rank(
            priority: waiting.priority,
            dueStep: waiting.due.milliseconds / max(1, scheduling.dueStepMilliseconds))
        let place = place(of: rank)
        if place == ranks.count || ranks[place].rank != rank { ranks.insert(Turns(rank: rank), at: place) }
        ranks[place].append(ticket, of: waiting.customer)
        if ages.count > 2 * tickets.count + 64 { tidy() }
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
        let tickets = tickets
        func counts(_ ticket: Ticket) -> Bool { tickets[ticket.task] == ticket.number }
        ages = Heap(ages.unordered.filter(counts))
        for index in ranks.indices { ranks[index].tidy(counts) }
        ranks.removeAll { $0.first == nil }
    }

    /// Takes a task out, wherever it is.
    package mutating func remove(_ task: TaskID) { tickets[task] = nil }

    /// The task to be offered next, and why it is.
    package mutating func next(at attended: Duration) -> Head? {
        while let oldest = ages.min {
            guard counts(oldest) else {
                ages.removeMin()
                continue
            }
            guard attended - oldest.since >= scheduling.waitingMaximum else { break }
            return Head(task: oldest.task, why: .aged, since: oldest.since)
        }
        while let last = ranks.indices.last {
            while let ticket = ranks[last].first {
                if counts(ticket) {
                    return Head(task: ticket.task, why: .turn, since: ticket.since, rank: ranks[last].rank)
                }
                ranks[last].removeFirst(counts: false)
            }
            ranks.removeLast()
        }
        return nil
    }

    /// Whether what one queue gives next goes before what another one does.
    func goes(_ a: Head, before b: Head) -> Bool {
        guard let rankA = a.rank, let rankB = b.rank else {
            return a.why == b.why ? a.since < b.since : a.why == .aged
        }
        return rankA == rankB ? a.since < b.since : rankB < rankA
    }

    /// Takes out what ``next(at:)`` has just given. Its customer's turn is over, unless it went first for its age.
    mutating func remove(_ head: Head) {
        tickets[head.task] = nil
        if head.why == .turn, let last = ranks.indices.last { ranks[last].removeFirst(counts: true) }
    }

    /// What is offered before `task`, in this order, with the reason of each; nil where the task does not wait here.
    ///
    /// Goes through the queue: for people who ask, not for offers.
    package func ahead(of task: TaskID, at attended: Duration) -> [(task: TaskID, why: Precedes)]? {
        guard let number = tickets[task], let own = ranks.first(where: { $0.contains(number) })?.rank else {
            return nil
        }
        var rest = self
        var ahead: [(task: TaskID, why: Precedes)] = []
        while let head = rest.next(at: attended), head.task != task {
            var why = head.why
            if let rank = head.rank, rank != own { why = rank.priority > own.priority ? .priority : .due }
            ahead.append((head.task, why))
            rest.remove(head)
        }
        return ahead
    }
}
