/// Keeps the issues of a text while its pieces come in, in the order of the text.
///
/// Two pieces are the same issue when their cues name one matter, wherever they stand: the parcel that the first
/// sentence and the tenth speak of is one parcel. So a text has no more issues than the rules have matters. A sentence
/// without a claim is context of the issue before it, if it directly follows and goes on about it.
struct IssueLedger {
    /// An issue so far.
    struct Entry {
        /// The department, by its place.
        var department: Int
        /// Its words.
        var ranges: [Range<Int>]
    }

    /// The issues, in the order of their first word.
    private(set) var issues: [Entry] = []
    /// The sentences that are nobody's.
    private(set) var unplaced: [Range<Int>] = []
    private var issueOfMatter: [Int]
    private var current: Int?

    /// An empty ledger for cues of so many matters.
    init(matters: Int) { issueOfMatter = Array(repeating: -1, count: matters) }

    /// Adds a claimed piece of a sentence.
    mutating func add(_ piece: Piece) {
        let known = piece.matters.map { issueOfMatter[$0] }.filter { $0 >= 0 }.min()
        let issue = known ?? issues.count
        if known == nil { issues.append(Entry(department: piece.department, ranges: [])) }
        for matter in piece.matters where issueOfMatter[matter] < 0 { issueOfMatter[matter] = issue }
        extend(issue, by: piece.range)
    }

    /// Adds a sentence that nobody claims; `isContext` if it reads as going on about the one before.
    mutating func add(unclaimed sentence: Range<Int>, isContext: Bool) {
        if isContext, let current { return extend(current, by: sentence) }
        current = nil
        unplaced.append(sentence)
    }

    /// Ranges that follow each other directly become one.
    private mutating func extend(_ issue: Int, by range: Range<Int>) {
        if current == issue, let last = issues[issue].ranges.indices.last {
            issues[issue].ranges[last] = issues[issue].ranges[last].lowerBound..<range.upperBound
        } else {
            issues[issue].ranges.append(range)
        }
        current = issue
    }
}
