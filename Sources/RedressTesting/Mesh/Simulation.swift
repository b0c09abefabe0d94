package import RedressCase

/// Random meshes in which everything goes wrong for a while, each made and played by one seed: the same seed is the same
/// mesh, message by message. After each step what must never be is looked for; in the end everything has to be done.
public struct Simulation: Sendable {
    /// What came of one seed.
    public struct Outcome: Sendable {
        /// The seed that plays it again.
        public let seed: UInt64
        /// What must never be and was seen; empty when all is right.
        public let breaches: [String]
        /// Cases that were opened.
        public let cases: Int
        /// Turns of the coordinator that are on disk.
        public let turns: Int
        /// Entries in them.
        public let entries: Int
        /// How often the coordinator's process was started.
        public let starts: Int
        /// How long it lasted on the mesh's own clock.
        public let lasted: Duration
        /// Of the journal's bytes and all that happened: the same for the same seed, in each process.
        public let fingerprint: UInt64
        /// What happened, where that was asked for.
        public let story: [MeshEvent]
    }

    private let playbook: Playbook?
    private let scheduling: Scheduling?
    private let sabotage: Sabotage?

    /// Simulations of houses that go by `playbook`; by other rules with each seed where there is none.
    ///
    /// - Parameter sabotage: what is broken on purpose.
    public init(_ playbook: Playbook? = nil, sabotage: Sabotage? = nil) {
        self.playbook = playbook
        scheduling = nil
        self.sabotage = sabotage
    }

    package init(_ policy: Policy, _ scheduling: Scheduling, sabotage: Sabotage? = nil) {
        playbook = Playbook(policy)
        self.scheduling = scheduling
        self.sabotage = sabotage
    }

    /// Plays one seed.
    ///
    /// - Parameter tellsStory: whether ``Outcome/story`` is kept; without, it goes faster.
    public func play(_ seed: UInt64, tellsStory: Bool = false) -> Outcome {
        let world = World(
            seed: seed, playbook: playbook, scheduling: scheduling, sabotage: sabotage, isLogging: tellsStory)
        let breaches = world.play()
        let mesh = world.mesh
        let turns = mesh.journal.turns
        var fingerprint = UInt64(mesh.stepCount)
        for entry in turns.flatMap(\.rows).flatMap(\.entries) {
            for byte in entry.structure { fingerprint = (fingerprint ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        return Outcome(
            seed: seed, breaches: breaches, cases: mesh.witness.cases.count, turns: turns.count,
            entries: turns.reduce(0) { $0 + $1.rows.reduce(0) { $0 + $1.entries.count } },
            starts: mesh.coordinatorLife + 1, lasted: mesh.now, fingerprint: fingerprint, story: mesh.log)
    }
}
