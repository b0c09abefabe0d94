/// Something that is broken on purpose in a simulated mesh, to see that it is noticed.
public enum Sabotage: String, Sendable, Hashable, CaseIterable {
    /// Now and then the journal answers and has written nothing.
    case losesTurns = "loses-turns"
    /// Now and then the journal leaves out the last entry of a turn.
    case tearsTurns = "tears-turns"
    /// Now and then the journal writes an entry twice.
    case repeatsEntries = "repeats-entries"
    /// The coordinator speaks before what it says is on disk.
    case speaksEarly = "speaks-early"
    /// What clients are told comes twice.
    case repeatsEvents = "repeats-events"
    /// The journal has forgotten all keys of submissions.
    case forgetsKeys = "forgets-keys"
    /// What workers say is never heard.
    case hearsNoWorkers = "hears-no-workers"
    /// Words of finished cases are kept for ever.
    case keepsWords = "keeps-words"
    /// An erasure leaves in the journal what was said last.
    case sparesLast = "spares-last"
}
