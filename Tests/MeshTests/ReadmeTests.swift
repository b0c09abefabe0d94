import Foundation
import Testing

/// The tests that README names as what shows its promises.
@Suite struct ReadmeTests {
    @Test func everyTestThatShowsAPromiseExists() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(contentsOf: tests.appending(path: "../README.md"), encoding: .utf8)
        let promises = try #require(readme.firstRange(of: "## What is promised")).upperBound
        let table = readme[promises...].prefix(
            upTo: readme[promises...].firstRange(of: "\n## ")?.lowerBound ?? readme.endIndex)
        let names = table.matches(of: /`(\w+Tests)(?:\/(\w+))?`/)
        #expect(names.count > 20)

        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        let sources = try (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
        for name in names {
            let suites = ["struct", "class", "extension"].map { "\($0) \(name.1) {" }
            #expect(
                sources.contains { source in
                    suites.contains { source.contains($0) }
                        && (name.2.map { source.contains("func \($0)(") } ?? true)
                },
                "\(name.0) is not there")
        }
    }
}
