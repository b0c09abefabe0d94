import Foundation
import RedressContract
import RedressTesting
import RedressWire
import Testing

/// Messages damaged at random, by a seed: each is refused, or read as what is written the same again.
///
/// `REDRESS_FUZZ_SECONDS` makes it go on for that long, with further seeds.
@Suite("Damaged messages")
struct FuzzTests {
    @Test("are refused or read as they stand")
    func damaged() throws {
        let seconds = ProcessInfo.processInfo.environment["REDRESS_FUZZ_SECONDS"].flatMap(Int.init) ?? 0
        let end = ContinuousClock.now + .seconds(seconds)
        var seed: UInt64 = 1
        repeat {
            guard try survives(seed: seed, mutations: 20_000) else { return }
            seed += 1
        } while ContinuousClock.now < end
    }

    private func survives(seed: UInt64, mutations: Int) throws -> Bool {
        var random = SeededGenerator(seed: seed)
        let frames = Golden.all.map(\.frame)
        var (taken, refused) = (0, 0)
        for mutation in 0..<mutations {
            var message =
                [Message.version]
                + (0..<Int.random(in: 1...3, using: &random)).map { _ in frames.randomElement(using: &random) ?? [] }
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.damage(&message, using: &random) }
            guard let results = try? Message.unpack(message, from: [.worker, .client, .coordinator]) else {
                refused += 1
                continue
            }
            for (frame, result) in zip(message.dropFirst(), results) {
                switch result {
                case .failure: refused += 1
                case .success(let command):
                    taken += 1
                    guard command.frame == frame else {
                        Issue.record(
                            "seed \(seed), mutation \(mutation): \(command.kind) is written otherwise than it was read")
                        return false
                    }
                }
            }
        }
        #expect(taken > mutations / 10 && refused > mutations / 10, "seed \(seed): both happen")
        return true
    }

    private static func damage(_ message: inout [[UInt8]], using random: inout SeededGenerator) {
        guard !message.isEmpty else { return }
        let frame =
            Int.random(in: message.indices, using: &random) | (message.count > 1 && Bool.random(using: &random) ? 1 : 0)
        guard message.indices.contains(frame), !message[frame].isEmpty else { return }
        let place = Int.random(in: message[frame].indices, using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0...2: message[frame][place] = UInt8.random(in: 0...UInt8.max, using: &random)
        case 3: message[frame][place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 4: message[frame].removeSubrange(place...)
        case 5: message[frame].insert(contentsOf: [0, 1, 0x80, 0xFF].shuffled(using: &random), at: place)
        // Lengths that fit again although a byte is new.
        case 6:
            message[frame].append(0x20)
            if message[frame].count > 40 { message[frame][39] &+= 1 }
        case 7: message.swapAt(frame, Int.random(in: message.indices, using: &random))
        default: message.append(message.remove(at: frame))
        }
    }
}
