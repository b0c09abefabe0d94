package import RedressCase

/// The first place where a journal is not what was written.
package struct JournalFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Kind: String, Sendable, CaseIterable {
        /// Something has other bytes than were written.
        case changed
        /// A row, an intake or a turn is not there.
        case missing
        /// A row stands where it was not written, or was never written.
        case outOfOrder
        /// The journal ends before the last turn that was acknowledged.
        case lostTail
        /// Both chains hold, but the views show something else than they come to.
        case wrongView
    }

    package var kind: Kind
    /// The stream, where one can be told.
    package var stream: Stream?
    /// The turn.
    package var turn: UInt64?
    /// The first entry of the stream that cannot be trusted, counted from 1, where one can be told.
    package var entry: Int?
    /// What was found.
    package var sentence: String

    package var description: String {
        var place: [String] = []
        if let stream { place.append("\(stream)") }
        if let turn { place.append("turn \(turn)") }
        if let entry { place.append("entry \(entry)") }
        return "\(kind.rawValue): \(sentence)" + (place.isEmpty ? "" : " (\(place.joined(separator: ", ")))")
    }
}
