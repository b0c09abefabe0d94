package import RedressCase
package import RedressContract
package import RedressWire

/// What the core wants done: written first, then sent.
package struct Step: Sendable {
    /// A command to a peer, whose body the shell looks up.
    package struct Send: Sendable {
        /// Where a command's body comes from.
        package enum Body: Sendable {
            /// The command has its body.
            case own
            /// The brief of the command's task and attempt.
            case brief
            /// What WELCOME tells of this coordinator.
            case welcome
        }

        package var peer: Peer
        package var command: Command
        package var body: Body = .own
    }

    /// Entries, in order, each with its place in its case, from 0.
    package var entries: [(reference: CaseReference, entry: Entry, number: Int)] = []
    /// Entries of the house stream, in order.
    package var house: [HouseEntry] = []
    /// Commands, to be released once the entries are on disk.
    package var sends: [Send] = []
    /// Cases whose words await triage.
    package var triage: [CaseReference] = []
    /// Cases that are reconciled with this step, and may leave memory.
    package var reconciled: [CaseReference] = []
}
