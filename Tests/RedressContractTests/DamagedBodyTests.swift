import RedressContract
import RedressTesting
import Testing

/// Damaged bodies are read or refused; what is read reads the same after writing. Nothing traps.
@Suite("Damaged bodies")
struct DamagedBodyTests {
    private static let texts = [Samples.contributionText, Samples.briefText].map { Array($0.utf8) }

    @Test("that are cut short are refused wherever the cut is", arguments: texts)
    func truncated(bytes: [UInt8]) {
        for length in bytes.indices { #expect(throws: JSONError.self) { try JSON(parsing: bytes[..<length]) } }
    }

    /// Short ones, since each is read 255 times for each of its bytes.
    private static let shortTexts = [
        #"{"declined":"\ud83d\ude00é","findings":[{"key":"a#b","value":{"amount":-4.9e1,"currency":"EUR"}}]}"#,
        #"{"issues":[{"number":1,"outcome":"upheld"}],"notChecked":[""]}"#,
        #"{"task":"R-0000-0000-0001-Y/1","attempt":2,"type":"a/b"}"#,
    ].map { Array($0.utf8) }

    @Test("with one byte changed to any other are read or refused", arguments: shortTexts)
    func changed(bytes: [UInt8]) throws {
        var damaged = bytes
        var read = 0
        for place in bytes.indices {
            for byte in 0...UInt8.max where byte != bytes[place] {
                damaged[place] = byte
                if try survives(damaged) { read += 1 }
            }
            damaged[place] = bytes[place]
        }
        #expect(read > 0, "letters within strings may change")
    }

    @Test("with bytes put in, taken out and moved are read or refused", arguments: 0..<8)
    func shuffled(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let tokens = ["{", "}", "[", "]", ",", ":", "\"", "\\u", "\\", "-", "1e999", "null", "\u{0}", "é"].map {
            Array($0.utf8)
        }
        for _ in 0..<1000 {
            var bytes = Self.texts[Int.random(in: Self.texts.indices, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let start = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, start + Int.random(in: 0...6, using: &random))
                bytes.replaceSubrange(start..<end, with: tokens.randomElement(using: &random) ?? [])
            }
            _ = try survives(bytes)
        }
    }

    /// Whether `bytes` can be read, as whatever they say.
    private func survives(_ bytes: [UInt8]) throws -> Bool {
        let same: Bool
        if let contribution = try? Contribution(parsing: bytes) {
            same = try Contribution(parsing: contribution.jsonBytes) == contribution
        } else if let brief = try? Brief(parsing: bytes) {
            same = try Brief(parsing: brief.jsonBytes) == brief
        } else if let json = try? JSON(parsing: bytes) {
            same = try JSON(parsing: json.bytes) == json
        } else {
            return false
        }
        if !same { Issue.record("not the same after writing: \(String(decoding: bytes, as: UTF8.self))") }
        return true
    }
}
