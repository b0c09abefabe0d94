import RedressContract
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "are read and written as RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("2026-04-02", 1_775_088_000_000, "2026-04-02T00:00:00.000Z"),
            ("2026-04-02T16:30:00.5+01:00", 1_775_143_800_500, "2026-04-02T15:30:00.500Z"),
            ("2024-02-29t23:59:60.0009z", 1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999-00:00", -1, "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00+23:59", -62_167_305_540_000, nil),
        ] as [(String, Int64, String?)])
    func roundTrip(text: String, milliseconds: Int64, written: String?) throws {
        let timestamp = try #require(Timestamp(text))
        #expect(timestamp.milliseconds == milliseconds)
        if let written {
            #expect(timestamp.description == written)
            #expect(Timestamp(written) == timestamp)
        }
    }

    @Test(
        "are refused when malformed",
        arguments: [
            "", "2026", "2026-4-2", "2026-13-01", "2026-00-01", "2025-02-29", "1900-02-29", "2026-04-31", "2026-04-02T",
            "2026-04-02T10:00Z",
            "2026-04-02T24:00:00Z", "2026-04-02T10:60:00Z", "2026-04-02T10:00:61Z", "2026-04-02T10:00:00",
            "2026-04-02T10:00:00.Z",
            "2026-04-02T10:00:00Zx", "2026-04-02T10:00:00+1:00", "2026-04-02T10:00:00+01:00x", "+026-04-02",
            "2026-04-0٢", "2026-04-02 10:00:00Z",
        ])
    func malformed(text: String) { #expect(Timestamp(text) == nil) }

    @Test("that no calendar reaches are still written, without a trap", arguments: [Int64.min, .max])
    func extremes(milliseconds: Int64) { #expect(!Timestamp(milliseconds: milliseconds).description.isEmpty) }
}
