import RedressContract
import Testing

@Suite("Reading JSON")
struct JSONReaderTests {
    @Test(
        "takes what RFC 8259 allows",
        arguments: [
            ("null", .null), (" \t\r\n true ", true), ("false", false), ("0", 0), ("-0", 0), ("10", 10), ("-17", -17),
            ("1E2", 100), ("1e+2", 100), ("100e-2", 1), ("0.0", 0), ("0e0", 0), ("0e999", 0),
            (#""""#, ""), (#""a""#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00 \uDBFF\uDFFF""#, "😀 \u{10FFFF}"), (#""\u0000""#, "\0"),
            ("\"\u{7F}é€😀\u{10FFFF}\"", "\u{7F}é€😀\u{10FFFF}"),
            ("[]", []), ("[ ]", []), ("[1, [2 ,[]]]", [1, [2, []]]),
            ("{}", [:]), ("{ }", [:]), (#"{"a" : 1,"":{"a":null}}"#, ["a": 1, "": ["a": .null]]),
            (#"{"A":1,"a":2}"#, ["A": 1, "a": 2]),
        ] as [(String, JSON)])
    func accepts(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text.utf8) == value)
        #expect(try JSON(parsing: value.bytes) == value, "what is written reads the same")
    }

    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "", " ", "nul", "nulll", "True", "tru e", "NaN", "Infinity", "-Infinity", "undefined", "'a'", "a",
            "+1", "01", "-01", "00", "1.", ".5", "-", "--1", "1e", "1e+", "1e1.5", "1.e1", "1,", "0x10", "1_000", "1/2",
            "1 2",
            "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "[[]",
            "{", "}", "{1:2}", "{a:1}", "{'a':1}", #"{"a"}"#, #"{"a":}"#, #"{"a" 1}"#, #"{"a":1,}"#, #"{,"a":1}"#,
            #"{"a":1 "b":2}"#, #"{"a":1]"#, #"{"a":1"#, #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":1}"#, "{} {}", "{}x",
            "// a\n1", "/**/1",
            #"""#, #""a"#, #""\"#, #""\""#, #""\x41""#, #""\u""#, #""\u12""#, #""\u12g4""#, #""\U0041""#,
            #""\ud800""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0041""#, #""\udc00""#, #""\ud800\ud800""#,
            #""\ude00\ud83d""#,
            "\"\u{0}\"", "\"\u{1F}\"", "\"a\nb\"", "\"a\\n\tb\"", "\u{FEFF}1", "\u{A0}1", "1\u{0}", "\u{C}1",
        ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text.utf8) }
    }

    @Test(
        "refuses strings that are not UTF-8, plain and after an escape",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF],
        ] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError("a string is not UTF-8", offset: bytes.count + 1)) {
            try JSON(parsing: [quote] + bytes + [quote])
        }
        #expect(throws: JSONError.self) { try JSON(parsing: Array(#""\n"#.utf8) + bytes + [quote]) }
        #expect(throws: JSONError.self) { try JSON(parsing: Array(#"{""#.utf8) + bytes + Array(#"":1}"#.utf8)) }
        #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
    }

    @Test("takes arrays and objects to the depth that it states and not deeper")
    func depth() throws {
        func nested(_ open: String, _ innermost: String, _ close: String, _ depth: Int) -> String {
            String(repeating: open, count: depth) + innermost + String(repeating: close, count: depth)
        }
        let deepest = JSONReader.depthMaximum
        _ = try JSON(parsing: nested("[", "", "]", deepest).utf8)
        _ = try JSON(parsing: nested("[", "1", "]", deepest).utf8)
        _ = try JSON(parsing: nested(#"{"a":"#, "1", "}", deepest).utf8)
        let tooDeep = JSONError("nested deeper than \(deepest)", offset: deepest)
        #expect(throws: tooDeep) { try JSON(parsing: nested("[", "", "]", deepest + 1).utf8) }
        #expect(throws: tooDeep) { try JSON(parsing: nested("[", "", "", 1_000_000).utf8) }
        #expect(throws: JSONError.self) { try JSON(parsing: nested(#"{"a":"#, "{}", "}", deepest).utf8) }
    }

    @Test("notices a name that stands twice among few members and among many", arguments: [2, 15, 16, 17, 18, 500])
    func repeatedNames(count: Int) throws {
        let members = (0..<count).map { #""n\#($0)":\#($0)"# }
        let json = try JSON(parsing: "{\(members.joined(separator: ","))}".utf8)
        #expect(json["n\(count - 1)"] == .number(ExactNumber(count - 1)))
        for repeated in [0, count / 2, count - 1] {
            let text = "{\((members + [members[repeated]]).joined(separator: ","))}"
            #expect(throws: JSONError.self) { try JSON(parsing: text.utf8) }
        }
    }

    @Test("counts names as one that differ only in the composition of their characters, as look-ups do")
    func composedNames() {
        #expect(throws: JSONError.self) { try JSON(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}".utf8) }
    }

    @Test("says where it stopped")
    func offsets() {
        #expect(throws: JSONError("expected a comma or ]", offset: 3)) { try JSON(parsing: "[1 2]".utf8) }
        #expect(throws: JSONError("more follows the value", offset: 2)) { try JSON(parsing: "{}x".utf8) }
        #expect(JSONError("expected a colon", offset: 4).description == "not JSON at byte 4: expected a colon")
    }

    @Test("reads bytes that do not lie together as it reads those that do")
    func scattered() throws {
        let text = #"{"a":[1,"é"]}"#
        #expect(try JSON(parsing: text.utf8.lazy.filter { _ in true }) == JSON(parsing: Array(text.utf8)))
        #expect(
            try JSON(parsing: Array(("xx" + text + "yy").utf8).dropFirst(2).dropLast(2)) == JSON(parsing: text.utf8))
    }
}
