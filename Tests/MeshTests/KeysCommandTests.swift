import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressKeys
import RedressTesting
import Testing
import ZeroMQ

/// `redress keys`, and what the other commands make of keys.
@Suite(.serialized, .timeLimit(.minutes(2))) struct KeysCommandTests {
    private let temporary = TemporaryFolder()
    private var folder: String { "\(temporary.path)/keys" }

    private func keys(_ arguments: String...) async throws -> Program.Ran {
        try await Program.run(["keys"] + arguments + ["--keys", folder])
    }

    private func list() async throws -> [JSON] { try await keys("list", "--format", "json").json.elements("keys") }

    @Test func keysAreMadeListedRotatedAndRevoked() async throws {
        #expect(try await keys("init").code == 0)
        let till = try await keys(
            "make", "till", "--role", "worker", "--department", "billing", "--department", "returns")
        #expect(till.output == "\(folder)/till.key\n", "\(till.errors)")
        let shop = try await keys("make", "shop", "--role", "client", "--out", "\(temporary.path)/shop")
        #expect(shop.output == "\(temporary.path)/shop\n", "\(shop.errors)")
        let made = try await list()
        #expect(made.map { $0.text("name") } == ["shop", "till"])
        #expect(made.map { $0.text("role") } == ["client", "worker"])
        #expect(made.last?["departments"] == ["billing", "returns"])
        #expect(made.last?.text("key") == (try PeerKey(file: "\(folder)/till.key").pair.publicKey.description))
        #expect(try await keys("list").output.split(separator: "\n").count == 2)
        #expect(till.errors == "")
        let second = try await keys("make", "till-2", "--role", "worker", "--department", "billing")
        #expect(second.code == 0 && second.output == "\(folder)/till-2.key\n")
        #expect(second.errors.contains("who holds the key till may call a worker till-2"), "\(second.errors)")
        #expect(try await keys("make", "shop-2", "--role", "client").errors == "", "clients are called like their keys")
        for name in ["till-2", "shop-2"] { #expect(try await keys("revoke", name).code == 0) }

        #expect(try await keys("rotate", "till").output == "\(folder)/till.key\n")
        #expect(try await keys("revoke", "shop").code == 0)
        let left = try await list()
        #expect(left.map { $0.text("name") } == ["till"])
        #expect(left.first?["key"] != made.last?["key"])
    }

    @Test func programsAreToldInJSON() async throws {
        #expect(try await keys("init", "--format", "json").json.text("folder") == folder)
        let made = try await keys("make", "shop", "--role", "client", "--format", "json").json
        let file = "\(folder)/shop.key"
        #expect(made.text("name") == "shop" && made.text("file") == file)
        #expect(made.text("key") == (try PeerKey(file: file).pair.publicKey.description))
        let rotated = try await keys("rotate", "shop", "--format", "json").json
        #expect(rotated.text("file") == file && rotated["key"] != made["key"])
        #expect(try await keys("revoke", "shop", "--format", "json").json == ["name": "shop", "revoked": true])
    }

    @Test func whatIsWrongIsSaid() async throws {
        func expect(_ ran: Program.Ran, _ words: String...) {
            #expect(ran.code != 0 && ran.code != nil)
            #expect(ran.output == "")
            for word in words { #expect(ran.errors.contains(word), "\"\(word)\" is not in: \(ran.errors)") }
        }
        expect(try await keys("list"), folder, "--keys", "redress keys init --keys \(folder)")
        expect(try await keys("make", "till", "--role", "client"), folder, "redress keys init")
        _ = try await keys("init")
        expect(try await keys("init"), "coordinator.key")
        expect(try await keys("make", "till", "--role", "boss"), "boss", "observer")
        expect(try await keys("make", "till", "--role", "worker"), "--department")
        expect(try await keys("make", "till", "--role", "client", "--department", "billing"), "--department")
        expect(try await keys("make", "till", "--role", "worker", "--department", "Wine"), "Wine")
        expect(try await keys("make", "../till", "--role", "client"), "../till")
        expect(try await keys("rotate", "till"), "till", "redress keys list")
        expect(try await keys("revoke", "till"), "till", "redress keys list")
        try "till worker".write(toFile: "\(folder)/authorised", atomically: false, encoding: .utf8)
        expect(try await keys("list"), "\(folder)/authorised:1:")
    }

    @Test func withoutKeysNothingStartsUnlessItIsAskedFor() async throws {
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        let coordinator = ["coordinator", "--config", configuration.path, "--data", "\(temporary.path)/data"]
        for (arguments, words) in [
            (coordinator + ["--keys", folder], "redress keys init"),
            (coordinator + ["--plain", "--bind", "tcp://0.0.0.0:0"], "redress keys init"),
            (coordinator + ["--plain", "--keys", folder], "leave out one"),
            (["conformance", "--department", "billing", "--bind", "tcp://0.0.0.0:0"], "plain text is for loopback"),
            (["status", "--connect", "tcp://127.0.0.1:1"], "redress keys make"),
            (["status", "--connect", "tcp://192.0.2.1:1", "--plain"], "redress keys make"),
            (["status", "--connect", "tcp://127.0.0.1:1", "--key-file", "/nowhere.key"], "/nowhere.key"),
            (
                ["worker", "--department", "billing", "--connect", "tcp://127.0.0.1:1", "--exec", "true"],
                "redress keys make"
            ),
        ] {
            let ran = try await Program.run(arguments)
            #expect(ran.code != 0 && ran.code != nil)
            #expect(ran.errors.contains(words), "\"\(words)\" is not in: \(ran.errors)")
        }
    }

    @Test func aMeshHasKeysOfItsOwnAndObeysThem() async throws {
        try await MeshConfiguration().run { mesh in
            try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            try await mesh.startSample("billing")
            let folder = KeyFolder("\(mesh.folder)/keys")
            #expect(try folder.list().grants.map(\.name) == ["billing", "cli", "test"])
            let secrets = try [PeerKey(file: mesh.keyFile), PeerKey(file: folder.file(of: "billing"))].map(
                \.pair.secretKey)

            // A key of another department, or of a client, is of no use.
            let billing = folder.file(of: "billing")
            for (arguments, words) in [
                (
                    ["sample", "worker", "--department", "logistics", "--key-file", billing, "--name", "billing"],
                    "not for logistics"
                ),
                (["sample", "worker", "--department", "billing", "--key-file", mesh.keyFile], "may not do tasks"),
                (["submit", "--key-file", billing], "may not submit"),
                (["status", "--key-file", billing], "may not submit, ask"),
                (["status", "--plain"], "redress keys make"),
            ] {
                let ran = try await Program.run(
                    arguments + ["--connect", mesh.endpoint], input: Array("Charged twice.".utf8))
                #expect(ran.code == 1)
                #expect(ran.errors.contains(words), "\"\(words)\" is not in: \(ran.errors)")
            }

            // Revoked while it runs, a worker leaves with a reason; so does whoever comes with its key.
            let revoked = try await Program.run("keys", "revoke", "billing", "--keys", folder.path)
            #expect(revoked.code == 0, "\(revoked.errors)")
            #expect(await mesh.ending(of: "billing") == .exited(1))
            let log = try String(contentsOfFile: mesh.log(of: "billing"), encoding: .utf8)
            #expect(log.contains("not any more") || log.contains("revoked"), "\(log)")
            let again = try await Program.run(
                "sample", "worker", "--department", "billing", "--key-file", billing, "--connect", mesh.endpoint)
            #expect(again.code == 1)
            #expect(again.errors.contains("redress keys list"), "\(again.errors)")

            // An observer looks and does not touch; a new key is good at once.
            _ = try await Program.run("keys", "make", "watch", "--role", "observer", "--keys", folder.path)
            let watch = ["--key-file", folder.file(of: "watch"), "--connect", mesh.endpoint]
            #expect(try await Program.run(["status"] + watch).code == 0)
            let submitted = try await Program.run(["submit"] + watch, input: Array("Charged twice.".utf8))
            #expect(submitted.errors.contains("observer"), "\(submitted.errors)")
            let drained = try await Program.run(["backup", "\(mesh.folder)/copy"] + watch)
            #expect(drained.errors.contains("observer"), "\(drained.errors)")

            // What the coordinator makes of a list that it cannot read is told to whoever asks how it is.
            try "till worker".write(toFile: folder.listFile, atomically: false, encoding: .utf8)
            let status = try await client.query(["query": "status"]).elements("troubles")
            #expect(status.count == 1)
            let told0 = try await Program.run("status", "--connect", mesh.endpoint, "--key-file", mesh.keyFile)
            #expect(told0.output.contains("\n! ") && told0.output.contains("authorised:1"), "\(told0.output)")

            // No secret is anywhere but in its file.
            var told = log
            for name in ["coordinator", "billing"] {
                told += try String(contentsOfFile: mesh.log(of: name), encoding: .utf8)
            }
            for process in ProcessWatch.children(of: getpid()) {
                told += ProcessWatch.arguments(of: process).joined(separator: " ")
            }
            for secret in secrets { #expect(!told.contains(secret)) }
            await client.close()
        }
    }
}
