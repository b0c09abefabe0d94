/// Where sentences end, and where they only seem to.
extension Reader {
    /// Reads a row of `.`, `?` and `!`, and decides whether the sentence ends with it.
    mutating func readStop() {
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
            guard index == dot + 1, word.count > 1, next != .digit, kinds[Int(text[dot - 1])] != .digit else {
                return false
            }
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
        if Abbreviations.beforeNumbers.contains(code) {
            return after != .digit && text[min(following, text.count - 1)] != 0x23
        }
        if Abbreviations.anywhere.contains(code) { return after != .lower && after != .digit }
        if word.count == 1, kinds[Int(text[word.lowerBound])] != .digit,
            text[word.lowerBound] | 0x20 != UInt8(ascii: "i")
        {
            let isInitial = kinds[Int(text[word.lowerBound])] == .upper && after == .upper
            let isAbbreviated = word.lowerBound > 0 && text[word.lowerBound - 1] == UInt8(ascii: ".")
            return !isInitial && (!isAbbreviated || after == .newline)
        }
        return true
    }

    /// Whether `word`, just read, denies nothing, but is short for number.
    func isShortForNumber(_ word: Range<Int>) -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: "."),
            Abbreviations.denials.contains(Abbreviations.code(text[word]))
        else { return false }
        var following = index + 1
        while following < text.count, kinds[Int(text[following])] == .space { following += 1 }
        return isDigit(following) || following < text.count && text[following] == UInt8(ascii: "#")
    }

    private func wordCode(from start: Int) -> UInt64 {
        var end = start
        while end < text.count, end - start <= 8, kinds[Int(text[end])].isWord { end += 1 }
        return Abbreviations.code(text[start..<end])
    }

    /// Whether the number that begins at `start`, with a dot or a bracket behind it, is the next of a list.
    mutating func startsListItem(_ start: Int) -> Bool {
        guard index - start <= 2, index < text.count, kinds[Int(text[start])] == .digit,
            kinds[Int(text[index - 1])] == .digit,
            start == 0 || Letters.isSpace(text[start - 1]) || sentenceWords == 0,
            text[index] == UInt8(ascii: ".") || (text[index] == UInt8(ascii: ")") && openBrackets == 0),
            !isDigit(index + 1)
        else { return false }
        let number = text[start..<index].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard sentenceWords == 0 || number == enumerator + 1 || text[index] == UInt8(ascii: ")") else { return false }
        enumerator = number
        return sentenceWords > 0
    }

    mutating func readNewline() {
        let line = lineStart..<index
        var breaks = 0
        while index < text.count, Letters.isSpace(text[index]) {
            if text[index] == UInt8(ascii: "\n") { breaks += 1 }
            index += 1
        }
        lineStart = index
        let isWrapped =
            breaks <= 1 && line.count >= Self.wrappedLine && index < text.count && kinds[Int(text[index])] == .lower
        if !isWrapped { endSentence(at: line.upperBound) }
    }
}
