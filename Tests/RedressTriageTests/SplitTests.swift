import RedressContract
import RedressTriage
import Testing

@Suite struct SplitTests {
    @Test func `Each sentence goes to the department that its cues name`() throws {
        #expect(
            try Samples.split(
                "The kettle has not arrived. I was charged twice! The lid is blue. The app crashes daily.")
                == [
                    "logistics: The kettle has not arrived.", "billing: I was charged twice!",
                    "technical: The app crashes daily.", "-: The lid is blue.",
                ])
    }

    @Test func `A sentence about several matters is cut at its conjunctions and commas`() throws {
        #expect(
            try Samples.split("The parcel never arrived, my lamp does not work and I want my money back.") == [
                "logistics: The parcel never arrived,", "technical: my lamp does not work",
                "billing: and I want my money back.",
            ])
    }

    @Test func `A complaint without any punctuation is cut before a word that can begin a clause`() throws {
        #expect(
            try Samples.split("the parcel never arrived my phone battery gets hot i demand a refund") == [
                "logistics: the parcel never arrived", "technical: my phone battery gets hot",
                "billing: i demand a refund",
            ])
    }

    @Test func `Where nothing can begin a clause the cut is before the cue`() throws {
        #expect(
            try Samples.split("late delivery crashes daily") == [
                "logistics: late delivery", "technical: crashes daily",
            ])
    }

    @Test func `A clause that nobody claims goes with its neighbour in the sentence`() throws {
        #expect(
            try Samples.split("On Monday, as agreed, you charged me twice, and I called, but the app crashes.") == [
                "billing: On Monday, as agreed, you charged me twice, and I called,", "technical: but the app crashes.",
            ])
    }

    @Test func `What is spoken of again is the same issue, another matter is another`() throws {
        #expect(
            try Samples.split("I want a refund. The app crashes. You charged me twice. Refund me now.") == [
                "billing: I want a refund. | Refund me now.", "technical: The app crashes.",
                "billing: You charged me twice.",
            ])
    }

    @Test func `A sentence that goes on about the one before belongs to its issue`() throws {
        #expect(
            try Samples.split("The lamp has not arrived. It was for a birthday. They are rude. Flowers are blue.") == [
                "logistics: The lamp has not arrived. It was for a birthday. They are rude.", "-: Flowers are blue.",
            ])
        #expect(try Samples.split("It was for a birthday.") == ["-: It was for a birthday."])
        #expect(
            try Samples.split("The app crashes. Flowers are blue. It is a rose.") == [
                "technical: The app crashes.", "-: Flowers are blue.", "-: It is a rose.",
            ])
    }

    @Test func `Displeasure without a matter goes with the sentence before, or is unplaced`() throws {
        #expect(
            try Samples.split("I asked for a refund. No, never again.") == [
                "billing: I asked for a refund. No, never again."
            ])
        #expect(
            try Samples.split("The worst day of all. Flowers are blue.") == [
                "-: The worst day of all.", "-: Flowers are blue.",
            ])
    }

    @Test func `A weak cue counts only where something is wrong`() throws {
        #expect(try Samples.split("The courier wore green.") == ["-: The courier wore green."])
        #expect(try Samples.split("The courier was rude.") == ["logistics: The courier was rude."])
        #expect(
            try Samples.split("The packaging, I must say, was terrible.") == [
                "logistics: The packaging, I must say, was terrible."
            ])
        #expect(
            try Samples.split("No courier with a box and a fee came") == [
                "logistics: No courier with a box and a fee came"
            ])
    }

    @Test func `Praise is no issue, and what only looks like a complaint is none`() throws {
        for text in [
            "No problems with the courier.", "Good quality.", "It arrived on time.", "A good box, good courier.",
            "I read your refund policy.", "The worst seat at the box office.",
        ] {
            #expect(try Samples.split(text) == ["-: \(text)"])
        }
        #expect(try Samples.split("The quality is not good.") == ["technical: The quality is not good."])
        #expect(try Samples.split("Not a good quality.") == ["technical: Not a good quality."])
    }

    @Test func `Of two claims to the same words the cue of more words wins`() throws {
        let rules = TriageRules(departments: [
            Samples.department(Samples.billing, saying: "charge"),
            Samples.department(Samples.technical, saying: "charge the phone"),
        ])
        #expect(
            try Samples.split("I cannot charge the phone", rules: rules) == ["technical: I cannot charge the phone"])
        #expect(try Samples.split("the charge is odd", rules: rules) == ["billing: the charge is odd"])
    }

    @Test func `Nothing gives nothing`() throws {
        for text in ["", " ", "\n\r\n\t "] { #expect(try Samples.split(text) == []) }
        #expect(try Samples.split("?!... ") == ["-: ?!..."])
    }
}
