/// What one pass over a text finds: its sentences, the seams in them, the cues and the particulars.
struct Reading {
    /// A sentence: from its first to behind its last byte that is no white space.
    struct Sentence {
        /// Where it stands.
        var range: Range<Int>
        /// Whether its first word says that it goes on about the sentence before.
        var continues: Bool
        /// Where its seams and its finds end in the lists of the reading.
        var seams: Int
        var finds: Int
    }

    /// A place in a sentence where it may be cut: between two words.
    struct Seam {
        /// The byte before which to cut.
        var position: Int
        /// Whether a clause ends here; else it is only a word that could begin one.
        var endsClause: Bool
    }

    /// A cue, found.
    struct Find {
        /// The cue, by its place.
        var cue: Int
        /// Where it stands in the text.
        var range: Range<Int>
        /// The number of its last word in the text.
        var word: Int
        /// Whether another cue has voided it.
        var isVoid = false
    }

    var sentences: [Sentence] = []
    var seams: [Seam] = []
    var finds: [Find] = []
    var particulars: [(particular: Int, range: Range<Int>)] = []
}
