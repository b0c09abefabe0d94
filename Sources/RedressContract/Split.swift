/// What triage made of a complaint's words: the issues, and the sentences that belong to none.
///
/// Ranges are byte offsets into the complaint's UTF-8 text; the customer's words themselves are never edited or copied
/// here. Together the issues' and the unplaced ranges cover every sentence of the text.
public struct Split: Sendable, Hashable {
    /// One thing complained of, and the department that can answer it.
    public struct Issue: Sendable, Hashable {
        /// The department that the cues point to.
        public var department: DepartmentName
        /// The words of the issue, in the order of the text; at least one range, none empty, none overlapping another.
        public var ranges: [Range<Int>]

        /// An issue in `ranges` of the text for `department`.
        public init(department: DepartmentName, ranges: [Range<Int>]) {
            self.department = department
            self.ranges = ranges
        }
    }

    /// A particular that the complaint names: an order number, say.
    public struct Particular: Sendable, Hashable {
        /// The name that `Config/` gives it, for example `order`.
        public var name: String
        /// Where it stands in the text.
        public var range: Range<Int>

        /// The particular `name` that stands at `range`.
        public init(name: String, range: Range<Int>) {
            self.name = name
            self.range = range
        }
    }

    /// The issues, in the order of their first word.
    public var issues: [Issue]
    /// The sentences that no department's cues claim, for the case owner to look at.
    public var unplaced: [Range<Int>]
    /// The particulars named anywhere in the text, in the order of the text, each value once.
    public var particulars: [Particular]
    /// How many sentences the text has.
    public var sentences: Int

    /// A split of a text of `sentences` sentences.
    public init(issues: [Issue], unplaced: [Range<Int>], particulars: [Particular] = [], sentences: Int) {
        self.issues = issues
        self.unplaced = unplaced
        self.particulars = particulars
        self.sentences = sentences
    }
}
