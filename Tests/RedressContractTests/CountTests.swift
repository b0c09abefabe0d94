import RedressContract
import Testing

@Suite struct CountTests {
    @Test func oneIsSingular() {
        #expect("\(0, of: "issue"), \(1, of: "issue"), \(2, of: "issue")" == "0 issues, 1 issue, 2 issues")
        #expect("\("1", of: "entry", "entries") of \("12", of: "entry", "entries")" == "1 entry of 12 entries")
    }
}
