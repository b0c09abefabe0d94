import RedressConfiguration
import Testing

@Suite struct WrittenDurationTests {
    @Test(arguments: [
        ("500ms", 500), ("0s", 0), ("30s", 30_000), ("15m", 900_000), ("2h", 7_200_000), ("1d", 86_400_000),
        ("007s", 7000),
    ])
    func isANumberAndAUnit(_ text: String, _ milliseconds: Int64) {
        #expect(WrittenDuration(text)?.milliseconds == milliseconds)
        #expect(WrittenDuration(text)?.duration == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "30", "30 s", " 30s", "30s ", "30S", "-30s", "+30s", "1.5h", "1h30m", "30w", "٣s",
        "9223372036854775807s",
        "99999999999999999999ms",
    ])
    func isNothingElse(_ text: String) {
        #expect(WrittenDuration(text) == nil)
    }

    @Test(arguments: [0, 1, 999, 1000, 1500, 60_000, 61_000, 3_600_000, 86_400_000, 604_800_000, Int64.max])
    func isWrittenAsItIsRead(_ milliseconds: Int64) {
        let duration = WrittenDuration(milliseconds: milliseconds)
        #expect(WrittenDuration(duration.description) == duration)
    }

    @Test func isWrittenInTheLongestUnitThatFits() {
        #expect(WrittenDuration(milliseconds: 90_000).description == "90s")
        #expect(WrittenDuration(milliseconds: 120_000).description == "2m")
        #expect(WrittenDuration(milliseconds: 0).description == "0s")
    }
}
