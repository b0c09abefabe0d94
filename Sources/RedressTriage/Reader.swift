/// Reads a text once, from its first byte to its last. Looks ahead only within a word, a row of dots, or the run of
/// bytes up to the next white space (once a run), so its time grows with the text alone.
struct Reader {
    /// How far a line goes, in bytes, that a mail program may have broken: a break behind it, with a small letter to
    /// follow, ends no sentence.
    static let wrappedLine = 50
    /// How many particulars are looked for; a text that names more is no complaint.
    static let particularsAtMost = 32

    private let text: [UInt8]
    private let cues: Cues
    private let masks: Masks
    private let kinds = Letters.kinds
    private(set) var reading = Reading()

    private var index = 0
    private var progress: [(reach: Int, start: Int)]
    private var ordinal = 0
    private var clauseOrdinal = 0
    private var sentenceStart = -1
    private var sentenceWords = 0
    private var wordsSinceSeam = 0
    private var continues = false
    private var lastWord = 0..<0
    private var lineStart = 0
    private var addressEnd = 0
    private var runChecked = 0
    private var particularEnd = 0
    private var openBrackets = 0
    private var enumerator = 0

    /// Reads `text` for `cues` and `masks`.
    static func read(_ text: [UInt8], cues: Cues, masks: Masks) -> Reading {
        var reader = Reader(text, cues: cues, masks: masks)
        reader.readAll()
        return reader.reading
    }

    private init(_ text: [UInt8], cues: Cues, masks: Masks) {
        self.text = text
        self.cues = cues
        self.masks = masks
        progress = Array(repeating: (reach: -1, start: 0), count: cues.steps.count)
    }

    private mutating func readAll() {
        while index < text.count {
            var kind = kinds[Int(text[index])]
            var length = 1
            if kind == .beyond, let mark = Letters.mark(in: text, at: index) { (kind, length) = mark }
            if kind != .space, kind != .newline, sentenceStart < 0 { sentenceStart = index }
            switch kind {
            case .lower, .upper, .digit, .beyond: readWord()
            case .newline: readNewline()
            case .dot, .stop: readStop()
            case .pause:
                if text[index] == UInt8(ascii: "(") {
                    openBrackets += 1
                    endClause(at: index)
                    index += length
                } else {
                    index += length
                    endClause(at: index)
                }
            case .closer:
                openBrackets = max(0, openBrackets - 1)
                index += length
            case .other where text[index] == UInt8(ascii: "-") && isSpace(index - 1) && isSpace(index + 1):
                endClause(at: index)
                index += length
            case .space, .apostrophe, .other: index += length
            }
        }
        endSentence(at: text.count, isLast: true)
    }

    // MARK: Words

    private mutating func readWord() {
        if index >= runChecked { checkRun() }
        if index < addressEnd {
            index = addressEnd
            countWord()
            return
        }
        if particularEnd <= index, Letters.isLetterOrDigit(text[index]) { readParticular() }
        let start = index
        var node = Lexicon.root
        var wentOff = false
        scan: while index < text.count {
            let byte = text[index]
            switch kinds[Int(byte)] {
            case .lower, .upper, .digit: index += 1
            case .apostrophe:
                guard isWord(index + 1) else { break scan }
                index += 1
                continue scan
            case .beyond:
                if let mark = Letters.mark(in: text, at: index) {
                    guard mark.kind == .apostrophe, isWord(index + mark.length) else { break scan }
                    index += mark.length
                    continue scan
                }
                index += 1
            default: break scan
            }
            guard !wentOff else { continue }
            let next = cues.lexicon.next(node, byte)
            if next == Lexicon.off { wentOff = true } else { node = next }
        }
        if startsListItem(start) { endSentence(at: start) }
        lastWord = start..<index
        take(cues.lexicon.wordClass(at: node, wentOff: wentOff), at: start)
        countWord()
    }

    /// Hands a word of class `wordClass` to the cues that wait for it or begin with it.
    private mutating func take(_ wordClass: Int, at start: Int) {
        let role = cues.roles[wordClass]
        if sentenceWords == 0 {
            continues = role.contains(.continuation)
        } else if role.contains(.conjunction) {
            endClause(at: start)
        } else if role.contains(.opener), wordsSinceSeam > 0 {
            reading.seams.append(Reading.Seam(position: start, endsClause: false))
        }
        for number in cues.stepsOfClass[wordClass] {
            let step = cues.steps[number]
            guard step.isFirst || progress[number].reach >= ordinal else { continue }
            let from = step.isFirst ? start : progress[number].start
            if step.isLast {
                reading.finds.append(Reading.Find(cue: step.cue, range: from..<index, word: ordinal))
            } else {
                progress[number + 1] = (reach: ordinal + step.reach, start: from)
            }
        }
    }

    private mutating func countWord() {
        ordinal += 1
        sentenceWords += 1
        wordsSinceSeam += 1
    }

    /// Looks through the run of bytes up to the next white space: web and mail addresses are one word, whatever is in them.
    private mutating func checkRun() {
        var end = index
        var isAddress = false
        while end < text.count, !Letters.isSpace(text[end]) {
            switch text[end] {
            case UInt8(ascii: "@"): isAddress = isAddress || (end > index && isWord(end + 1))
            case UInt8(ascii: ":"): isAddress = isAddress || (end + 2 < text.count && text[end + 1] == 0x2F && text[end + 2] == 0x2F)
            case UInt8(ascii: "."):
                isAddress = isAddress || (end == index + 3 && text[index..<end].allSatisfy { $0 | 0x20 == UInt8(ascii: "w") })
            default: break
            }
            end += 1
        }
        runChecked = max(end, index + 1)
        guard isAddress else { return }
        while end > index, !kinds[Int(text[end - 1])].isWord, text[end - 1] != UInt8(ascii: "/") { end -= 1 }
        addressEnd = end
    }

    private mutating func readParticular() {
        guard reading.particulars.count < Self.particularsAtMost, let found = masks.find(in: text, at: index) else { return }
        particularEnd = found.range.upperBound
        let isKnown = reading.particulars.contains {
            $0.particular == found.particular && text[$0.range].elementsEqual(text[found.range])
        }
        if !isKnown { reading.particulars.append(found) }
    }

    // MARK: Stops

    /// Reads a row of `.`, `?` and `!`, and decides whether the sentence ends with it.
    private mutating func readStop() {
        let start = index
        var dots = 0
        var stops = false
        while index < text.count {
            if kinds[Int(text[index])] == .dot {
                dots += 1
                index += 1
            } else if kinds[Int(text[index])] == .stop {
                stops = true
                index += 1
            } else if let mark = Letters.mark(in: text, at: index), mark.kind == .dot || mark.kind == .stop {
                dots += mark.kind == .dot ? 2 : 0
                stops = stops || mark.kind == .stop
                index += mark.length
            } else {
                break
            }
        }
        guard start >= particularEnd else { return }
        while index < text.count {
            if kinds[Int(text[index])] == .closer {
                index += 1
            } else if let mark = Letters.mark(in: text, at: index), mark.kind == .closer {
                index += mark.length
            } else {
                break
            }
        }
        if stops || (dots == 1 ? dotEnds(at: start) : dotsEnd()) {
            endSentence(at: index)
        } else if dots > 1 {
            endClause(at: index)
        }
    }

    /// Whether the row of dots that ends here ends its sentence: not before a small letter.
    private func dotsEnd() -> Bool {
        var next = index
        while next < text.count, kinds[Int(text[next])] == .space { next += 1 }
        return next == text.count || kinds[Int(text[next])] != .lower
    }

    /// Whether the dot at `dot` ends its sentence, rather than an abbreviation, a number or a part of a name.
    private func dotEnds(at dot: Int) -> Bool {
        let word = lastWord.upperBound == dot ? lastWord : dot..<dot
        let isNumber = !word.isEmpty && text[word].allSatisfy { kinds[Int($0)] == .digit }
        guard index < text.count else { return true }
        let next = kinds[Int(text[index])]
        guard !next.isWord else {
            guard index == dot + 1, word.count > 1, next != .digit, kinds[Int(text[dot - 1])] != .digit else { return false }
            guard kinds[Int(text[index])] != .upper else { return kinds[Int(text[dot - 1])] == .lower }
            return !Abbreviations.nameEndings.contains(wordCode(from: index))
                && (isWord(index + 1) || text[index] == UInt8(ascii: "i"))
        }
        guard Letters.isSpace(text[index]) else { return true }
        if isNumber, word.count <= 2, sentenceWords <= 1 { return false }
        var following = index
        while following < text.count, kinds[Int(text[following])] == .space { following += 1 }
        let after = following < text.count ? kinds[Int(text[following])] : .newline
        let code = Abbreviations.code(text[word])
        if Abbreviations.beforeNames.contains(code) { return after == .newline }
        if Abbreviations.beforeNumbers.contains(code) { return after != .digit && text[min(following, text.count - 1)] != 0x23 }
        if Abbreviations.anywhere.contains(code) { return after != .lower && after != .digit }
        if word.count == 1, kinds[Int(text[word.lowerBound])] != .digit, text[word.lowerBound] | 0x20 != UInt8(ascii: "i") {
            let isInitial = kinds[Int(text[word.lowerBound])] == .upper && after == .upper
            let isAbbreviated = word.lowerBound > 0 && text[word.lowerBound - 1] == UInt8(ascii: ".")
            return !isInitial && (!isAbbreviated || after == .newline)
        }
        return true
    }

    private func wordCode(from start: Int) -> UInt64 {
        var end = start
        while end < text.count, end - start <= 8, kinds[Int(text[end])].isWord { end += 1 }
        return Abbreviations.code(text[start..<end])
    }

    /// Whether the number that begins at `start`, with a dot or a bracket behind it, is the next of a list.
    private mutating func startsListItem(_ start: Int) -> Bool {
        guard index - start <= 2, index < text.count, kinds[Int(text[start])] == .digit, kinds[Int(text[index - 1])] == .digit,
            start == 0 || Letters.isSpace(text[start - 1]) || sentenceWords == 0,
            text[index] == UInt8(ascii: ".") || (text[index] == UInt8(ascii: ")") && openBrackets == 0),
            !isDigit(index + 1)
        else { return false }
        let number = text[start..<index].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard sentenceWords == 0 || number == enumerator + 1 || text[index] == UInt8(ascii: ")") else { return false }
        enumerator = number
        return sentenceWords > 0
    }

    private mutating func readNewline() {
        let line = lineStart..<index
        var breaks = 0
        while index < text.count, Letters.isSpace(text[index]) {
            if text[index] == UInt8(ascii: "\n") { breaks += 1 }
            index += 1
        }
        lineStart = index
        let isWrapped = breaks <= 1 && line.count >= Self.wrappedLine && index < text.count && kinds[Int(text[index])] == .lower
        if !isWrapped { endSentence(at: line.upperBound) }
    }

    // MARK: Ends

    /// Ends the clause before `position`; no cue reaches across.
    private mutating func endClause(at position: Int) {
        guard wordsSinceSeam > 0 else { return }
        reading.seams.append(Reading.Seam(position: position, endsClause: true))
        ordinal += Phrase.gap + 1
        wordsSinceSeam = 0
    }

    /// Ends the sentence before `position`. One without a word goes with the one before it or behind it.
    private mutating func endSentence(at position: Int, isLast: Bool = false) {
        guard sentenceStart >= 0 else { return }
        var end = position
        while end > sentenceStart, Letters.isSpace(text[end - 1]) { end -= 1 }
        guard end > sentenceStart else { return }
        if sentenceWords == 0, let last = reading.sentences.indices.last {
            reading.sentences[last].range = reading.sentences[last].range.lowerBound..<end
        } else if sentenceWords > 0 || isLast {
            reading.sentences.append(
                Reading.Sentence(
                    range: sentenceStart..<end, continues: continues, seams: reading.seams.count, finds: reading.finds.count))
        } else {
            return
        }
        sentenceStart = position < index ? position : -1
        sentenceWords = 0
        wordsSinceSeam = 0
        continues = false
        openBrackets = 0
        ordinal += Phrase.gap + 1
    }

    // MARK: Bytes

    private func isWord(_ index: Int) -> Bool {
        index < text.count && kinds[Int(text[index])].isWord && Letters.mark(in: text, at: index) == nil
    }

    private func isDigit(_ index: Int) -> Bool { index < text.count && kinds[Int(text[index])] == .digit }

    private func isSpace(_ index: Int) -> Bool { !text.indices.contains(index) || Letters.isSpace(text[index]) }
}
