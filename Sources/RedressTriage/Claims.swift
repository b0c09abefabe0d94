/// A part of a sentence, and the department that claims it.
struct Piece {
    /// The department, by its place.
    var department: Int
    /// Where it stands in the text.
    var range: Range<Int>
    /// The families of the cues by which it is claimed.
    var families: [Int]
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
    /// Each clause is judged by itself. If nobody claims any, the sentence is judged as one: the matter and the displeasure
    /// may stand in different clauses. A clause that nobody claims goes with the one before it, or behind it.
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

    /// The cues that nothing voids: those that begin within a neutral phrase, or one of `not` of their department, and are
    /// not as long from the same word. Only cues a few words away can overlap, so only they are looked at.
    private func withoutVoided(_ finds: ArraySlice<Reading.Find>) -> [Reading.Find] {
        var finds = Array(finds)
        let span = Phrase.stepsAtMost * (Phrase.gap + 1)
        for index in finds.indices {
            let voider = finds[index]
            let department: Int?
            switch cues.cues[voider.cue].meaning {
            case .neutral: department = nil
            case .not(let number): department = number
            case .strong, .weak, .displeasure: continue
            }
            func void(_ other: Int) {
                let beginsWithin = voider.range.contains(finds[other].range.lowerBound)
                let isAsLong = finds[other].range.lowerBound == voider.range.lowerBound
                    && finds[other].range.upperBound >= voider.range.upperBound
                guard beginsWithin, !isAsLong else { return }
                switch cues.cues[finds[other].cue].meaning {
                case .strong(let number), .weak(let number): if department == nil || department == number { finds[other].isVoid = true }
                case .displeasure: if department == nil { finds[other].isVoid = true }
                case .not, .neutral: break
                }
            }
            var before = index - 1
            while before >= 0, finds[before].word + span >= voider.word {
                void(before)
                before -= 1
            }
            var after = index + 1
            while after < finds.count, finds[after].word <= voider.word + span {
                void(after)
                after += 1
            }
        }
        return finds.filter { !$0.isVoid }
    }

    /// Who claims one clause: those with strong cues, each its part; else whoever it speaks of most, if it is displeased.
    private mutating func judge(
        clause: Range<Int>, seams: ArraySlice<Reading.Seam>, finds: ArraySlice<Reading.Find>
    ) -> (pieces: [Piece], isDispleased: Bool) {
        var pieces: [Piece] = []
        var isDispleased = false
        var lastFind = clause.lowerBound..<clause.lowerBound
        var isOneFind = false
        var seam = seams.startIndex
        for find in finds {
            guard case .strong(let department) = cues.cues[find.cue].meaning else {
                if cues.cues[find.cue].meaning == .displeasure { isDispleased = true }
                continue
            }
            isDispleased = true
            let family = cues.cues[find.cue].family
            guard let last = pieces.indices.last else {
                pieces.append(Piece(department: department, range: clause, families: [family]))
                lastFind = find.range
                isOneFind = true
                continue
            }
            if pieces[last].department == department {
                if !pieces[last].families.contains(family) { pieces[last].families.append(family) }
                lastFind = min(lastFind.lowerBound, find.range.lowerBound)..<max(lastFind.upperBound, find.range.upperBound)
                isOneFind = false
            } else if find.range.lowerBound >= lastFind.upperBound {
                var cut = find.range.lowerBound
                while seam < seams.endIndex, seams[seam].position <= find.range.lowerBound {
                    if seams[seam].position >= lastFind.upperBound { cut = seams[seam].position }
                    seam += 1
                }
                pieces[last].range = pieces[last].range.lowerBound..<cut
                pieces.append(Piece(department: department, range: cut..<clause.upperBound, families: [family]))
                lastFind = find.range
                isOneFind = true
            } else if isOneFind, find.range.count > lastFind.count {
                pieces[last].department = department
                pieces[last].families = [family]
                lastFind = find.range
            }
        }
        if pieces.isEmpty, isDispleased, let piece = weakest(clause, finds) { pieces.append(piece) }
        return (pieces, isDispleased)
    }

    /// The piece that `clause` is by its weak cues alone: the most, of equals the first, have it.
    private mutating func weakest(_ clause: Range<Int>, _ finds: ArraySlice<Reading.Find>) -> Piece? {
        for index in weak.indices { weak[index] = 0 }
        var first: Int?
        for find in finds {
            guard case .weak(let department) = cues.cues[find.cue].meaning else { continue }
            weak[department] += 1
            if first == nil { first = department }
        }
        guard var best = first else { return nil }
        for index in weak.indices where weak[index] > weak[best] { best = index }
        var families: [Int] = []
        for find in finds where cues.cues[find.cue].meaning == .weak(best) && !families.contains(cues.cues[find.cue].family) {
            families.append(cues.cues[find.cue].family)
        }
        return Piece(department: best, range: clause, families: families)
    }

    /// Adds `piece`, or lets the piece before it grow if that is the same department's.
    private func join(_ piece: Piece, to pieces: inout [Piece]) {
        guard let last = pieces.indices.last, pieces[last].department == piece.department else { return pieces.append(piece) }
        pieces[last].range = pieces[last].range.lowerBound..<piece.range.upperBound
        for family in piece.families where !pieces[last].families.contains(family) { pieces[last].families.append(family) }
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
