package import RedressCase
package import RedressTriage

/// What a house of Redress is told by its people: the files of `Config/`, read and checked.
package struct Configuration: Sendable, Equatable {
    /// How cases are planned and reconciled: `playbooks.yaml`.
    package var policy: Policy
    /// How complaints are broken into issues: `triage.yaml`.
    package var triage: TriageRules
    /// Where the coordinator listens and keeps the journal: `mesh.yaml`.
    package var coordinator: Coordinator
    /// In which order and how fast tasks are offered and complaints are taken: `mesh.yaml`.
    package var scheduling: Scheduling
    /// The departments that are started along with the coordinator, in the order of `mesh.yaml`.
    package var mesh: [Staffing]

    /// A configuration of these parts.
    package init(
        policy: Policy, triage: TriageRules, coordinator: Coordinator = Coordinator(), scheduling: Scheduling = Scheduling(),
        mesh: [Staffing] = []
    ) {
        self.policy = policy
        self.triage = triage
        self.coordinator = coordinator
        self.scheduling = scheduling
        self.mesh = mesh
    }

    /// Reads `playbooks.yaml`, `triage.yaml` and `mesh.yaml` in `folder`.
    ///
    /// - Throws: All that is wrong with them, and what they say of each other, by file and line.
    package static func read(folder: String) throws(ConfigurationError) -> Configuration {
        let log = FaultLog()
        let playbooks = YAMLFile("playbooks.yaml", in: folder, log: log).value()
        let triage = YAMLFile("triage.yaml", in: folder, log: log).value()
        let mesh = YAMLFile("mesh.yaml", in: folder, log: log).value()
        let vocabulary = Vocabulary(playbooks: playbooks, triage: triage)

        let policy = playbooks.map { Policy(reading: $0, vocabulary) }
        let before = log.faults.count
        let rules = triage.map { TriageRules(reading: $0, vocabulary) }
        if let rules, let triage, log.faults.count == before { rules.check(in: triage) }
        let operation = mesh.map { Operation(reading: $0, vocabulary) }

        guard log.faults.isEmpty, let policy, let rules, let operation else {
            throw ConfigurationError(faults: log.sorted)
        }
        return Configuration(
            policy: policy, triage: rules, coordinator: operation.coordinator, scheduling: operation.scheduling,
            mesh: operation.mesh)
    }
}
