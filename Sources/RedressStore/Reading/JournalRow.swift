package import RedressCase

/// A row of one stream.
package struct JournalRow: Sendable {
    /// The turn that wrote it.
    package var turn: UInt64
    /// Its hash: the stream's head after it.
    package var head: Digest
    /// Its entries, in order; at least one.
    package var entries: [StoredEntry]
}
