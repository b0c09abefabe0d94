import Counterpart
import Fuzzing
import RedressClient
import RedressContract
import RedressWire
import Testing

/// A coordinator that says anything at all makes a client's requests fail at worst.
@Suite(.timeLimit(.minutes(2))) struct DamagedAnswerTests {
    @Test func whateverTheCoordinatorSaysARequestEnds() async throws {
        let reference = try #require(CaseReference(rawValue: 0x1234_5678_9ABC))
        let accepted: JSON = ["reference": .string("\(reference)"), "head": "abcd", "turn": 12]
        let event: JSON = ["cursor": "c1", "type": "contributed", "at": "2026-03-01T09:00:00Z", "entry": ["n": 1]]
        let refusal: JSON = ["code": 9, "name": "busy", "reason": "No.", "retryAfterMilliseconds": 1]
        let welcome: JSON = ["epoch": "1-1", "heartbeatMilliseconds": 60_000, "limits": ["contributionBytes": 1000]]
        let kinds: [(CommandKind, JSON)] = [
            (.accepted, accepted), (.event, event), (.answer, ["cases": []]), (.refused, refusal), (.welcome, welcome),
            (.register, .null), (.heartbeat, .null),
        ]
        try await FuzzRound.play(
            20, in: "DamagedAnswerTests",
            waiting: { round in
                let frames: [[UInt8]] = (0..<20).compactMap { _ in
                    guard let (kind, body) = kinds.randomElement(using: &round.random) else { return nil }
                    var command = Command(
                        kind, reference: kind == .accepted || kind == .event ? reference : nil, session: 7,
                        first: .random(in: 1...3, using: &round.random), body: body == .null ? [] : body.bytes[...])
                    round.damage(&command)
                    var frame = command.frame
                    if Int.random(in: 0..<4, using: &round.random) == 0 { round.damage(&frame) }
                    return frame
                }
                let counterpart = try Counterpart()
                async let connecting = Client.connect(
                    to: try await counterpart.open(), name: "shop", requestTimeout: .milliseconds(300))
                let peer = try await counterpart.welcome(.hello).peer
                let client = try await connecting
                let submission = Task {
                    let receipt = try await client.submit(
                        Complaint(text: "Charged twice."), key: "k", following: .everyEntry)
                    for try await _ in try #require(receipt.events) {}
                }
                async let answer = client.query(["query": "status"])
                for frame in frames { try await counterpart.send([Message.version, frame], to: peer) }
                // At the latest when its time is over.
                _ = try? await answer
                // Whoever still waits hears that nothing more comes.
                await client.close()
                _ = await submission.result
                await counterpart.close()
            })
    }
}
