package import RedressWire

extension FuzzRound {
    /// What JSON is made of, and what it should not have.
    package static let jsonTokens: [[UInt8]] = [
        "{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud800", "\\", "-", "0", "1e999", "9223372036854775808", "null",
        "{\"a\":", "\u{0}", "é",
    ].map { Array($0.utf8) }
    private static let numbers: [UInt32] = [0, 1, 2, 3, 4, 0x7FFF_FFFF, 0x8000_0000, .max - 1, .max]

    /// Damages what `command` says: its body, its numbers, or both. It stays one that can be written and read.
    package mutating func damage(_ command: inout Command) {
        if Int.random(in: 0..<3, using: &random) > 0 {
            var body = Array(command.body)
            damage(&body, with: Self.jsonTokens)
            command.body = body[...]
        }
        func another(_ number: UInt32) -> UInt32 {
            Int.random(in: 0..<4, using: &random) == 0 ? Self.numbers.randomElement(using: &random) ?? 0 : number
        }
        command.first = another(command.first)
        command.second = another(command.second)
        if command.attempt != 0 { command.attempt = max(another(command.attempt), 1) }
        if command.taskNumber != 0 { command.taskNumber = max(UInt16(truncatingIfNeeded: another(1)), 1) }
    }
}
