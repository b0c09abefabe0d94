/// What goes wrong in a simulated mesh, as probabilities from 0 to 1. All of it ends at ``lasting``, so that what is right
/// must come out in the end.
public struct Faults: Sendable, Hashable {
    /// How long a message is under way.
    public var delay: ClosedRange<Duration> = .microseconds(200)...(.milliseconds(5))
    /// How long the disk takes for a turn.
    public var writing: ClosedRange<Duration> = .microseconds(100)...(.milliseconds(2))
    /// A message is lost: on its way to the coordinator, together with its line.
    public var loss = 0.0
    /// A message to or from a worker comes twice.
    public var duplication = 0.0
    /// A message to or from a worker may overtake those before it.
    public var reordering = 0.0
    /// A worker's or client's process is killed, for each and second; another is started in its place.
    public var crash = 0.0
    /// All workers are killed at once and start again together, for each second.
    public var herd = 0.0
    /// A worker is asked to finish what it holds and leave, by the coordinator or by itself, for each worker and second;
    /// another is started in its place.
    public var drain = 0.0
    /// A worker's or client's process stands still for up to thirty seconds, for each and second.
    public var stall = 0.0
    /// Nothing passes between a worker or client and the coordinator, or in one of the two directions, for up to twenty
    /// seconds, for each and second.
    public var partition = 0.0
    /// A handler hangs until it is cancelled, for each attempt.
    public var hangingHandler = 0.0
    /// A handler that is cancelled goes on for up to thirty seconds, for each that is.
    public var stubbornHandler = 0.0
    /// The coordinator's process is killed before, within or after a turn that it writes, for each turn; it comes back.
    public var coordinatorCrash = 0.0
    /// The coordinator's process stands still for up to twenty seconds, for each second.
    public var coordinatorStall = 0.0
    /// The journal fails, without or after having written the turn, for each turn.
    public var journalFailure = 0.0
    /// The disk is nearly full, so that no complaint is taken, or full, so that nothing is written, for up to twenty
    /// seconds, for each second.
    public var fullDisk = 0.0
    /// The coordinator's wall clock is set up to an hour before or after the right time, for each second.
    public var clockJump = 0.0
    /// A person does something about a task, a case, a department or a worker, for each second: settles a conflict or has a
    /// case erased, too, also with the coordinator's end at its heels, and again. What is paused goes on when the faults end.
    public var interference = 0.0
    /// Whether people may do without a task, or give it to others.
    public var giveUp = false
    /// When all faults end.
    public var lasting: Duration = .seconds(60)

    /// Nothing goes wrong.
    public static let none = Faults()

    /// Nothing goes wrong yet.
    public init() {}

    /// Every fault that `generator` chooses, half of them, often, in measures that it chooses.
    static func some(using generator: inout SeededGenerator) -> Faults {
        func measure(_ most: Double) -> Double {
            Bool.random(using: &generator) ? Double.random(in: 0...most, using: &generator) : 0
        }
        var faults = Faults()
        faults.delay = .microseconds(200)...(.milliseconds(Int.random(in: 1...200, using: &generator)))
        faults.writing = .microseconds(100)...(.milliseconds(Int.random(in: 1...100, using: &generator)))
        faults.loss = measure(0.1)
        faults.duplication = measure(0.1)
        faults.reordering = measure(0.2)
        faults.crash = measure(0.05)
        faults.herd = measure(0.05)
        faults.drain = measure(0.05)
        faults.stall = measure(0.03)
        faults.partition = measure(0.03)
        faults.hangingHandler = measure(0.1)
        faults.stubbornHandler = measure(0.5)
        // Now and then the coordinator lives for one turn at a time.
        faults.coordinatorCrash = generator.happens(0.05) ? 1 : measure(0.1)
        faults.coordinatorStall = measure(0.03)
        faults.journalFailure = measure(0.1)
        faults.fullDisk = measure(0.03)
        faults.clockJump = measure(0.05)
        faults.interference = measure(0.6)
        faults.lasting = .seconds(Int.random(in: 10...90, using: &generator))
        return faults
    }
}
