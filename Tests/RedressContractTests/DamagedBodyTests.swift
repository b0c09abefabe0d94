import Fuzzing
import RedressContract
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

    @Test("with bytes put in, taken out and garbled are read or refused")
    func shuffled() throws {
        try FuzzRound.play(80, in: "DamagedBodyTests") { round in
            for _ in 0..<100 {
                var bytes = Self.texts.randomElement(using: &round.random) ?? []
                round.damage(&bytes, with: FuzzRound.jsonTokens)
                _ = try survives(bytes, Comment(rawValue: round.replay))
            }
        }
    }

    /// Whether `bytes` can be read, as whatever they say.
    private func survives(_ bytes: [UInt8], _ comment: Comment? = nil) throws -> Bool {
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
        #expect(same, comment ?? "not the same after writing: \(String(decoding: bytes, as: UTF8.self))")
        return true
    }
}
