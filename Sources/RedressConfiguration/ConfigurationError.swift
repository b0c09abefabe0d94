/// A configuration that cannot be used: everything that is wrong with it, file by file.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing that is wrong.
    package struct Fault: Sendable, Equatable, CustomStringConvertible {
        /// What kind of thing, stable for tests and tools.
        package enum Code: String, Sendable, CaseIterable {
            /// The file is not there or cannot be read.
            case unreadable
            /// The file is larger than ``YAMLFile/bytesAtMost``.
            case tooLarge = "too-large"
            /// The bytes are not UTF-8.
            case notText = "not-text"
            /// There is nothing in the file.
            case empty
            /// The text is not YAML.
            case syntax
            /// An anchor or an alias.
            case anchor
            /// A key that nothing reads.
            case unknownKey = "unknown-key"
            /// A key that must be there and is not.
            case missingKey = "missing-key"
            /// A key that stands twice in one mapping.
            case duplicateKey = "duplicate-key"
            /// A value of another kind than wanted: a list for a number.
            case wrongType = "wrong-type"
            /// A number, a duration or a count beyond its limits.
            case outOfRange = "out-of-range"
            /// Text of another form than wanted, for example of a name.
            case malformed
            /// A name that is declared nowhere.
            case unknownName = "unknown-name"
            /// A name that is declared, or listed, twice.
            case duplicateName = "duplicate-name"
            /// Kinds of task that wait for each other.
            case cycle
            /// Cues without a task, a task without cues, or a department without either.
            case unused
            /// Rules that triage cannot compile.
            case triage
        }

        /// What kind of fault it is.
        package let code: Code
        /// The path of the file.
        package let file: String
        /// The line, from 1; nil where the whole file is meant.
        package let line: Int?
        /// What is wrong.
        package let reason: String
        /// What to do about it.
        package let remedy: String

        package var description: String { "\(file):\(line.map { "\($0):" } ?? "") \(reason); \(remedy)" }
    }

    /// What is wrong, file by file and by line; at least one.
    package let faults: [Fault]

    /// The faults, one a line.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
