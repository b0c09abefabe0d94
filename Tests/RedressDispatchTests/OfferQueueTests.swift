import RedressCase
import RedressContract
import Testing

@testable import RedressDispatch

@Suite struct OfferQueueTests {
    private var scheduling: Scheduling {
        var scheduling = Scheduling()
        scheduling.waitingMaximum = .seconds(60)
        scheduling.dueStepMilliseconds = 1000
        return scheduling
    }

    private func id(_ number: UInt16) throws -> TaskID {
        TaskID(try #require(CaseReference(rawValue: 1)), number)
    }

    private func waiting(
        _ number: UInt16, _ customer: UInt64 = 1, priority: Int = 5, due: Int64 = 0, since: Duration = .zero
    ) throws -> OfferQueue.Waiting {
        OfferQueue.Waiting(
            task: try id(number), priority: priority, due: Timestamp(milliseconds: due), customer: .customer(customer),
            since: since)
    }

    private func drained(_ queue: OfferQueue, at now: Duration = .zero) -> [UInt16] {
        var queue = queue
        var numbers: [UInt16] = []
        while let next = queue.removeNext(at: now) { numbers.append(next.number) }
        return numbers
    }

    @Test func priorityThenDueTimeThenTurnsOfCustomers() throws {
        var queue = OfferQueue(scheduling)
        queue.insert(try waiting(1, 1, due: 5000))
        queue.insert(try waiting(2, 1, due: 1900))
        queue.insert(try waiting(3, 1, due: 1100))
        queue.insert(try waiting(4, 2, due: 1500))
        queue.insert(try waiting(5, 3, priority: 9, due: 9000))
        #expect(drained(queue) == [5, 2, 4, 3, 1])
    }

    @Test func aCustomerWithManyTasksDoesNotHoldUpOneWithFew() throws {
        var queue = OfferQueue(scheduling)
        for number in 1...50 as ClosedRange<UInt16> { queue.insert(try waiting(number, 1)) }
        queue.insert(try waiting(51, 2))
        queue.insert(try waiting(52, 2))
        #expect(Array(drained(queue).prefix(5)) == [1, 51, 2, 52, 3])
    }

    @Test func whatHasWaitedTooLongGoesFirst() throws {
        var queue = OfferQueue(scheduling)
        queue.insert(try waiting(1, priority: 0, since: .zero))
        queue.insert(try waiting(2, priority: 9, since: .seconds(30)))
        #expect(drained(queue, at: .seconds(59)) == [2, 1])
        #expect(drained(queue, at: .seconds(60)) == [1, 2])
    }

    @Test func aTaskThatComesBackIsAsOldAsItWas() throws {
        var queue = OfferQueue(scheduling)
        queue.insert(try waiting(1, since: .seconds(30)))
        queue.insert(try waiting(2, priority: 0, since: .zero))
        #expect(drained(queue, at: .seconds(60)) == [2, 1])
    }

    @Test func aTaskThatIsPutInAgainOrTakenOutStandsNowhereElse() throws {
        var queue = OfferQueue(scheduling)
        for number in 1...3 as ClosedRange<UInt16> { queue.insert(try waiting(number)) }
        queue.insert(try waiting(1, priority: 0))
        queue.remove(try id(2))
        #expect(queue.count == 2)
        #expect(drained(queue) == [3, 1])
    }

    /// Over random queues and loads: nothing that has waited for longer than the bound is passed by what came after it;
    /// nothing is lost or given twice; what is said to be ahead is what is offered before.
    @Test(arguments: 1...40 as ClosedRange<UInt64>) func noTaskWaitsBeyondTheBound(seed: UInt64) throws {
        var generator = Fixed(state: seed)
        var queue = OfferQueue(scheduling)
        var inside: [TaskID: Duration] = [:]
        var now = Duration.zero
        var number: UInt16 = 0
        for _ in 0..<2000 {
            now += .milliseconds(Int64.random(in: 0...400, using: &generator))
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<11:
                number += 1
                let next = try waiting(
                    number, UInt64.random(in: 1...4, using: &generator),
                    priority: Int.random(in: 0...9, using: &generator),
                    due: Int64.random(in: 0...9000, using: &generator), since: now)
                queue.insert(next)
                inside[next.task] = now
            case 11:
                guard let some = inside.keys.sorted().randomElement(using: &generator) else { continue }
                queue.remove(some)
                inside[some] = nil
            case 12:
                guard let some = inside.keys.sorted().randomElement(using: &generator) else { continue }
                let told = queue.ahead(of: some, at: now)
                let ahead = try #require(told)
                var rest = queue
                for before in ahead { #expect(rest.removeNext(at: now) == before.task, "seed \(seed)") }
                #expect(rest.removeNext(at: now) == some, "seed \(seed)")
            default:
                let next = queue.removeNext(at: now)
                #expect((next == nil) == inside.isEmpty, "seed \(seed)")
                guard let next else { continue }
                let entered = inside.removeValue(forKey: next)
                let since = try #require(entered, "seed \(seed)")
                let passed = inside.filter { now - $0.value >= scheduling.waitingMaximum && $0.value < since }
                #expect(passed.isEmpty, "seed \(seed): \(next) goes before \(passed.keys.sorted())")
            }
            #expect(queue.count == inside.count, "seed \(seed)")
        }
        #expect(drained(queue, at: now).count == inside.count, "seed \(seed)")
    }

    @Test func whatStandsInTheRowsStaysInProportionToWhatWaits() throws {
        var queue = OfferQueue(scheduling)
        queue.insert(try waiting(1, priority: 0))
        for round in 0..<10_000 {
            queue.insert(try waiting(UInt16(round % 60000 + 2), priority: 9))
            queue.removeNext(at: .zero)
        }
        #expect(queue.rowCount <= 2 * queue.count + 65)
    }
}

extension OfferQueue {
    @discardableResult
    fileprivate mutating func removeNext(at attended: Duration) -> TaskID? {
        guard let head = next(at: attended) else { return nil }
        remove(head)
        return head.task
    }
}
