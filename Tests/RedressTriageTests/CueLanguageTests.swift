import RedressContract
import RedressTriage
import Testing

@Suite struct CueLanguageTests {
    @Test(arguments: [
        ("refund", "A REFUND please"), ("refund*", "refunded"), ("refund*", "refund"), ("don't", "I dont"),
        ("dont", "I don’t"),
        ("it's", "It's"), ("late delivery", "the late  delivery"), ("late-delivery", "late-delivery"),
        ("(late|too slow) courier", "too slow courier"), ("(late|slow*) courier", "slower courier"),
        ("no .. refund", "no refund"), ("no .. refund", "no such nice refund"), ("a .. a", "a b a"),
        ("<bad> courier", "terrible courier"), ("(<bad>|late) courier", "late courier"), ("x, refund", "refund"),
        ("no .. refund", "no no refund"), ("a b c", "a a b c"), ("né*", "néant"), ("v2", "v2"), ("電池", "電池"),
        ("old item", "an old item. 3 people agree"),
    ])
    func `A phrase is found`(_ cue: String, _ text: String) throws {
        #expect(try Samples.finds(cue, in: text))
    }

    @Test(arguments: [
        ("refund", "refunds"), ("refund*", "prerefund"), ("late delivery", "late the delivery"),
        ("late delivery", "delivery late"), ("no .. refund", "no a b c d refund"), ("no .. refund", "no, refund"),
        ("no .. refund", "no. Refund"), ("no .. refund", "no and refund"), ("no .. 7", "no. 7"), ("no .. 7", "No.  #7"),
        ("a .. a", "a"), ("a a", "a"),
        ("<bad> courier", "good courier"), ("refund", "https://shop.example/refund"), ("refund", "refund@shop.example"),
        ("(late|too slow) courier", "too courier"), ("a b c", "a b b c"),
    ])
    func `A phrase is not found`(_ cue: String, _ text: String) throws {
        #expect(try !Samples.finds(cue, in: text))
    }

    @Test(arguments: [
        ("", TriageError.Code.empty), ("a,,b", .empty), ("*", .empty), ("a*b", .misplacedStar), (".. a", .misplacedGap),
        ("a ..", .misplacedGap), ("a .. .. b", .misplacedGap), ("(a|b", .badAlternatives), ("a|b)", .badCharacter),
        ("(a|)", .badAlternatives), ("()", .badAlternatives), ("(a .. b|c)", .misplacedGap), ("<worse> a", .unknownSet),
        ("a! b", .badCharacter), ("a b c d e f g h i", .tooLong), ("100%", .badCharacter),
        ("(a|b c|d e|f g) (a|b c|d e|f g) (a|b c|d e|f g) (a|b c|d e)", .tooLong),
    ])
    func `A malformed phrase is refused with its place`(_ cue: String, _ code: TriageError.Code) throws {
        let error = #expect(throws: TriageError.self) { try Samples.finds(cue, in: "") }
        #expect(error?.code == code)
        #expect(error?.path == [.key("departments"), .index(0), .key("matters"), .index(0), .key("strong"), .index(0)])
    }

    @Test func `An error says what is wrong with which entry`() throws {
        var rules = Samples.rules
        rules.departments[1].not = ["fine", "(a|b"]
        let error = #expect(throws: TriageError.self) { try Triage(rules: rules) }
        #expect(
            error?.description
                == "departments[1].not[1]: alternatives are written (one|the other), and none is empty: (a|b")
    }

    @Test func `Rules that contradict themselves are refused`() throws {
        func code(_ change: (inout TriageRules) -> Void) -> TriageError.Code? {
            var rules = Samples.rules
            change(&rules)
            return #expect(throws: TriageError.self) { try Triage(rules: rules) }?.code
        }
        #expect(code { $0.departments = [] } == .noDepartment)
        #expect(code { $0.departments.append($0.departments[0]) } == .duplicateName)
        #expect(code { $0.particulars.append($0.particulars[0]) } == .duplicateName)
        #expect(code { $0.words["x"] = ["two words"] } == .notOneWord)
        #expect(code { $0.conjunctions = ["as well"] } == .notOneWord)
        #expect(code { $0.words["x"] = ["<bad>"] } == .unknownSet)
    }
}
