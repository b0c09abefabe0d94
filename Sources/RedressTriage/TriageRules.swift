package import RedressContract

/// What triage goes by: whose issue a sentence is, in cues that the departments keep themselves (`Config/triage.yaml`).
///
/// Each entry of a list is a line of phrases separated by commas, in the cue language of <doc:RedressTriage>.
package struct TriageRules: Sendable, Equatable {
    /// One thing that a department is asked about, such as packaging, and the words that name it. What a text says of
    /// one matter is one issue.
    package struct Matter: Sendable, Equatable {
        /// What it is called, for people.
        package var name: String
        /// Lines of phrases that are a complaint by themselves: `never arrived`.
        package var strong: [String]
        /// Lines of phrases that count where the same clause is displeased: `packag*`.
        package var weak: [String]

        /// A matter called `name`.
        package init(name: String, strong: [String] = [], weak: [String] = []) {
            self.name = name
            self.strong = strong
            self.weak = weak
        }
    }

    /// A department and the matters that point to it.
    package struct Department: Sendable, Equatable {
        /// Its name.
        package var name: DepartmentName
        /// What it is asked about.
        package var matters: [Matter]
        /// Lines of phrases that void this department's cues that begin within them: `free delivery`.
        package var not: [String]

        /// A department called `name`.
        package init(name: DepartmentName, matters: [Matter] = [], not: [String] = []) {
            self.name = name
            self.matters = matters
            self.not = not
        }
    }

    /// A value that complaints name, found by the shape of it.
    package struct Particular: Sendable, Equatable {
        /// What it is called: `order`.
        package var name: String
        /// The shapes that it has, as <doc:RedressTriage> tells.
        package var masks: [String]

        /// A particular called `name` that has one of `masks`.
        package init(name: String, masks: [String]) {
            self.name = name
            self.masks = masks
        }
    }

    /// Sets of words that phrases name as `<set>`: set by set, lines of words separated by commas.
    package var words: [String: [String]]
    /// What to look for in every text; of two that fit at one place the longer counts, then the first.
    package var particulars: [Particular]
    /// The departments; where two have equal claims on a clause, the one that it speaks of first has it.
    package var departments: [Department]
    /// Lines of phrases that say that something is wrong, not what.
    package var displeasure: [String]
    /// Lines of phrases of praise or of no account: they void every cue that begins within them.
    package var neutral: [String]
    /// Lines of words before which a sentence may be cut into clauses: `but`.
    package var conjunctions: [String]
    /// Lines of words before which a clause may be cut when nothing better stands between two matters: `the`.
    package var openers: [String]
    /// Lines of words that, at the start of a sentence, say that it goes on about the one before: `it`.
    package var continuations: [String]

    /// Rules of these lists.
    package init(
        words: [String: [String]] = [:], particulars: [Particular] = [], departments: [Department],
        displeasure: [String] = [], neutral: [String] = [], conjunctions: [String] = [], openers: [String] = [],
        continuations: [String] = []
    ) {
        self.words = words
        self.particulars = particulars
        self.departments = departments
        self.displeasure = displeasure
        self.neutral = neutral
        self.conjunctions = conjunctions
        self.openers = openers
        self.continuations = continuations
    }
}
