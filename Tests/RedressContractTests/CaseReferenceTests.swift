import RedressContract
import RedressTesting
import Testing

@Suite("References of cases and tasks")
struct CaseReferenceTests {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    private static let samples: [CaseReference] = {
        var random = SeededGenerator(seed: 1)
        return [1, 1 << 60 - 1, 31, 0x7C0].compactMap { CaseReference(rawValue: $0) }
            + (0..<20).map { _ in CaseReference.random(using: &random) }
    }()

    @Test("read the same after writing", arguments: samples)
    func roundTrip(reference: CaseReference) {
        #expect(CaseReference(reference.description) == reference)
        #expect(reference.description.utf8.count == 18)
    }

    @Test("are read without regard to case, hyphens and letters that look like digits")
    func lenient() throws {
        let reference = try #require(CaseReference(rawValue: 1))
        #expect(reference.description == "R-0000-0000-0001-Y")
        for text in [
            "r-0000-0000-0001-y", "R000000000001Y", "r-OOOO-oooo-000I-Y", "R-0000-0000-000l-Y", "R0-0000-0000-001Y",
        ] {
            #expect(CaseReference(text) == reference)
        }
    }

    @Test(
        "are refused when they are malformed",
        arguments: [
            "", "R", "R-", "-", "0000-0000-0001-Y", "R-0000-0000-0001", "R-0000-0000-0001-Y0", "R-0000-0000-0001-X",
            "R-0000-0000-0000-0",
            "R-0000-0000-000U-Y", "R-0000 0000-0001-Y", "Ｒ-0000-0000-0001-Y", "R-0000-0000-0001-Ý",
            "R-0000-0000-000ı-Y", "Q-0000-0000-0001-Y",
        ])
    func malformed(text: String) { #expect(CaseReference(text) == nil) }

    @Test("show every misread character", arguments: samples)
    func misread(reference: CaseReference) {
        let characters = Array(reference.description)
        for place in characters.indices.dropFirst() where characters[place] != "-" {
            for other in Self.alphabet where other != characters[place] {
                var changed = characters
                changed[place] = other
                #expect(CaseReference(String(changed)) == nil)
            }
        }
    }

    @Test("show every swap of two neighbours but that of 0 and Z", arguments: samples)
    func swapped(reference: CaseReference) {
        let characters = Array(reference.description.filter { $0 != "-" })
        for place in 1..<characters.count - 1 where characters[place] != characters[place + 1] {
            var changed = characters
            changed.swapAt(place, place + 1)
            let blind = Set(changed[place...place + 1]) == ["0", "Z"]
            #expect((CaseReference(String(changed)) == nil) == !blind)
        }
    }

    @Test("have 60 bits, of which one is set")
    func bounds() {
        #expect(CaseReference(rawValue: 0) == nil)
        #expect(CaseReference(rawValue: 1 << 60) == nil)
        #expect(CaseReference(rawValue: .max) == nil)
        #expect(CaseReference(rawValue: 1 << 60 - 1) != nil)
    }

    @Test("name a task in one spelling")
    func tasks() throws {
        let reference = try #require(CaseReference(rawValue: 1))
        #expect(TaskID("R-0000-0000-0001-Y/3") == TaskID(reference, 3))
        #expect(TaskID(reference, 65_535).description == "R-0000-0000-0001-Y/65535")
        #expect(TaskID("R-0000-0000-0001-Y/65535") == TaskID(reference, 65_535))
        for number in ["", "/", "0", "03", "+3", "-3", "3 ", "65536", "3/4", "a", "٣", "\u{301}3", "3\u{301}"] {
            #expect(TaskID("R-0000-0000-0001-Y/\(number)") == nil, "\(number)")
        }
        #expect(TaskID("R-0000-0000-0001-Y") == nil)
        #expect(TaskID("/1") == nil)
    }
}
