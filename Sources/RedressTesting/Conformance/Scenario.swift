extension WorkerConformance {
    /// A conversation that a worker has to get through.
    public struct Scenario: Sendable, CustomStringConvertible {
        /// A short name, to run it alone.
        public let name: String
        /// The section of the specification that is chiefly tried.
        public let section: String
        /// What a worker that passes does, in a sentence without its full stop.
        public let summary: String
        let script: @Sendable (ConformanceStage) async throws -> Void

        public var description: String { name }

        init(
            _ name: String, _ section: String, _ summary: String,
            _ script: @escaping @Sendable (ConformanceStage) async throws -> Void
        ) {
            self.name = name
            self.section = section
            self.summary = summary
            self.script = script
        }
    }

    /// All scenarios, the simple ones first.
    public static let scenarios: [Scenario] =
        Scenario.opening + Scenario.tasks + Scenario.results + Scenario.sessions + Scenario.liveness
        + Scenario.strangeness
}
