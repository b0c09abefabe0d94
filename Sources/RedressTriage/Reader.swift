/// Reads a text once, from its first byte to its last. Looks ahead only within a word, a row of dots, or the run of
/// bytes up to the next white space (once a run), so its time grows with the text alone.
struct Reader: ~Copyable {
    /// How far a line goes, in bytes, that a mail program may have broken: a break behind it, with a small letter to
    /// follow, ends no sentence.
    static let wrappedLine = 50
    /// How many particulars are looked for; a text that names more is no complaint.
    static let particularsAtMost = 256

    let text: [UInt8]
    private let cues: Cues
    private let masks: Masks
    let kinds = Letters.kinds
    private(set) var reading = Reading()

    /// The byte that comes next.
    var index = 0
    /// Where the sentence begins, or -1 between two; how many words it has; how many since its last clause ended.
    private var sentenceStart = -1
    var sentenceWords = 0
    private var wordsSinceSeam = 0
    /// Whether the first word of the sentence is a continuation.
    private var continues = false
    /// The last word, to know an abbreviation by.
    var lastWord = 0..<0
    /// Where the line begins.
    var lineStart = 0
    /// How many brackets are open in the sentence.
    var openBrackets = 0
    /// The number of the last list item.
    var enumerator = 0
    /// Up to where the text is known to be a particular, to be an address, to be looked through for addresses.
    var particularEnd = 0
    private var addressEnd = 0
    private var runChecked = 0
    /// The number of the next word. It leaps where a clause ends, so that no cue reaches across.
    private var ordinal = 0
    /// For each step of a cue, up to which word it may come, and where its cue began.
    private var progress: [(reach: Int, start: Int)]

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
            if sentenceStart < 0, !Letters.isSpace(text[index]) { sentenceStart = index }
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
        // The "no" of "no. 7" denies nothing.
        if isShortForNumber(lastWord) { wentOff = true }
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
        for place in cues.stepsOfClass[wordClass] {
            let number = cues.stepsTaken[place]
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

    /// Looks through the run of bytes up to the next white space: web and mail addresses are one word, whatever is in
    /// them.
    private mutating func checkRun() {
        var end = index
        var isAddress = false
        while end < text.count, !Letters.isSpace(text[end]) {
            switch text[end] {
            case UInt8(ascii: "@"): isAddress = isAddress || (end > index && isWord(end + 1))
            case UInt8(ascii: ":"):
                isAddress = isAddress || (end + 2 < text.count && text[end + 1] == 0x2F && text[end + 2] == 0x2F)
            case UInt8(ascii: "."):
                isAddress =
                    isAddress || (end == index + 3 && text[index..<end].allSatisfy { $0 | 0x20 == UInt8(ascii: "w") })
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
        guard reading.particulars.count < Self.particularsAtMost, let found = masks.find(in: text, at: index) else {
            return
        }
        particularEnd = found.range.upperBound
        let isKnown = reading.particulars.contains {
            $0.particular == found.particular && text[$0.range].elementsEqual(text[found.range])
        }
        if !isKnown { reading.particulars.append(found) }
    }

    /// Ends the clause before `position`; no cue reaches across.
    mutating func endClause(at position: Int) {
        guard wordsSinceSeam > 0 else { return }
        reading.seams.append(Reading.Seam(position: position, endsClause: true))
        ordinal += Phrase.gap + 1
        wordsSinceSeam = 0
    }

    /// Ends the sentence before `position`. One without a word goes with the one before it or behind it.
    mutating func endSentence(at position: Int, isLast: Bool = false) {
        guard sentenceStart >= 0 else { return }
        var end = position
        while end > sentenceStart, Letters.isSpace(text[end - 1]) { end -= 1 }
        guard end > sentenceStart else { return }
        if sentenceWords == 0, let last = reading.sentences.indices.last {
            reading.sentences[last].range = reading.sentences[last].range.lowerBound..<end
        } else if sentenceWords > 0 || isLast {
            reading.sentences.append(
                Reading.Sentence(
                    range: sentenceStart..<end, continues: continues, seams: reading.seams.count,
                    finds: reading.finds.count))
        } else {
            return
        }
        sentenceStart = position < index && !Letters.isSpace(text[position]) ? position : -1
        sentenceWords = 0
        wordsSinceSeam = 0
        continues = false
        openBrackets = 0
        ordinal += Phrase.gap + 1
    }

    func isWord(_ index: Int) -> Bool {
        index < text.count && kinds[Int(text[index])].isWord && Letters.mark(in: text, at: index) == nil
    }

    func isDigit(_ index: Int) -> Bool { index < text.count && kinds[Int(text[index])] == .digit }

    private func isSpace(_ index: Int) -> Bool { !text.indices.contains(index) || Letters.isSpace(text[index]) }
}
