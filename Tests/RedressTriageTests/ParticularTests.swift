import RedressContract
import RedressTriage
import Testing

@Suite struct ParticularTests {
    private func particulars(_ masks: [String], in text: String) throws -> [String] {
        let rules = TriageRules(
            particulars: [TriageRules.Particular(name: "order", masks: masks)],
            departments: [TriageRules.Department(name: Samples.billing)])
        let bytes = Array(text.utf8)
        return try Triage(rules: rules).split(bytes).particulars.map {
            String(decoding: bytes[$0.range], as: UTF8.self)
        }
    }

    @Test func `A value of a mask's shape is found between word bounds, each once`() throws {
        #expect(
            try particulars(
                ["A-####"], in: "Orders A-1001, (a-1002) and A-1001: XA-1003 A-10045 A-1005-6 A-100x #A-1006.")
                == ["A-1001", "a-1002", "A-1006"])
        #expect(try particulars(["@@-##+"], in: "xy-1 xy-12 xy-123456 xyz-12 éxy-12 xy-12é") == ["xy-12", "xy-123456"])
        #expect(try particulars(["@+"], in: "ab c") == ["ab", "c"])
        #expect(try particulars(["#.#"], in: "It is 1.2. And 3.4") == ["1.2", "3.4"])
    }

    @Test func `The longer of two counts, then the first`() throws {
        let text = Array("A-1001 AB-1234 INV.12345 INV.123".utf8)
        var rules = Samples.rules
        rules.particulars.append(TriageRules.Particular(name: "late", masks: ["@-####", "A-####-#"]))
        let split = try Triage(rules: rules).split(text)
        #expect(
            split.particulars == [
                Split.Particular(name: "order", range: 0..<6), Split.Particular(name: "order", range: 7..<14),
                Split.Particular(name: "invoice", range: 15..<24),
            ])
        #expect(try particulars(["A-#", "A-#-#"], in: "A-1-2") == ["A-1-2"])
    }

    @Test func `A text cannot name more of them than are looked for`() throws {
        let text = (1000..<2000).map { "A-\($0)" }.joined(separator: " ")
        #expect(try particulars(["A-####"], in: text).count == 256)
    }

    @Test(arguments: [
        ("", TriageError.Code.empty), ("+", .empty), ("-#", .badMaskStart), ("A+", .misplacedPlus),
        ("#+#", .misplacedPlus),
        ("##++", .misplacedPlus),
    ])
    func `A malformed mask is refused with its place`(_ mask: String, _ code: TriageError.Code) throws {
        let error = #expect(throws: TriageError.self) { try particulars(["#", mask], in: "") }
        #expect(error?.code == code)
        #expect(error?.path == [.key("particulars"), .key("order"), .index(1)])
        #expect(throws: TriageError(.empty, at: [.key("particulars"), .key("order")])) { try particulars([], in: "") }
    }
}
