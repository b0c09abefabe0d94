/// Rules that cannot be compiled: what is wrong with which entry.
package struct TriageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, stable for tests and tools.
    package enum Code: String, Sendable {
        /// There is no department to give an issue to.
        case noDepartment = "no-department"
        /// Two departments, or two particulars, have one name.
        case duplicateName = "duplicate-name"
        /// A line, a phrase between two commas, or a mask holds nothing.
        case empty
        /// A phrase has a character that words do not have.
        case badCharacter = "bad-character"
        /// `*` stands elsewhere than at the end of a word.
        case misplacedStar = "misplaced-star"
        /// `..` stands elsewhere than between two words.
        case misplacedGap = "misplaced-gap"
        /// A bracket is not closed, or has an empty alternative.
        case badAlternatives = "bad-alternatives"
        /// `<set>` names a set that `words` does not have.
        case unknownSet = "unknown-set"
        /// A phrase has more words than eight, or more variants than 64.
        case tooLong = "too-long"
        /// More than one word stands where one belongs.
        case notOneWord = "not-one-word"
        /// A mask does not begin with `@`, `#`, a letter or a digit.
        case badMaskStart = "bad-mask-start"
        /// `+` in a mask stands elsewhere than at the end, behind `@` or `#`.
        case misplacedPlus = "misplaced-plus"
    }

    /// A step on the way to an entry of the configuration.
    package enum Step: Sendable, Equatable {
        /// The value of a key.
        case key(String)
        /// The element at an index, from 0.
        case index(Int)
    }

    /// What is wrong.
    package var code: Code
    /// The way to the entry, as in the file: `departments`, 0, `strong`, 3.
    package var path: [Step]
    /// The phrase, word or mask that is wrong, as written.
    package var entry: String

    /// An error of `code` in `entry` at `path`.
    package init(_ code: Code, at path: [Step], entry: String = "") {
        self.code = code
        self.path = path
        self.entry = entry
    }

    package var description: String {
        let place = path.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return entry.isEmpty ? "\(place): \(sentence)" : "\(place): \(sentence): \(entry)"
    }

    /// What is wrong, for people.
    package var sentence: String {
        switch code {
        case .noDepartment: "there is no department"
        case .duplicateName: "this name is given twice"
        case .empty: "there is nothing in it"
        case .badCharacter: "only letters, digits, apostrophes and * ( | ) < > .. may stand in a phrase"
        case .misplacedStar: "* belongs at the end of a word"
        case .misplacedGap: ".. belongs between two words"
        case .badAlternatives: "alternatives are written (one|the other), and none is empty"
        case .unknownSet: "no set of words has this name"
        case .tooLong: "a phrase has \(Phrase.stepsAtMost) words and \(Phrase.variantsAtMost) variants at most"
        case .notOneWord: "a single word belongs here"
        case .badMaskStart: "a mask begins with @, #, a letter or a digit"
        case .misplacedPlus: "+ belongs at the end of a mask, behind @ or #"
        }
    }
}
