/// A part of a sentence, and the department that claims it.
struct Piece {
    /// The department, by its place.
    var department: Int
    /// Where it stands in the text.
    var range: Range<Int>
    /// The matters that its cues name.
    var matters: [Int]
}

/// Decides who claims a sentence, clause by clause.
struct Claims {
    /// What a sentence turned out to be.
    enum Verdict {
        /// Its pieces, which cover it; neighbours belong to different departments.
        case claimed([Piece])
        /// Nobody's; displeased all the same, or not.
        case unclaimed(isDispleased: Bool)
    }

    private let cues: Cues
    private var weak: [Int]

    /// Decides by `cues` between so many departments.
    init(cues: Cues, departments: Int) {
        self.cues = cues
        weak = Array(repeating: 0, count: departments)
    }

    /// Decides who claims the sentence at `sentence`, in which `seams` and `finds` stand.
    ///
    /// Each clause is judged by itself. If nobody claims any, the sentence is judged as one: the matter and the
    /// displeasure may stand in different clauses. A clause that nobody claims goes with its neighbour.
    mutating func judge(
        _ sentence: Range<Int>, seams: ArraySlice<Reading.Seam>, finds: ArraySlice<Reading.Find>
    ) -> Verdict {
        guard !finds.isEmpty else { return .unclaimed(isDispleased: false) }
        let finds = withoutVoided(finds)
        var pieces: [Piece] = []
        var seam = seams.startIndex
        var find = finds.startIndex
        var start = sentence.lowerBound
        var isDispleased = false
        while start < sentence.upperBound {
            let firstSeam = seam
            while seam < seams.endIndex, !seams[seam].endsClause { seam += 1 }
            let end = seam < seams.endIndex ? seams[seam].position : sentence.upperBound
            let firstFind = find
            while find < finds.endIndex, finds[find].range.upperBound <= end { find += 1 }
            let clause = judge(clause: start..<end, seams: seams[firstSeam..<seam], finds: finds[firstFind..<find])
            isDispleased = isDispleased || clause.isDispleased
            for piece in clause.pieces { join(piece, to: &pieces) }
            start = end
            seam = min(seam + 1, seams.endIndex)
        }
        if pieces.isEmpty, isDispleased {
            pieces = judge(clause: sentence, seams: seams, finds: finds[...]).pieces
        }
        guard !pieces.isEmpty else { return .unclaimed(isDispleased: isDispleased) }
        return .claimed(spread(pieces, over: sentence))
    }

    /// The cues that nothing voids. First displeasure voids the praise that it reaches (`not a good`); then neutral
    /// phrases, and those that a department lists under `not`, void the cues that begin within them and are not as long
    /// from the same word.
    private func withoutVoided(_ finds: ArraySlice<Reading.Find>) -> [Reading.Find] {
        var finds = Array(finds)
        for index in finds.indices where meaning(finds[index]) == .displeasure {
            let negation = finds[index].range
            voidNeighbours(of: index, in: &finds) { other in
                meaning(other) == .neutral && other.range.lowerBound > negation.lowerBound
                    && other.range.lowerBound < negation.upperBound
            }
        }
        for index in finds.indices where !finds[index].isVoid {
            let voider = meaning(finds[index])
            let range = finds[index].range
            voidNeighbours(of: index, in: &finds) { other in
                guard range.contains(other.range.lowerBound) else { return false }
                let isAsLong = other.range.lowerBound == range.lowerBound && other.range.upperBound >= range.upperBound
                guard !isAsLong else { return false }
                switch (voider, meaning(other)) {
                case (.neutral, .strong), (.neutral, .weak), (.neutral, .displeasure): return true
                case (.not(let a), .strong(let b)), (.not(let a), .weak(let b)): return a == b
                default: return false
                }
            }
        }
        return finds.filter { !$0.isVoid }
    }

    /// Voids the finds near the one at `index` that `isVoid` names. Only cues a few words away can overlap.
    private func voidNeighbours(
        of index: Int, in finds: inout [Reading.Find], where isVoid: (Reading.Find) -> Bool
    ) {
        let span = Phrase.stepsAtMost * (Phrase.gap + 1)
        switch meaning(finds[index]) {
        case .strong, .weak: return
        case .not, .neutral, .displeasure: break
        }
        let word = finds[index].word
        var other = index
        while other > 0, finds[other - 1].word + span >= word { other -= 1 }
        while other < finds.count, finds[other].word <= word + span {
            if other != index, isVoid(finds[other]) { finds[other].isVoid = true }
            other += 1
        }
    }

    private func meaning(_ find: Reading.Find) -> Cues.Meaning { cues.cues[find.cue].meaning }

    /// Who claims one clause: those with strong cues, each its part; else whoever it speaks of most, if it is
    /// displeased and praises nothing.
    private mutating func judge(
        clause: Range<Int>, seams: ArraySlice<Reading.Seam>, finds: ArraySlice<Reading.Find>
    ) -> (pieces: [Piece], isDispleased: Bool) {
        var pieces: [Piece] = []
        var isDispleased = false
        var isPraised = false
        var lastFind = clause.lowerBound..<clause.lowerBound
        var onlyFind: Cues.Cue?
        var seam = seams.startIndex
        for find in finds {
            guard case .strong(let department) = meaning(find) else {
                if meaning(find) == .displeasure { isDispleased = true }
                if meaning(find) == .neutral { isPraised = true }
                continue
            }
            isDispleased = true
            let cue = cues.cues[find.cue]
            let matter = cue.matter
            guard let last = pieces.indices.last else {
                pieces.append(Piece(department: department, range: clause, matters: [matter]))
                lastFind = find.range
                onlyFind = cue
                continue
            }
            if pieces[last].department == department {
                if !pieces[last].matters.contains(matter) { pieces[last].matters.append(matter) }
                lastFind =
                    min(lastFind.lowerBound, find.range.lowerBound)..<max(lastFind.upperBound, find.range.upperBound)
                onlyFind = nil
            } else if find.range.lowerBound >= lastFind.upperBound {
                var cut = find.range.lowerBound
                while seam < seams.endIndex, seams[seam].position <= find.range.lowerBound {
                    if seams[seam].position >= lastFind.upperBound { cut = seams[seam].position }
                    seam += 1
                }
                pieces[last].range = pieces[last].range.lowerBound..<cut
                pieces.append(Piece(department: department, range: cut..<clause.upperBound, matters: [matter]))
                lastFind = find.range
                onlyFind = cue
            } else if let only = onlyFind, (cue.words, find.range.count) > (only.words, lastFind.count) {
                pieces[last].department = department
                pieces[last].matters = [matter]
                lastFind = find.range
                onlyFind = cue
            }
        }
        if pieces.isEmpty, isDispleased, !isPraised, let piece = weakest(clause, finds) { pieces.append(piece) }
        return (pieces, isDispleased)
    }

    /// The piece that `clause` is by its weak cues alone: the most, of equals the first, have it.
    private mutating func weakest(_ clause: Range<Int>, _ finds: ArraySlice<Reading.Find>) -> Piece? {
        for index in weak.indices { weak[index] = 0 }
        var first: Int?
        for find in finds {
            guard case .weak(let department) = meaning(find) else { continue }
            weak[department] += 1
            if first == nil { first = department }
        }
        guard var best = first else { return nil }
        for index in weak.indices where weak[index] > weak[best] { best = index }
        var matters: [Int] = []
        for find in finds where meaning(find) == .weak(best) && !matters.contains(cues.cues[find.cue].matter) {
            matters.append(cues.cues[find.cue].matter)
        }
        return Piece(department: best, range: clause, matters: matters)
    }

    /// Adds `piece`, or lets the piece before it grow if that is the same department's.
    private func join(_ piece: Piece, to pieces: inout [Piece]) {
        guard let last = pieces.indices.last, pieces[last].department == piece.department else {
            return pieces.append(piece)
        }
        pieces[last].range = pieces[last].range.lowerBound..<piece.range.upperBound
        for matter in piece.matters where !pieces[last].matters.contains(matter) { pieces[last].matters.append(matter) }
    }

    /// `pieces`, grown so that they cover `sentence`: each up to the next.
    private func spread(_ pieces: [Piece], over sentence: Range<Int>) -> [Piece] {
        var pieces = pieces
        for index in pieces.indices {
            let start = index == 0 ? sentence.lowerBound : pieces[index].range.lowerBound
            let end = index + 1 < pieces.count ? pieces[index + 1].range.lowerBound : sentence.upperBound
            pieces[index].range = start..<end
        }
        return pieces
    }
}
