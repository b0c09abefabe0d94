import Foundation
import Fuzzing
import RedressClient
import RedressContract
import RedressTesting
import RedressWire
import Testing
import ZeroMQ

/// A running coordinator hears garbage, broken openings and damaged messages, while honest work goes on.
@Suite(.serialized, .timeLimit(.minutes(FaultRun.minutes))) struct StrangerTests {
    private static let complaints = 25
    private static let inFlight = 5

    @Test func whateverStrangersSayHonestWorkGoesOnAndIsDone() async throws {
        let configuration = try MeshConfiguration(["case-deadline": "1h"], attempts: 100)
        try await configuration.run { mesh in
            let coordinator = try await mesh.startCoordinator(["--log-level", "warning"])
            for department in ["billing", "logistics", "technical"] { try await mesh.startSample(department) }
            let client = try await mesh.connect(as: "test")
            let path = String(mesh.endpoint.dropFirst("ipc://".count))
            let endpoint = mesh.endpoint
            async let strangers: Void = withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await onThread { try Self.sendGarbage(to: path) } }
                group.addTask { try await onThread { try Self.sendDamagedMessages(to: endpoint) } }
                try await group.waitForAll()
            }
            let references = try await withThrowingTaskGroup(of: CaseReference.self) { group in
                for number in 1...Self.complaints {
                    if number > Self.inFlight { _ = try await group.next() }
                    group.addTask {
                        let receipt = try await client.submit(
                            MeshTests.complaint, key: "honest \(number)", following: .record)
                        for try await _ in try #require(receipt.events) {}
                        return receipt.reference
                    }
                }
                try await group.waitForAll()
                // What the strangers say may be a complaint too: only ours are counted.
                return try await client.query(["query": "cases", "limit": 1000]).elements("cases")
            }
            try await strangers
            #expect(references.count { $0.text("state") == "reconciled" } >= Self.complaints)
            let status = try await client.query(["query": "status"])
            #expect(status["setAside"] == [])
            #expect(await mesh.identifier(of: "coordinator") == coordinator, "the coordinator has ended")
            await client.close()
            try await expectGoodJournal(mesh.data, [])
        }
    }

    /// Opens connection after connection, and says bytes that are no ZMTP, or the beginning of an opening that goes wrong.
    private static func sendGarbage(to path: String) throws {
        // ZMTP's greeting: signature, version 3.1, mechanism NULL, as a peer that connects.
        let greeting: [UInt8] =
            [0xFF] + Array(repeating: 0, count: 8) + [0x7F, 3, 1] + Array("NULL".utf8) + Array(repeating: 0, count: 48)
        try FuzzRound.play(300, in: "StrangerTests", "whateverStrangersSayHonestWorkGoesOnAndIsDone") { round in
            var bytes = greeting
            switch Int.random(in: 0..<3, using: &round.random) {
            case 0:
                bytes = (0..<Int.random(in: 1...4000, using: &round.random)).map { _ in
                    .random(in: 0 ... .max, using: &round.random)
                }
            case 1: round.damage(&bytes)
            default: bytes = Array(bytes.prefix(Int.random(in: 0..<64, using: &round.random)))
            }
            let line = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(line) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(line, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(connected == 0, "\(round.replay)")
            _ = send(line, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Greets the coordinator as a client and as a worker would, and says damaged commands of both.
    private static func sendDamagedMessages(to endpoint: String) throws {
        let context = try Context()
        var options = SocketOptions()
        options.linger = .zero
        options.immediate = false
        var line = try Socket(.dealer, in: context, options: options)
        try line.connect(to: endpoint)
        var session: UInt64 = 0
        try FuzzRound.play(1000, in: "StrangerTests", "whateverStrangersSayHonestWorkGoesOnAndIsDone") { round in
            while case .message(let frames)? = try line.receive() {
                for case .success(let command) in (try? Message.unpack(frames[...], from: .coordinator)) ?? []
                where command.kind == .welcome { session = command.session }
            }
            var message = [Message.version]
            for _ in 0..<Int.random(in: 1...3, using: &round.random) {
                var command = commands.randomElement(using: &round.random) ?? Command(.heartbeat)
                if command.session != 0 { command.session = session }
                if Int.random(in: 0..<8, using: &round.random) > 0 { round.damage(&command) }
                var frame = command.frame
                if Int.random(in: 0..<8, using: &round.random) == 0 { round.damage(&frame) }
                message.append(frame)
            }
            _ = try line.send(message)
        }
    }

    private static let commands: [Command] = {
        guard let reference = CaseReference(rawValue: 7) else { return [] }
        let task = TaskID(reference, 3)
        func body(_ json: JSON) -> ArraySlice<UInt8> { json.bytes[...] }
        let key = [Command.Property(tag: Command.Property.submissionKey, value: Array("stranger".utf8))]
        return [
            Command(.hello, body: body(["client": "stranger"])),
            Command(
                .ready,
                body: body([
                    "worker": "stranger", "incarnation": "ab", "departments": ["nobody"], "contracts": [],
                    "holding": [["task": .string("\(task)"), "attempt": 1, "state": "running"]],
                ])),
            Command(.submit, session: 1, first: 1, properties: key, body: body(["text": "I was charged twice."])),
            Command(.follow, reference: reference, session: 1, first: 2, second: 1, body: body(["after": "1-1"])),
            Command(.query, session: 1, first: 3, body: body(["query": "cases", "limit": 10])),
            Command(.query, session: 1, first: 4, body: body(["query": "case", "reference": .string("\(reference)")])),
            Command(.query, session: 1, first: 5, body: body(["query": "status"])),
            Command(.command, session: 1, first: 6, body: body(["command": "nothing", "to": "/"])),
            Command(.contribute, task: task, attempt: 1, session: 1, body: body(["declined": "No."])),
            Command(.fail, task: task, attempt: 1, session: 1, first: 1, body: body(["reason": "No."])),
            Command(.renew, task: task, attempt: 1, session: 1),
            Command(.credit, session: 1, first: 8, second: 1 << 20),
            Command(.heartbeat, session: 1), Command(.drain, session: 1),
        ]
    }()
}

/// Runs what does not wait for others' sake on a thread of its own.
private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { done in
        Thread.detachNewThread { done.resume(with: Result { try body() }) }
    }
}
