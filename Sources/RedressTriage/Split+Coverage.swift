package import RedressContract

extension Split {
    /// The share of the words of `text`, parted by white space, that lie within an issue or an unplaced range; 1 for a
    /// text without words.
    ///
    /// It knows nothing of sentences, so it checks the splitter instead of believing it: no sentence is overlooked
    /// whose every word is somewhere.
    package func coverage(of text: [UInt8]) -> Double {
        var words = 0
        var covered = 0
        let ranges = (issues.flatMap(\.ranges) + unplaced).sorted { $0.lowerBound < $1.lowerBound }
        var next = ranges.startIndex
        var reached = 0
        var index = 0
        while index < text.count {
            guard text[index] > 0x20 else {
                index += 1
                continue
            }
            let start = index
            while index < text.count, text[index] > 0x20 { index += 1 }
            words += 1
            if reached <= start { reached = start }
            while next < ranges.endIndex, ranges[next].lowerBound <= reached {
                reached = max(reached, ranges[next].upperBound)
                next += 1
            }
            if reached >= index { covered += 1 }
        }
        return words == 0 ? 1 : Double(covered) / Double(words)
    }
}
