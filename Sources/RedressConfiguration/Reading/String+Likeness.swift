extension String {
    /// How many characters of a wrong text an error shows.
    private static let shownAtMost = 60

    /// The text in quotes for an error: on one line, without control characters, and not too long.
    var quoted: String {
        let shown = String.UnicodeScalarView(
            unicodeScalars.prefix(Self.shownAtMost).map { $0.properties.generalCategory == .control ? " " : $0 })
        return "\"\(String(shown))\(unicodeScalars.count > Self.shownAtMost ? "…" : "")\""
    }

    /// What to do about this name, which is none of `names`: the one that was probably meant, or all of them.
    func remedy(among names: [String]) -> String {
        if let likely = names.min(by: { distance(to: $0) < distance(to: $1) }),
            distance(to: likely) <= min(3, likely.utf8.count / 2)
        {
            return "did you mean \(likely.quoted)?"
        }
        return names.isEmpty ? "there are none here" : "known here: \(names.joined(separator: ", "))"
    }

    /// How many bytes must be put in, taken out or changed to get `other`; at once too many where this text is long.
    private func distance(to other: String) -> Int {
        let (left, right) = (Array(utf8), Array(other.utf8))
        guard left.count <= Self.shownAtMost else { return Int.max }
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in right.enumerated() {
                let changed = diagonal + (byte == wanted ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(changed, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
