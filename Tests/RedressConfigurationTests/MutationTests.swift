import Foundation
import Fuzzing
import RedressConfiguration
import Testing

@Suite struct MutationTests {
    private static let marks =
        Array("{}[]:-?*&!|>'\"%@`#,~\\ \n\t\0".utf8).map { [$0] } + [[0x80], [0xC3], [0xEF, 0xFF]]

    /// `text` after damage, or without one of its lines.
    private func mutated(_ text: [UInt8], _ round: inout FuzzRound) -> [UInt8] {
        var bytes = text
        guard Int.random(in: 0..<4, using: &round.random) == 0 else {
            round.damage(&bytes, with: Self.marks)
            return bytes
        }
        let start = Int.random(in: bytes.indices, using: &round.random)
        let line = bytes[start...].firstIndex(of: 0x0A) ?? start
        bytes.removeSubrange(line..<(bytes[line...].dropFirst().firstIndex(of: 0x0A) ?? bytes.endIndex))
        return bytes
    }

    private func check(_ files: [String: Data], rounds: UInt64, _ test: String = #function) throws {
        try ConfigurationFolder.with { folder in
            try folder.write(files)
            try FuzzRound.play(rounds, in: "MutationTests", test) { round in
                for (name, valid) in files.sorted(by: { $0.key < $1.key }) {
                    let bytes = mutated(Array(valid), &round)
                    try folder.write([name: Data(bytes)])
                    let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 2
                    for fault in folder.read().faults where fault.file.hasSuffix(name) {
                        #expect((1...lines).contains(fault.line ?? 1), "\(fault): \(round.replay)")
                        #expect(!fault.description.contains("\n"), "\(fault): \(round.replay)")
                    }
                    try folder.write([name: valid])
                }
            }
        }
    }

    @Test func noMistakeStopsTheReader() throws {
        try check(ConfigurationFolder.valid.mapValues { Data($0.utf8) }, rounds: 400)
    }

    @Test func noMistakeInTheShippedFilesStopsTheReader() throws {
        let folder = URL(fileURLWithPath: ConfigurationFolder.shipped)
        var files: [String: Data] = [:]
        for name in ConfigurationFolder.valid.keys {
            files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
        }
        try check(files, rounds: 8)
    }
}
