/// The words of an issue, in which a department looks for what it knows about.
struct IssueWords {
    private let words: Set<String>

    /// The words of `excerpt`; an order's number is one word.
    init(_ excerpt: String) {
        words = Set(
            excerpt.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init))
    }

    /// Whether they name `order`.
    func name(_ order: String) -> Bool { words.contains(order.lowercased()) }

    /// Whether one of `vocabulary` is among them: words with a space between, `charg*` for all that begin so.
    func speak(of vocabulary: String) -> Bool {
        vocabulary.split(separator: " ").contains { entry in
            entry.last == "*" ? words.contains { $0.hasPrefix(entry.dropLast()) } : words.contains(String(entry))
        }
    }
}
