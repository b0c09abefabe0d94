import Fuzzing
import RedressContract
import RedressWire
import Testing

/// Messages damaged at random, by a seed: each is refused, or read as what is written the same again.
@Suite("Damaged messages")
struct FuzzTests {
    @Test("are refused or read as they stand")
    func damaged() throws {
        let frames = Golden.all.map(\.frame)
        var (taken, refused) = (0, 0)
        FuzzRound.play(200, in: "FuzzTests") { round in
            for _ in 0..<100 {
                var message =
                    [Message.version]
                    + (0..<Int.random(in: 1...3, using: &round.random)).map { _ in
                        frames.randomElement(using: &round.random) ?? []
                    }
                Self.damage(&message, &round)
                guard let results = try? Message.unpack(message, from: [.worker, .client, .coordinator]) else {
                    refused += 1
                    continue
                }
                for (frame, result) in zip(message.dropFirst(), results) {
                    switch result {
                    case .failure: refused += 1
                    case .success(let command):
                        taken += 1
                        if command.frame != frame {
                            Issue.record("\(command.kind) is written otherwise than it was read: \(round.replay)")
                        }
                    }
                }
            }
        }
        #expect(taken > refused / 10 && refused > taken / 10, "both happen")
    }

    /// Damages a frame, and now and then the order of the frames.
    private static func damage(_ message: inout [[UInt8]], _ round: inout FuzzRound) {
        let frame = Int.random(in: message.indices, using: &round.random)
        // The first frame seldom: what is behind it matters more.
        let place = frame == 0 && message.count > 1 && Bool.random(using: &round.random) ? 1 : frame
        switch Int.random(in: 0..<8, using: &round.random) {
        case 0: message.swapAt(place, Int.random(in: message.indices, using: &round.random))
        case 1:
            // A length that fits again although a byte is new.
            message[place].append(0x20)
            if message[place].count > 40 { message[place][39] &+= 1 }
        default: round.damage(&message[place], with: [[0], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0]])
        }
    }
}
