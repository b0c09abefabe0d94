/// What is wrong with a key, a list of keys or their folder, in which file, and what to do.
package struct KeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure; their raw values are stable.
    package enum Code: String, Sendable, CaseIterable {
        /// A file or folder is not there or cannot be read.
        case unreadable
        /// A file or folder cannot be written.
        case unwritable
        /// Others than the owner can read what is secret, or change what is trusted.
        case open
        /// A file is not laid out as it should be, or a key in it is none.
        case malformed
        /// A name, role or department that is none, or is taken, or is not there.
        case unfit
    }

    /// The kind of failure.
    package let code: Code
    /// The file, with a line where there is one.
    package let place: String
    /// What is wrong, and what to do about it.
    package let reason: String

    package init(_ code: Code, _ place: String, line: Int? = nil, _ reason: String) {
        self.code = code
        self.place = line.map { "\(place):\($0)" } ?? place
        self.reason = reason
    }

    package var description: String { "\(place): \(reason)" }
}
