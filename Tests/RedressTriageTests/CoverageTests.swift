import RedressContract
import RedressTesting
import RedressTriage
import Testing

@Suite struct CoverageTests {
    @Test func `Coverage is the share of the words that are somewhere`() {
        let text = Array(" ab cd\nef gh".utf8)
        func coverage(_ issues: [Range<Int>], _ unplaced: [Range<Int>]) -> Double {
            let issues = issues.isEmpty ? [] : [Split.Issue(department: Samples.billing, ranges: issues)]
            return Split(issues: issues, unplaced: unplaced, sentences: 0).coverage(of: text)
        }
        #expect(coverage([], []) == 0)
        #expect(coverage([1..<3], [4..<12]) == 1)
        #expect(coverage([1..<3, 4..<5], []) == 0.25)
        #expect(coverage([1..<3, 4..<5], [5..<9]) == 0.75)
        #expect(coverage([0..<12], [2..<3]) == 1)
        #expect(Split(issues: [], unplaced: [], sentences: 0).coverage(of: [0x20, 0x0A]) == 1)
    }

    @Test(arguments: 0..<40)
    func `Every text is covered by ranges in order, within it and of whole characters`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let triage = try Triage(rules: Samples.rules)
        let words = [
            "refund", "charged", "twice", "not", "arrived", "battery", "hot", "good", "quality", "the", "and", "it",
            "but",
            ".", "...", "!", ",", ";", "\n", "\r\n", "1.", "2)", "Mr.", "e.g.", "A-1001", "INV.1234", "a@b.c",
            "www.x.y", "(", ")",
            "é", "荷物。", "“", "”", "’", "…", "😑", "no problem", "courier", "bad", "—", "\u{A0}", "\t", "\0", "-", "'",
            "i", "no.",
        ]
        for _ in 0..<50 {
            let isText = Bool.random(using: &random)
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                if isText {
                    text += words[Int.random(in: words.indices, using: &random)].utf8
                    if Int.random(in: 0..<3, using: &random) > 0 { text.append(0x20) }
                } else {
                    text.append(UInt8.random(in: 0...255, using: &random))
                }
            }
            try check(triage.split(text), of: text, isUnicode: isText)
        }
    }

    @Test(arguments: [
        ".", "a", "\n", "a\n", ",", "no ", "not refund ", "refund not ", "’", "é。", "1) ", "A-1001 ", "😑", "w.", "(a ",
        "it. ",
    ])
    func `A long row of one thing is covered too`(_ piece: String) throws {
        let text = Array(String(repeating: piece, count: 20_000).utf8)
        try check(try Triage(rules: Samples.rules).split(text), of: text, isUnicode: true)
    }

    private func check(_ split: Split, of text: [UInt8], isUnicode: Bool) throws {
        #expect(split.coverage(of: text) == 1, "\(text)")
        var all: [Range<Int>] = split.unplaced
        for issue in split.issues {
            #expect(!issue.ranges.isEmpty)
            all += issue.ranges
            #expect(
                zip(issue.ranges, issue.ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "\(text)")
        }
        #expect(zip(split.unplaced, split.unplaced.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        let firsts = split.issues.compactMap(\.ranges.first?.lowerBound)
        #expect(firsts == firsts.sorted())
        all.sort { $0.lowerBound < $1.lowerBound }
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "\(text)")
        for range in all + split.particulars.map(\.range) {
            #expect(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= text.count, "\(text)")
            guard isUnicode else { continue }
            for bound in [range.lowerBound, range.upperBound] where bound < text.count {
                #expect(text[bound] & 0xC0 != 0x80, "\(text)")
            }
        }
    }
}
