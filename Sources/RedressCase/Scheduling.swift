package import RedressContract

/// In which order and how fast tasks are offered and complaints are taken: `scheduling` of `mesh.yaml`. It changes with
/// every start and is no part of a case's policy.
package struct Scheduling: Sendable, Hashable {
    /// How much a department does, or a client asks for. Nil: as much as it likes.
    package struct Limit: Sendable, Hashable {
        /// Tasks of a department that are offered or accepted; unfinished cases of a client.
        package var atOnce: Int?
        /// Offers to a department's workers, or requests of a client, in a second.
        package var perSecond: Int?

        package init(atOnce: Int? = nil, perSecond: Int? = nil) {
            self.atOnce = atOnce
            self.perSecond = perSecond
        }
    }

    /// A task that has waited so long goes before all others.
    package var waitingMaximum: Duration = .seconds(300)
    /// Due times in the same step of this length are equal, so that customers take turns within it.
    package var dueStepMilliseconds: Int64 = 900_000
    /// How long a worker that a person named is asked alone.
    package var askedAlone: Duration = .seconds(30)
    /// What departments do at the most.
    package var departments: [DepartmentName: Limit] = [:]
    /// What clients ask for at the most, by name.
    package var clients: [String: Limit] = [:]
    /// What any other client asks for at the most.
    package var otherClients = Limit()

    package init() {}
}
