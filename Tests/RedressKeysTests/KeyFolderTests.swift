import Counterpart
import Foundation
import RedressContract
import RedressKeys
import Testing
import ZeroMQ

@Suite struct KeyFolderTests {
    private let temporary = TemporaryFolder()
    private let folder: KeyFolder
    private let billing: Grant.Role

    init() throws {
        folder = KeyFolder("\(temporary.path)/keys")
        billing = .worker([try #require(DepartmentName("billing"))])
        try folder.create()
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require((attributes[.posixPermissions] as? NSNumber)?.intValue)
    }

    private func expect(_ code: KeyError.Code, _ words: String, _ body: () throws -> Void) throws {
        let error = try #require(throws: KeyError.self, performing: body)
        #expect(error.code == code, "\(error)")
        #expect("\(error)".contains(words), "\(error)")
    }

    @Test func whatIsSecretIsTheOwnersAlone() throws {
        let made = try folder.make("till", billing)
        #expect(made.file == "\(folder.path)/till.key")
        #expect(try mode(folder.path) == 0o700)
        for file in ["coordinator.key", "till.key", "authorised"] {
            #expect(try mode("\(folder.path)/\(file)") == 0o600)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
        let list = try String(contentsOfFile: folder.listFile, encoding: .utf8)
        #expect(!list.contains(made.pair.secretKey))
    }

    @Test func aKeyIsReadFromItsFileAndNeedsNothingElse() throws {
        let elsewhere = "\(temporary.path)/elsewhere.key"
        let made = try folder.make("till", billing, to: elsewhere)
        let read = try PeerKey(file: elsewhere)
        #expect(read == made)
        #expect(read.name == "till")
        #expect(read.coordinator == (try folder.coordinatorPair().publicKey))
        #expect(try folder.list().grants == [Grant(name: "till", role: billing, key: read.pair.publicKey)])
    }

    @Test func aRotatedKeyHasTheSameNameAndRoleAndTheOldOneIsGone() throws {
        let old = try folder.make("till", billing)
        #expect(old.renewed() == nil)
        let new = try folder.rotate("till")
        #expect(old.renewed() == new)
        #expect(new.pair != old.pair)
        #expect(try folder.list().grants == [Grant(name: "till", role: billing, key: new.pair.publicKey)])
    }

    @Test func aRevokedKeyIsGoneAndItsNameIsFree() throws {
        let old = try folder.make("shop", .client)
        try folder.make("desk", .owner)
        try folder.revoke("shop")
        #expect(try folder.list().grants.map(\.name) == ["desk"])
        let new = try folder.make("shop", .observer)
        #expect(new.pair != old.pair)
    }

    @Test func aWatchSeesEachChangeOnceAndKeepsTheListOverABadOne() throws {
        var watch = try KeyWatch(folder)
        #expect(try watch.refresh() == nil)
        try folder.make("shop", .client)
        #expect(try watch.refresh() == KeyList())
        #expect(try watch.refresh() == nil)
        #expect(watch.list.grants.map(\.name) == ["shop"])
        let good = try String(contentsOfFile: folder.listFile, encoding: .utf8)
        try Data("shop boss - x\n".utf8).write(to: URL(fileURLWithPath: folder.listFile))
        try expect(.unfit, "authorised:1") { _ = try watch.refresh() }
        #expect(try watch.refresh() == nil)
        try FileManager.default.removeItem(atPath: folder.listFile)
        try expect(.unreadable, "authorised") { _ = try watch.refresh() }
        #expect(watch.list.grants.map(\.name) == ["shop"])
        try Data(good.utf8).write(to: URL(fileURLWithPath: folder.listFile))
        #expect(try watch.refresh() == nil)
        try folder.revoke("shop")
        #expect(try watch.refresh()?.grants.map(\.name) == ["shop"])
    }

    @Test func whatCannotBeMadeIsSaid() throws {
        try folder.make("till", billing)
        try expect(.unfit, "rotate it with") { try folder.make("till", .client) }
        for name in ["", "coordinator", "a/b", "..", ".x", "ä", String(repeating: "a", count: 65)] {
            try expect(.unfit, "cannot name a key") { try folder.make(name, .client) }
        }
        try expect(.unfit, "no key \"shop\"") { try folder.rotate("shop") }
        try expect(.unfit, "no key \"shop\"") { try folder.revoke("shop") }
        try expect(.unfit, "name another folder") { try folder.create() }
        try expect(.unwritable, "/nowhere/x") { try folder.make("shop", .client, to: "/nowhere/x") }
        #expect(try folder.list().grants.map(\.name) == ["till"])
        let nowhere = KeyFolder("\(temporary.path)/nowhere")
        try expect(.unreadable, "redress keys init") { try nowhere.make("shop", .client) }
        try expect(.unreadable, "redress keys init") { _ = try nowhere.coordinatorPair() }
    }

    @Test func aKeyIsNeverWrittenOverAnythingElse() throws {
        let other = try folder.make("other", billing)
        for file in ["\(folder.path)/coordinator.key", folder.listFile, other.file, folder.path] {
            try expect(.unfit, "is there and is no key of \"till\"") { try folder.make("till", billing, to: file) }
        }
        let made = try folder.make("till", billing)
        try expect(.unfit, "is there and is no key of \"till\"") { try folder.rotate("till", to: other.file) }
        #expect(try PeerKey(file: other.file) == other)
        #expect(try folder.rotate("till", to: made.file) == PeerKey(file: made.file))
        #expect(try folder.list().grants.map(\.name).sorted() == ["other", "till"])
    }

    @Test func aFileThatOthersCanReadIsRefused() throws {
        let key = try folder.make("till", billing)
        for (path, mode) in [(key.file, 0o640), (key.file, 0o604), ("\(folder.path)/coordinator.key", 0o644)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            try expect(.open, "chmod 600 \(path)") {
                if path == key.file { _ = try PeerKey(file: path) } else { _ = try folder.coordinatorPair() }
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.listFile)
        #expect(throws: Never.self) { try folder.list() }
        try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: folder.listFile)
        try expect(.open, "chmod go-w") { _ = try folder.list() }
    }

    @Test func aDamagedKeyIsNamedWithItsLineAndNotShown() throws {
        let key = try folder.make("till", billing)
        let text = try String(contentsOfFile: key.file, encoding: .utf8)
        func read(_ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: key.file))
            _ = try PeerKey(file: key.file)
        }
        let secret = key.pair.secretKey
        for (damaged, words) in [
            (text.replacing(secret, with: secret.dropLast()), "till.key:3: \"secret\""),
            (text.replacing("secret ", with: "secret x "), "till.key:3: expected a name and a value"),
            (text.replacing("coordinator ", with: "captain "), "no line \"coordinator …\""),
            (text.replacing("name till", with: "name a/b"), "\"name\" is not well-formed"), ("", "no line \"name …\""),
        ] {
            let error = try #require(throws: KeyError.self) { try read(damaged) }
            #expect(error.code == .malformed)
            #expect("\(error)".contains(words), "\(error)")
            #expect(!"\(error)".contains(secret.dropLast()))
        }
        try expect(.unreadable, "not a file") { _ = try PeerKey(file: folder.path) }
        try expect(.unreadable, "/nowhere") { _ = try PeerKey(file: "/nowhere") }
    }
}
