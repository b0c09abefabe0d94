import Counterpart
import Foundation
import RedressCase
import RedressClient
import RedressContract
import RedressKeys
import RedressStore
import RedressWire
import RedressWorker
import Testing
import ZeroMQ

/// Who is heard, and with what: real keys, real sockets.
@Suite(.timeLimit(.minutes(2))) struct KeyTests {
    private let house = TestHouse()
    private let keys: KeyFolder
    private let billing: Grant.Role
    private let technical: Grant.Role

    init() throws {
        keys = house.keys
        try keys.create()
        billing = .worker([try #require(DepartmentName("billing"))])
        technical = .worker([try #require(DepartmentName("technical"))])
    }

    private func serve(_ playbooks: String = Playbooks.usual(), _ body: (String) async throws -> Void) async throws {
        try await house.serve(playbooks, keys: keys, body)
    }

    private func peer(_ endpoint: String, _ name: String, _ role: Grant.Role) async throws -> Peer {
        try await Peer.connected(to: endpoint, key: try keys.make(name, role))
    }

    private func client(_ endpoint: String, _ name: String = "shop", _ role: Grant.Role = .client) async throws
        -> Client
    {
        try await Client.connect(to: endpoint, name: name, key: try keys.make(name, role).file)
    }

    /// Says `command` until it is refused: the coordinator has read the list again by then.
    private func waitForRefusal(of peer: Peer, _ command: Command = Command(.heartbeat)) async throws -> Command {
        while true {
            try await peer.say(command)
            let answer = await peer.next(.heartbeat, .orders, .refused, .register)
            if answer.kind == .refused { return answer }
        }
    }

    /// The entries of a type in the house stream, when no coordinator runs.
    private func entries(_ type: String) throws -> [JSON] {
        try JournalReader(house.data).entries(of: .house).map { try JSON(parsing: $0.structure) }
            .filter { $0.at("type").text == type }
    }

    // MARK: Roles

    /// What each role may say, of commands that are right in themselves.
    @Test(arguments: [
        ("worker", ["READY"]), ("client", ["HELLO", "SUBMIT", "FOLLOW", "QUERY"]),
        ("owner", ["HELLO", "SUBMIT", "FOLLOW", "QUERY", "COMMAND"]), ("observer", ["HELLO", "FOLLOW", "QUERY"]),
    ]) func aKeyMayDoWhatItsRoleSaysAndNothingElse(_ word: String, _ allowed: [String]) async throws {
        let departments = word == "worker" ? billing.departments : []
        let role = try #require(Grant.Role(word, departments: departments))
        try await serve { endpoint in
            let peer = try await peer(endpoint, "peer", role)
            let reference = try #require(CaseReference("R-0000-0000-0001-Y"))
            var heard: [String] = []
            for command in [
                .ready(["billing"], name: "peer"), Command(.hello, body: ["client": "peer"]),
                .submit(1, "I was charged twice.", key: "k"),
                Command(.follow, reference: reference, first: 2, second: 1),
                Command(.query, first: 3, body: ["query": "status"]),
                Command(.command, first: 4, body: ["command": "drain", "worker": "nobody"]),
            ] {
                var command = command
                if command.kind.needsSession { command.session = max(await peer.session, 1) }
                try await peer.say(command)
                let answer = await peer.next(.welcome, .accepted, .event, .answer, .refused)
                if answer.refusal == .notAllowed {
                    let reason = try answer.json.at("reason").text
                    #expect(reason.hasPrefix("The key \"peer\" is ") && reason.contains(": it may not "), "\(reason)")
                    #expect(!reason.contains("\(command.kind) is"), "no words of the wire: \(reason)")
                    #expect(try answer.json.at("retryAfterMilliseconds") == .null)
                } else {
                    heard.append("\(command.kind)".uppercased())
                }
            }
            #expect(heard == allowed)
        }
    }

    @Test func aWorkersKeyIsForItsDepartmentsAndItsName() async throws {
        try await serve { endpoint in
            let till = try await peer(endpoint, "till", billing)
            for (departments, name, word) in [
                (["technical"], "till", "not for technical"), (["billing", "technical"], "till", "not for technical"),
                (["billing"], "desk", "not \"desk\""), (["billing"], "tillage", "not \"tillage\""),
            ] {
                try await till.say(.ready(departments, name: name))
                let refused = await till.next(.refused, .welcome)
                #expect(refused.refusal == .notAllowed)
                #expect(try refused.json.at("reason").text.contains(word))
            }
            try await till.enter("billing", name: "till-7")
        }
    }

    @Test func aWorkerGetsAndTouchesNothingOfAnotherDepartment() async throws {
        try await serve { endpoint in
            let client = try await client(endpoint)
            let till = try await peer(endpoint, "till", billing)
            try await till.enter("billing", name: "till", incarnation: "a")
            let bench = try await peer(endpoint, "bench", technical)
            try await bench.enter("technical", name: "bench", incarnation: "b")
            let receipt = try await client.submit(Complaint(text: Playbooks.complaint), key: "k", following: .record)
            let (mine, theirs) = (try await till.accept(), try await bench.accept())
            let foreign = try #require(theirs.task)
            func say(_ kind: CommandKind, _ body: JSON = .null) async throws -> Command {
                try await till.say(
                    Command(
                        kind, task: foreign, attempt: theirs.attempt,
                        body: body == .null ? [] : body.bytes[...]))
                return await till.next(.settled, .orders, .cancel)
            }
            let settled = try await say(.contribute, upholding(2, ["device.fault": "pump"]))
            #expect(settled.first == 4)
            #expect(try settled.json.at("code") == 5)
            #expect(try await say(.fail, ["reason": "sabotage"]).first == 3)
            #expect(try await say(.release, ["reason": "sabotage"]).first == 3)
            #expect(try await say(.renew).first == 1)
            #expect(try await say(.accept).kind == .cancel)
            // Nor can it pose as the other's process.
            try await till.say(.ready(["billing"], name: "till", incarnation: "b"))
            #expect(await till.next(.refused, .welcome).refusal == .notAllowed)

            #expect(try await bench.contribute(upholding(2, ["device.fault": "pump"]), to: theirs).first == 1)
            #expect(try await till.contribute(upholding(1), to: mine).first == 1)
            for try await event in try #require(receipt.events) { #expect(event.isLast) }
            let shown = try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
            #expect(shown.at("outcome") == "upheld")
            #expect(shown.at("tasks.1.attemptsEnded") == .null)
            #expect(await till.count(of: .offer) == 0)
            await client.close()
        }
    }

    @Test func whatATaskWasBeforeItWasReassignedIsNoBusinessOfItsNewDepartment() async throws {
        try await serve { endpoint in
            let client = try await client(endpoint, "desk", .owner)
            let till = try await peer(endpoint, "till", billing)
            try await till.enter("billing", name: "till", incarnation: "a")
            let bench = try await peer(endpoint, "bench", technical)
            try await bench.enter("technical", name: "bench", incarnation: "b")
            _ = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "k")
            let first = try await till.accept()
            let task = try #require(first.task)
            let results = try await client.command([
                "command": "reassign", "tasks": [.string("\(task)")], "type": "technical/diagnosis", "reason": "r",
            ])
            #expect(results.at("results.0.done") == true)
            let refused = try await bench.contribute(upholding(1), to: first)
            #expect(refused.first == 4)
            #expect(try refused.json.at("code") == 5)
            #expect(try await till.contribute(upholding(1), to: first).first == 2)
            await client.close()
        }
    }

    @Test func aClientIsWhomItsKeySays() async throws {
        try await serve { endpoint in
            let shop = try keys.make("shop", .client)
            for (name, isRepeated) in [("shop", false), ("desk", true)] {
                let client = try await Client.connect(to: endpoint, name: name, key: shop.file)
                #expect(try await client.submit(Complaint(text: "One."), key: "k").isRepeated == isRepeated)
                await client.close()
            }
            let desk = try await client(endpoint, "desk")
            #expect(try await desk.submit(Complaint(text: "Two."), key: "k").isRepeated == false)
            await desk.close()
        }
    }

    // MARK: Revoked and rotated

    @Test func aRevokedWorkerIsHeardNoMoreAndItsTaskGoesElsewhere() async throws {
        try await serve(Playbooks.usual(attempts: 1)) { endpoint in
            let client = try await client(endpoint)
            let till = try await peer(endpoint, "till", billing)
            try await till.enter("billing", name: "till", incarnation: "a")
            let receipt = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "k", following: .record)
            let offer = try await till.accept()
            try await till.settle()

            try keys.revoke("till")
            let task = try #require(offer.task)
            let refused = try await waitForRefusal(of: till, Command(.renew, task: task, attempt: offer.attempt))
            #expect(refused.refusal == .keyRefused)
            // What it says is not taken, in its session or a new one, and nothing else is sent to it.
            try await till.say(
                Command(.contribute, task: task, attempt: offer.attempt, body: upholding(1).bytes[...]))
            #expect(await till.next(.settled, .refused).refusal == .keyRefused)
            try await till.say(.ready(["billing"], name: "till", incarnation: "a"))
            #expect(await till.next(.welcome, .refused).refusal == .keyRefused)

            let other = try await peer(endpoint, "till-b", billing)
            try await other.enter("billing", name: "till-b", incarnation: "b")
            #expect(try await other.contribute(upholding(1), to: other.accept()).first == 1)
            for try await event in try #require(receipt.events) { #expect(event.isLast) }
            let shown = try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
            #expect(shown.at("tasks.0.worker") == "till-b")
            #expect(shown.at("tasks.0.attemptsEnded") == ["interrupted": 1])
            for kind: CommandKind in [.offer, .orders, .cancel, .settled, .welcome, .register, .heartbeat] {
                #expect(await till.count(of: kind) == 0, "\(kind)")
            }
            await client.close()
        }
    }

    @Test func aRevokedClientHearsWhyAndNothingMore() async throws {
        try await serve { endpoint in
            let client = try await client(endpoint)
            let receipt = try await client.submit(
                Complaint(text: Playbooks.billingOnly), key: "k", following: .everyEntry)
            try keys.revoke("shop")
            let error = await #expect(throws: ClientError.self) {
                while true { _ = try await client.query(["query": "status"]) }
            }
            #expect(error?.refusal?.code == .keyRefused)
            await #expect(throws: ClientError.self) { for try await _ in try #require(receipt.events) {} }
            let again = await #expect(throws: ClientError.self) {
                _ = try await Client.connect(to: endpoint, name: "shop", key: keys.file(of: "shop"))
            }
            #expect(again?.code == .turnedAway)
            #expect(again?.description.contains("\"shop\"") == true)
        }
    }

    @Test func theFirstMessageAfterTheRevocationIsRefused() async throws {
        try await serve { endpoint in
            let peer = try await peer(endpoint, "shop", .client)
            try await peer.greet()
            try keys.revoke("shop")
            try await peer.say(Command(.query, first: 1, body: ["query": "status"]))
            #expect(await peer.next(.answer, .refused).refusal == .keyRefused)
        }
    }

    @Test func aListThatCannotBeReadIsInTheStatusUntilItIsMended() async throws {
        try await serve { endpoint in
            let client = try await client(endpoint)
            func troubles() async throws -> [String] {
                try await client.query(["query": "status"]).at("troubles").elements.map(\.text)
            }
            let list = "\(keys.path)/authorised"
            let before = try String(contentsOfFile: list, encoding: .utf8)
            #expect(try await troubles() == [])
            try "nonsense".write(toFile: list, atomically: true, encoding: .utf8)
            #expect(try await troubles().first?.contains("authorised:1") == true)
            try FileManager.default.removeItem(atPath: list)
            #expect(try await troubles().first?.contains(list) == true)
            try before.write(toFile: list, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: list)
            while try await !troubles().isEmpty {}
            await client.close()
        }
    }

    @Test func aWorkerThatRunsTakesItsRotatedKeyAndLosesNothing() async throws {
        try await serve { endpoint in
            let client = try await client(endpoint)
            let old = try keys.make("till", billing)
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            let (release, goOn) = AsyncStream.makeStream(of: Void.self)
            let worker = try Worker(department: "billing", connect: endpoint, key: old.file) { brief, _ in
                begin.yield()
                for await _ in release { break }
                return Contribution(answers: brief.issues.map { .init(issue: $0.number, .upheld) })
            }
            #expect(worker.name == "till")
            let running = Task { try await worker.run() }
            let probe = try await Peer.connected(to: endpoint, key: old)
            try await probe.enter("billing", name: "till-probe", incarnation: "b")
            try await probe.say(Command(.drain))
            try await probe.settle()
            let receipt = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "k", following: .record)
            for await _ in begun { break }

            try keys.rotate("till")
            #expect(try await waitForRefusal(of: probe).refusal == .keyRefused)
            goOn.yield()
            for try await event in try #require(receipt.events) { #expect(event.isLast) }
            let shown = try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
            #expect(shown.at("outcome") == "upheld")
            #expect(shown.at("tasks.0.attempt") == 1)
            #expect(shown.at("tasks.0.attemptsEnded") == .null)
            running.cancel()
            try await running.value
            await client.close()
        }
    }

    @Test func whoLosesADepartmentRegistersAgainWithoutIt() async throws {
        try await serve { endpoint in
            let both = Grant.Role.worker(billing.departments + technical.departments)
            let till = try await peer(endpoint, "till", both)
            try await till.enter("billing", "technical", name: "till")
            let list = try keys.list().text
            try Self.write(list.replacing("billing,technical", with: "billing"), to: keys.listFile)
            while true {
                try await till.say(Command(.heartbeat))
                if await till.next(.heartbeat, .register).kind == .register { break }
            }
            try await till.say(.ready(["billing", "technical"], name: "till"))
            let refused = await till.next(.refused, .welcome)
            #expect(refused.refusal == .notAllowed, "\(refused)")
            try await till.enter("billing", name: "till")
        }
    }

    private static func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func whoMayDoWhatIsOnRecord() async throws {
        try keys.make("desk", .owner)
        try await serve { endpoint in
            let shop = try await peer(endpoint, "shop", .client)
            try await shop.greet()
            try keys.revoke("shop")
            _ = try await waitForRefusal(of: shop)
        }
        try await serve { _ in }
        let changes = try entries("keys")
        #expect(changes.map { $0.at("added").elements.map { $0.at("name").text } } == [["desk"], ["shop"], []])
        #expect(changes.map { $0.at("removed").elements.map { $0.at("name").text } } == [[], [], ["shop"]])
        #expect(changes.first?.at("added.0.role") == "owner")
        #expect(try entries("opened").map { $0.at("security").text } == ["curve", "curve"])
        let journal = try JournalReader(house.data).entries(of: .house).map {
            String(decoding: $0.structure, as: UTF8.self)
        }
        let secrets = try ["desk", "shop"].map { try PeerKey(file: keys.file(of: $0)).pair.secretKey }
        for secret in secrets + [try keys.coordinatorPair().secretKey] {
            #expect(!journal.joined().contains(secret))
        }
    }

    // MARK: Turned away

    @Test func aDeniedWorkerEndsWithAReason() async throws {
        try await serve { endpoint in
            let key = try keys.make("till", billing)
            try keys.revoke("till")
            let worker = try Worker(department: "billing", connect: endpoint, key: key.file) { _, _ in
                throw Declined("")
            }
            let error = await #expect(throws: WorkerError.self) { try await worker.run() }
            #expect(error?.code == .turnedAway)
            #expect(error?.description.contains("\"till\" of \(key.file)") == true)
            #expect(error?.description.contains("redress keys list") == true)
        }
    }

    @Test func whoeverHasNoKeyIsToldToGetOne() async throws {
        try await serve { endpoint in
            let error = await #expect(throws: ClientError.self) {
                _ = try await Client.connect(to: endpoint, name: "shop", timeout: .seconds(3))
            }
            #expect(error?.code == .turnedAway || error?.code == .unreachable)
            #expect(error?.description.contains("redress keys make") == true, "\(error?.description ?? "")")
        }
    }

    @Test func aWorkerRevokedAtWorkEndsWithAReason() async throws {
        try await serve { endpoint in
            let client = try await client(endpoint)
            let key = try keys.make("till", billing)
            let worker = try Worker(department: "billing", connect: endpoint, key: key.file) { brief, _ in
                Contribution(answers: brief.issues.map { .init(issue: $0.number, .upheld) })
            }
            async let ended: Void = worker.run()
            let receipt = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "k", following: .record)
            for try await event in try #require(receipt.events) { #expect(event.isLast) }
            try keys.revoke("till")
            do {
                try await ended
                Issue.record("It ended without a word.")
            } catch let error as WorkerError {
                #expect(error.refusal?.code == .keyRefused || error.code == .turnedAway, "\(error)")
            }
            await client.close()
        }
    }

    @Test func aKeyOfAnotherCoordinatorIsRecognised() async throws {
        try await serve { endpoint in
            let other = KeyFolder("\(keys.path)-other")
            try other.create()
            let key = try other.make("shop", .client)
            let error = await #expect(throws: ClientError.self) {
                _ = try await Client.connect(to: endpoint, name: "shop", key: key.file, timeout: .seconds(3))
            }
            #expect(error?.code == .unreachable)
            #expect(error?.description.contains("other keys than \(key.file)") == true, "\(error?.description ?? "")")
        }
    }

    @Test func aKeyDoesNotSpeakToACoordinatorWithoutKeys() async throws {
        try await house.serve { endpoint in
            let key = try keys.make("shop", .client)
            let error = await #expect(throws: ClientError.self) {
                _ = try await Client.connect(to: endpoint, name: "shop", key: key.file, timeout: .seconds(3))
            }
            #expect(error?.code == .turnedAway || error?.code == .unreachable)
            #expect(
                error?.description.contains("does not encrypt") == true
                    || error?.description.contains("or none at all") == true, "\(error?.description ?? "")")
        }
        #expect(try entries("opened").map { $0.at("security").text } == ["plain"])
    }

    @Test func plainTextStaysOnTheMachine() async throws {
        for endpoint in ["tcp://0.0.0.0:*", "tcp://*:*"] {
            let error = await #expect(throws: KeyError.self) { try await house.serve(bind: endpoint) { _ in } }
            #expect(error?.description.contains("redress keys init") == true)
        }
        let abroad = await #expect(throws: ClientError.self) {
            _ = try await Client.connect(to: "tcp://192.0.2.1:7700", name: "shop")
        }
        #expect(abroad?.code == .misconfigured)
        let worker = #expect(throws: WorkerError.self) {
            _ = try Worker(department: "billing", connect: "tcp://192.0.2.1:7700") { _, _ in throw Declined("") }
        }
        #expect(worker?.code == .misconfigured)
        try await house.serve(keys: keys, bind: "tcp://127.0.0.1:*") { endpoint in
            let client = try await client(endpoint)
            await client.close()
        }
    }
}
