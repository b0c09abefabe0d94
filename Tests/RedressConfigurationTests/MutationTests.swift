import Foundation
import RedressConfiguration
import RedressTesting
import Testing

@Suite struct MutationTests {
    private static let marks = Array("{}[]:-?*&!|>'\"%@`#,~\\ \n\t\0".utf8) + [0x80, 0xC3, 0xEF, 0xFF]

    /// `bytes` after one to four of: a part taken out, a part doubled, a byte garbled, a line taken out.
    private func mutated(_ bytes: Data, _ random: inout SeededGenerator) -> Data {
        var bytes = Array(bytes)
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let start = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1...24, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 2: bytes[start] = UInt8.random(in: 0...255, using: &random)
            case 3: bytes[start] = Self.marks.randomElement(using: &random) ?? 0
            default:
                let line = bytes[start...].firstIndex(of: 0x0A) ?? start
                bytes.removeSubrange(line..<(bytes[line...].dropFirst().firstIndex(of: 0x0A) ?? bytes.endIndex))
            }
        }
        return Data(bytes)
    }

    private func check(_ files: [String: Data], seed: UInt64, rounds: Int) throws {
        var random = SeededGenerator(seed: seed)
        try ConfigurationFolder.with { folder in
            try folder.write(files)
            for round in 0..<rounds {
                for (name, valid) in files.sorted(by: { $0.key < $1.key }) {
                    let bytes = mutated(valid, &random)
                    try folder.write([name: bytes])
                    let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 2
                    for fault in folder.read().faults where fault.file.hasSuffix(name) {
                        #expect((1...lines).contains(fault.line ?? 1), "seed \(seed), round \(round): \(fault)")
                        #expect(!fault.description.contains("\n"), "seed \(seed), round \(round): \(fault)")
                    }
                    try folder.write([name: valid])
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func noMistakeStopsTheReader(seed: UInt64) throws {
        try check(ConfigurationFolder.valid.mapValues { Data($0.utf8) }, seed: seed, rounds: 100)
    }

    @Test func noMistakeInTheShippedFilesStopsTheReader() throws {
        let folder = URL(fileURLWithPath: ConfigurationFolder.shipped)
        var files: [String: Data] = [:]
        for name in ConfigurationFolder.valid.keys {
            files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
        }
        try check(files, seed: 5, rounds: 8)
    }
}
