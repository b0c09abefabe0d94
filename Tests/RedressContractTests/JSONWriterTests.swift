import RedressContract
import RedressTesting
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("puts commas and colons where they belong")
    func punctuation() {
        let written = text { writer in
            writer.object { writer in
                writer.member("a", 1)
                writer.name("b")
                writer.array([[], [1, -2], [30]]) { writer, numbers in writer.array(numbers) { $0.value($1) } }
                writer.member("c", true)
                writer.name("d")
                writer.null()
                writer.name("e")
                writer.object { _ in }
                writer.member("f", ["x", "y"])
                writer.name("g")
                writer.raw(#"{"h":[]}"#.utf8)
                writer.member("i", "")
            }
        }
        #expect(written == #"{"a":1,"b":[[],[1,-2],[30]],"c":true,"d":null,"e":{},"f":["x","y"],"g":{"h":[]},"i":""}"#)
    }

    @Test("escapes what must be and nothing else")
    func escapes() {
        #expect(
            text { $0.value("\"\\/\u{8}\u{C}\n\r\t\u{1F}\0\u{7F}é\u{2028}😀") }
                == #""\"\\/\u0008\u000c\n\r\t\u001f\u0000"# + "\u{7F}é\u{2028}😀\"")
    }

    @Test("writes every string so that it reads the same", arguments: 0..<32)
    func strings(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for length in 0..<64 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<length {
                let range: ClosedRange<UInt32> = [0...0x7F, 0x80...0x7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF]
                    .randomElement(using: &random)!
                scalars.append(Unicode.Scalar(UInt32.random(in: range, using: &random))!)
            }
            let string = String(scalars)
            guard case .string(let read) = try JSON(parsing: JSON.string(string).bytes) else {
                return #expect(Bool(false), "a string")
            }
            #expect(Array(read.unicodeScalars) == Array(string.unicodeScalars))
        }
    }

    @Test("writes whole numbers to their ends")
    func integers() {
        #expect(text { $0.value(UInt64.max) } == "18446744073709551615")
        #expect(text { $0.value(Int64.min) } == "-9223372036854775808")
        #expect(text { $0.value(UInt8(9)) } == "9")
        #expect(text { $0.value(-1) } == "-1")
    }
}
