/// What goes wrong in a simulated mesh, as probabilities from 0 to 1. All of it ends at ``lasting``, so that what is right
/// must come out in the end.
public struct Faults: Sendable, Hashable {
    /// How long a message is under way.
    public var delay: ClosedRange<Duration> = .microseconds(200)...(.milliseconds(5))
    /// A message is lost: on its way to the coordinator, together with its line.
    public var loss = 0.0
    /// A message comes twice.
    public var duplication = 0.0
    /// A message may overtake those before it.
    public var reordering = 0.0
    /// A worker's process is killed, for each worker and second; another is started in its place.
    public var workerCrash = 0.0
    /// A handler hangs until it is cancelled, for each attempt.
    public var hangingHandler = 0.0
    /// Nothing passes between a worker and the coordinator for up to twenty seconds, for each worker and second.
    public var partition = 0.0
    /// The coordinator's process is killed before, within or after a turn that it writes, for each turn; it comes back.
    public var coordinatorCrash = 0.0
    /// The coordinator's process stands still for up to twenty seconds, for each second.
    public var coordinatorStall = 0.0
    /// The journal fails, without or after having written the turn, for each turn.
    public var journalFailure = 0.0
    /// When all faults end.
    public var lasting: Duration = .seconds(60)

    /// Nothing goes wrong.
    public static let none = Faults()

    /// Nothing goes wrong yet.
    public init() {}

    /// Everything goes wrong, often, in measures that `generator` chooses.
    package static func some(using generator: inout SeededGenerator) -> Faults {
        func measure(_ most: Double) -> Double {
            Bool.random(using: &generator) ? Double.random(in: 0...most, using: &generator) : 0
        }
        var faults = Faults()
        faults.delay = .microseconds(200)...(.milliseconds(Int.random(in: 1...200, using: &generator)))
        faults.loss = measure(0.1)
        faults.duplication = measure(0.1)
        faults.reordering = measure(0.2)
        faults.workerCrash = measure(0.05)
        faults.hangingHandler = measure(0.1)
        faults.partition = measure(0.03)
        faults.coordinatorCrash = measure(0.1)
        faults.coordinatorStall = measure(0.03)
        faults.journalFailure = measure(0.1)
        faults.lasting = .seconds(Int.random(in: 10...90, using: &generator))
        return faults
    }
}
