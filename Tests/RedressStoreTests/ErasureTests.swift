import Foundation
import RedressCase
import RedressContract
import Testing

@testable import RedressStore

@Suite struct ErasureTests {
    @Test func anErasedPersonIsGoneFromTheFolderAndTheChainsHold() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.folder()
        let journal = try SQLiteJournal(folder)
        try journal.appendSample()
        #expect(try contains("secret of case 1", in: folder))
        #expect(try journal.erase(try reference(1), person: "complainant") == 4)
        #expect(try !contains("secret of case 1", in: folder))
        #expect(try contains("word on case 1", in: folder))
        #expect(try contains("secret of case 2", in: folder))
        let parts = try journal.entries(of: .case(try reference(1))).flatMap(\.parts)
        #expect(parts.filter { $0.person == "complainant" }.map(\.bytes) == [nil, nil, nil, nil])
        #expect(parts.filter { $0.person == "witness" }.allSatisfy { $0.bytes != nil })
        #expect(try JournalVerification(folder).fault == nil)
        #expect(try journal.erase(try reference(1), person: "complainant") == 0)
        #expect(try journal.erase(try reference(1), person: "witness") == 4)
        #expect(try !contains("word on case 1", in: folder))
        try journal.append(add: [1])
        #expect(try JournalVerification(folder).fault == nil)
        #expect(try journal.erase(try reference(9), person: "witness") == 0)
    }

    private func contains(_ text: String, in folder: DataFolder) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { name in
            try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)).range(of: Data(text.utf8)) != nil
        }
    }
}
