/// A phrase of the cue language, parsed.
///
/// ```
/// line   = phrase *("," phrase)
/// phrase = step *([".."] step)          ; ".." lets up to three other words stand between
/// step   = choice / "(" 1*choice *("|" 1*choice) ")"
/// choice = word / word "*" / "<" set ">" ; "*": any word that begins so, "<set>": any word of the set
/// ```
///
/// Case counts only beyond ASCII, apostrophes count for nothing (`don't`, `don’t` and `dont` are one word), and hyphens
/// part words.
struct Phrase: Equatable {
    /// How many other words `..` lets stand between two.
    static let gap = 3
    /// How many steps a phrase may have; bounds how far back a cue can begin.
    static let stepsAtMost = 8
    /// How many phrases alternatives of several words may make of one.
    static let variantsAtMost = 64

    /// A word of the text that a step takes.
    struct Word: Hashable {
        /// Its bytes, or the first of them: lower-case ASCII, no apostrophes.
        var bytes: [UInt8]
        /// Whether any word that begins so will do.
        var isPrefix: Bool
    }

    /// One word of the phrase.
    struct Step: Equatable {
        /// The words that will do.
        var words: [Word]
        /// Whether other words may stand between this step and the next.
        var gapAfter = false
    }

    /// The words, in order; at least one.
    var steps: [Step]

    /// The phrases of `line`, with `<set>` standing for the words in `sets`. One with alternatives of several words
    /// becomes several phrases.
    static func line(
        _ line: String, sets: [String: [Word]], at path: [TriageError.Step]
    ) throws(TriageError) -> [Phrase] {
        var phrases: [Phrase] = []
        for text in line.split(separator: ",", omittingEmptySubsequences: false) {
            phrases += try Phrase.variants(of: text, sets: sets, at: path)
        }
        return phrases
    }

    /// The words of `line`, where phrases of more than one word do not belong.
    static func words(
        _ line: String, sets: [String: [Word]], at path: [TriageError.Step]
    ) throws(TriageError) -> [Word] {
        var words: [Word] = []
        for phrase in try Phrase.line(line, sets: sets, at: path) {
            guard phrase.steps.count == 1 else { throw TriageError(.notOneWord, at: path, entry: line) }
            words += phrase.steps[0].words
        }
        return words
    }

    private static func variants(
        of text: Substring, sets: [String: [Word]], at path: [TriageError.Step]
    ) throws(TriageError) -> [Phrase] {
        func error(_ code: TriageError.Code) -> TriageError { TriageError(code, at: path, entry: String(text)) }
        var variants = [Phrase(steps: [])]
        var rest = text
        while let first = rest.first {
            if first == " " || first == "\t" || first == "\n" || first == "-" {
                rest.removeFirst()
            } else if first == "(" {
                guard let close = rest.firstIndex(of: ")") else { throw error(.badAlternatives) }
                let inside = rest[rest.index(after: rest.startIndex)..<close]
                rest = rest[rest.index(after: close)...]
                var choices: [[Step]] = []
                for choice in inside.split(separator: "|", omittingEmptySubsequences: false) {
                    choices.append(try steps(choice, sets: sets, at: path))
                }
                let single = choices.filter { $0.count == 1 }.flatMap { $0[0].words }
                let ways = choices.filter { $0.count > 1 } + (single.isEmpty ? [] : [[Step(words: single)]])
                variants = variants.flatMap { variant in ways.map { Phrase(steps: variant.steps + $0) } }
                guard variants.count <= Self.variantsAtMost else { throw error(.tooLong) }
            } else {
                let part = rest.prefix { $0 != " " && $0 != "\t" && $0 != "\n" && $0 != "-" && $0 != "(" }
                rest = rest[part.endIndex...]
                if part == ".." {
                    for index in variants.indices {
                        guard let last = variants[index].steps.indices.last, !variants[index].steps[last].gapAfter
                        else {
                            throw error(.misplacedGap)
                        }
                        variants[index].steps[last].gapAfter = true
                    }
                } else {
                    let step = Step(words: try words(part, sets: sets, at: path))
                    for index in variants.indices { variants[index].steps.append(step) }
                }
            }
        }
        for variant in variants {
            guard let last = variant.steps.last else { throw error(.empty) }
            guard !last.gapAfter else { throw error(.misplacedGap) }
            guard variant.steps.count <= Self.stepsAtMost else { throw error(.tooLong) }
        }
        return variants
    }

    /// The steps of one alternative: at least one word, no gap.
    private static func steps(
        _ choice: Substring, sets: [String: [Word]], at path: [TriageError.Step]
    ) throws(TriageError) -> [Step] {
        var steps: [Step] = []
        for part in choice.split(whereSeparator: { $0 == " " || $0 == "-" }) {
            guard part != ".." else { throw TriageError(.misplacedGap, at: path, entry: String(choice)) }
            steps.append(Step(words: try words(part, sets: sets, at: path)))
        }
        guard !steps.isEmpty else { throw TriageError(.badAlternatives, at: path, entry: String(choice)) }
        return steps
    }

    /// The words that one `<set>` or one word stands for.
    private static func words(
        _ part: Substring, sets: [String: [Word]], at path: [TriageError.Step]
    ) throws(TriageError) -> [Word] {
        guard part.first == "<", part.last == ">" else { return [try Word(part, at: path)] }
        guard let set = sets[String(part.dropFirst().dropLast())] else {
            throw TriageError(.unknownSet, at: path, entry: String(part))
        }
        return set
    }
}

extension Phrase.Word {
    /// The word written `text`, with `*` for its end or without.
    fileprivate init(_ text: Substring, at path: [TriageError.Step]) throws(TriageError) {
        isPrefix = text.last == "*"
        let word = isPrefix ? text.dropLast() : text
        bytes = word.replacing("’", with: "").utf8.filter { $0 != UInt8(ascii: "'") }.map(Letters.lowered)
        guard !bytes.contains(UInt8(ascii: "*")) else {
            throw TriageError(.misplacedStar, at: path, entry: String(text))
        }
        guard !bytes.isEmpty, bytes.allSatisfy({ Letters.kinds[Int($0)].isWord }) else {
            throw TriageError(bytes.isEmpty ? .empty : .badCharacter, at: path, entry: String(text))
        }
    }
}
