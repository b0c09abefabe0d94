import RedressCase
import RedressContract
import RedressWire
import Testing

@testable import RedressDispatch

/// A broker, the clock that it goes by, and what it has decided.
struct Bench {
    /// Where the broker is: there is one, also for copies of the bench.
    private final class Place {
        var broker: Broker

        init(_ broker: consuming Broker) { self.broker = broker }
    }
    private let place: Place
    var broker: Broker {
        _read { yield place.broker }
        _modify { yield &place.broker }
    }
    var now = Now(steady: .zero, wall: Timestamp(milliseconds: 1_000_000))
    var entries: [StoredEntry] = []
    let reference: CaseReference
    /// Task 1 of each case taken in beside that.
    var others: [TaskID] = []

    static let policyHash = "p"
    static let heartbeat = Duration.milliseconds(2500)

    /// b does review; l does trace, and sequel (optional, after review).
    static func policy(attempts: Int = 3, deadline: Int64 = 900_000, lease: Int64 = 10_000) throws -> Policy {
        let names = try ["b", "l"].map { try #require(DepartmentName($0)) }
        let review = try #require(TaskType("b/review"))
        var policy = Policy(
            departments: names.map { Policy.Department(name: $0, answers: "") },
            tasks: [
                Policy.TaskRule(type: review, attemptsMaximum: attempts),
                Policy.TaskRule(type: try #require(TaskType("l/trace")), attemptsMaximum: attempts),
                Policy.TaskRule(
                    type: try #require(TaskType("l/sequel")), issuesOf: names[0], required: false, after: [review],
                    attemptsMaximum: attempts),
            ],
            facts: [
                Policy.FactRule(key: try #require(FactKey("charge")), owners: [names[0]], rule: .owner),
                Policy.FactRule(key: try #require(FactKey("parcel")), owners: [names[1]], rule: .owner),
            ])
        policy.caseDeadlineMilliseconds = deadline
        policy.leaseMilliseconds = lease
        return policy
    }

    init(_ policy: Policy? = nil, scheduling: Scheduling = Scheduling()) throws {
        var generator = Fixed()
        reference = .random(using: &generator)
        var settings = Broker.Settings()
        settings.scheduling = scheduling
        place = Place(
            Broker(
                policy: Self.policyHash, policies: [Self.policyHash: try policy ?? Self.policy()], settings: settings,
                generator: Fixed()))
        broker.begin(now: now)
        try pass(Self.heartbeat)
    }

    /// What the coordinator that comes after this one knows.
    mutating func restart() throws {
        let policies = broker.policies
        broker = Broker(policy: Self.policyHash, policies: policies, generator: Fixed())
        broker.restore(try Case(reference, stored: entries), now: now)
        broker.begin(now: now)
        take(broker.takeStep())
    }

    mutating func take(_ step: Step) { entries += step.entries.map(\.entry.stored) }

    /// Takes in a complaint with an issue for b, and one for l where it is wanted.
    @discardableResult
    mutating func submit(both: Bool = false, words: Int = 10) throws -> Step {
        let names = try ["b", "l"].map { try #require(DepartmentName($0)) }
        broker.submit(reference, client: "c", body: [], now: now)
        let issues = names.prefix(both ? 2 : 1).map { Split.Issue(department: $0, ranges: [0..<words]) }
        broker.assess(reference, Split(issues: issues, unplaced: [], sentences: 1), now: now)
        return finish()
    }

    mutating func finish() -> Step {
        broker.tick(now: now)
        let step = broker.takeStep()
        take(step)
        return step
    }

    @discardableResult
    mutating func pass(_ time: Duration) throws -> Step {
        // The loop turns at least twice a heartbeat.
        var all = Step()
        var left = time
        repeat {
            let slice = min(left, Self.heartbeat / 2)
            left -= slice
            let step = away(slice)
            all.entries += step.entries
            all.sends += step.sends
            all.reconciled += step.reconciled
        } while left > .zero
        return all
    }

    /// The loop is away so long, then turns once.
    mutating func away(_ time: Duration) -> Step {
        now.steady += time
        now.wall.milliseconds += Int64(time / .milliseconds(1))
        return finish()
    }

    mutating func say(_ message: WorkerMessage, _ worker: Hand) -> Step {
        broker.handle(message, from: worker.peer, session: worker.session, now: now)
        return finish()
    }

    /// Registers a worker.
    mutating func join(
        _ name: String = "b-1", _ department: String = "b", incarnation: UInt64 = 1, credit: Int = 4,
        bytes: Int = 1 << 20, contracts: [String] = [],
        holding: [(UInt16, UInt32, finished: Bool)] = []
    ) throws -> (worker: Hand, step: Step) {
        let body: JSON = [
            "worker": .string(name), "incarnation": .string(String(incarnation, radix: 16)),
            "departments": [.string(department)], "contracts": .array(contracts.map { .string($0) }),
            "holding": .array(
                holding.map {
                    [
                        "task": .string("\(TaskID(reference, $0.0))"), "attempt": .number(ExactNumber(Int($0.1))),
                        "state": $0.finished ? "finished" : "running",
                    ]
                }),
        ]
        var worker = Hand(peer: Peer(Array("\(name) \(incarnation) \(now.steady)".utf8)), session: 0)
        broker.handle(.ready(try Registration(parsing: body.bytes)), from: worker.peer, session: 0, now: now)
        var step = finish()
        worker.session = try #require(step.sends.first { $0.command.kind == .welcome }).command.session
        guard credit > 0 else { return (worker, step) }
        let more = say(.credit(messages: credit, bytes: bytes), worker)
        step.entries += more.entries
        step.sends += more.sends
        return (worker, step)
    }

    func id(_ number: UInt16) -> TaskID { TaskID(reference, number) }

    func task(_ number: UInt16) throws -> CaseTask { try #require(broker.cases[reference]?.task(number)) }

    mutating func accept(_ worker: Hand, _ number: UInt16 = 1, _ attempt: UInt32 = 1) -> Step {
        say(.accept(id(number), attempt: attempt), worker)
    }

    /// Says a contribution as it is.
    mutating func contribute(
        _ worker: Hand, _ number: UInt16 = 1, _ attempt: UInt32 = 1, saying contribution: Contribution
    ) -> Step {
        say(
            .contribute(
                id(number), attempt: attempt, body: contribution.jsonBytes, contribution: .success(contribution)),
            worker)
    }

    mutating func contribute(
        _ worker: Hand, _ number: UInt16 = 1, _ attempt: UInt32 = 1, issue: Int = 1, fact: String? = nil,
        declined: Bool = false
    ) -> Step {
        var contribution = declined ? .declining("no") : Contribution(answers: [.init(issue: issue, .upheld)])
        if let fact = fact.flatMap({ FactKey($0) }) { contribution.findings = [Finding(fact, .flag(true))] }
        return contribute(worker, number, attempt, saying: contribution)
    }

    mutating func garble(_ worker: Hand, _ number: UInt16 = 1, _ attempt: UInt32 = 1) -> Step {
        say(.contribute(id(number), attempt: attempt, body: [0], contribution: .failure(JSONError("no"))), worker)
    }

    mutating func fail(_ worker: Hand, _ number: UInt16 = 1, _ attempt: UInt32 = 1, _ cause: HandlerFailure = .failed)
        -> Step
    {
        say(.fail(id(number), attempt: attempt, cause: cause, reason: "ouch"), worker)
    }
}

/// A worker as the broker sees it.
struct Hand {
    let peer: Peer
    var session: UInt64
}

/// The same numbers each time.
struct Fixed: RandomNumberGenerator {
    var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}

extension Step {
    var kinds: [CommandKind] { sends.map(\.command.kind) }
    var types: [String] { entries.map(\.entry.event.type) }

    func first(_ kind: CommandKind) -> Command? { sends.first { $0.command.kind == kind }?.command }

    /// How SETTLED settled.
    var settlement: UInt32? { first(.settled)?.first }

    /// Why attempts ended.
    var ends: [Entry.AttemptEnd] {
        entries.compactMap { if case .attemptEnded(_, _, let cause, _, _) = $0.entry.event { cause } else { nil } }
    }
}
