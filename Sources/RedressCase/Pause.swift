package import RedressContract

/// That a person wants nothing new to begin: in a case, for a department, or with a worker.
package struct Pause: Sendable, Hashable {
    /// Who paused it.
    package let actor: String
    /// Since when.
    package let at: Timestamp
    /// Why, in the person's words.
    package let reason: String

    package init(actor: String, at: Timestamp, reason: String) {
        self.actor = actor
        self.at = at
        self.reason = reason
    }
}
