import Testing

@Suite struct SentenceTests {
    @Test(arguments: [
        ["It came late.", "It broke!", "Why?", "Answer me."],
        ["She said (twice).", "He said \"no.\"", "They said “yes.”", "End"],
        ["Stop it!!!", "Really?!", "Yes."],
        ["It came … in pieces.", "It broke…", "Then nothing."],
        ["It came ... in pieces...", "Then nothing"],
        ["Mr. Brown, of St. James St. in town, e.g. the one with order No. 5, i.e. me, paid.", "No.", "Not at all."],
        ["I live in the U.S. and paid 4.50 or $1.299,00 at 5 p.m. on 3.4.2026.", "It was 20.", "Fine."],
        ["See https://shop.example/a.b?c=d or www.shop.example.", "Write to me.you@shop.example.", "Thanks."],
        ["I bought it at shop.com and the invoice.pdf is there.", "It is lost."],
        ["Order INV.1234 and A-1001 are lost.", "Bye."],
        ["A. Smith wrote it.", "I got plan b.", "So did i.", "Right."],
        ["1. The lid is blue.", "2. The pot is red.", "3) The cup is green", "4) The jug is black"],
        ["荷物が届きません。", "電池が壊れました！", "なぜ？"],
        ["सामान नहीं आया।", "पैसे वापस करो।"],
        ["Ünïcode wörks.", "Così così.", "Né è."],
    ])
    func `Sentences end where a reader would say`(_ sentences: [String]) throws {
        #expect(try Samples.sentences(sentences.joined(separator: " ")) == sentences)
    }

    @Test func `A full stop without a space behind it still ends a sentence`() throws {
        #expect(
            try Samples.sentences("It came late.And broken. Bad quality.dont buy") == [
                "It came late.", "And broken.", "Bad quality.", "dont buy",
            ])
    }

    @Test func `A line ends a sentence, unless a mail program broke it`() throws {
        #expect(
            try Samples.sentences("Order\nlid missing\r\n\r\npot late\n- cup broken") == [
                "Order", "lid missing", "pot late", "- cup broken",
            ])
        let line = "I ordered the kettle in the second week of March and"
        #expect(try Samples.sentences("\(line)\nwaited. Then\nI left") == ["\(line)\nwaited.", "Then", "I left"])
    }

    @Test func `Marks without words go with the sentence beside them`() throws {
        #expect(try Samples.sentences("... !! Late. ?? --- Broken. :-(") == ["... !! Late. ??", "--- Broken. :-("])
        #expect(try Samples.sentences("Nice 😑😑\nIs it? 😑 Yes 👍🏽.") == ["Nice 😑😑", "Is it?", "😑 Yes 👍🏽."])
    }
}
