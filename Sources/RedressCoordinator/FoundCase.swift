import Dispatch
import RedressCase
import RedressContract

/// A case as recovery finds it in the journal.
struct FoundCase: Sendable {
    let reference: CaseReference
    /// Its entries, or what is wrong with its rows.
    let entries: Result<[StoredEntry], JournalError>
    /// Whether the views show all of it.
    let isProjected: Bool

    /// So many are folded at once.
    static let handful = 1024

    /// The cases that `found` make, in their order, folded on all processors: most of the time of a restart goes there.
    static func folded(_ found: [FoundCase]) -> [Result<Case, any Error>] {
        [Result<Case, any Error>](unsafeUninitializedCapacity: found.count) { buffer, count in
            // Each iteration writes a place of its own.
            nonisolated(unsafe) let places = buffer
            DispatchQueue.concurrentPerform(iterations: found.count) { index in
                places.initializeElement(
                    at: index,
                    to: Result { try Case(found[index].reference, stored: found[index].entries.get()) })
            }
            count = found.count
        }
    }
}
