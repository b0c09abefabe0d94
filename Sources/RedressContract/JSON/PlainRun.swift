extension UnsafeBufferPointer<UInt8> {
    /// Where the bytes that stand for themselves in a JSON string end, from `start` on: at a quote, a backslash, a
    /// control character or the end of the text; and whether all of them are ASCII.
    ///
    /// Eight bytes at a time, because most of all JSON is such runs.
    func plainRun(from start: Int) -> (end: Int, isASCII: Bool) {
        var at = start
        var seen: UInt64 = 0
        let raw = UnsafeRawBufferPointer(self)
        while at + 8 <= count {
            let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            guard (word.bytes(below: 0x20) | word.bytes(equal: 0x22) | word.bytes(equal: 0x5C)) == 0 else { break }
            seen |= word
            at += 8
        }
        while at < count, self[at] >= 0x20, self[at] != 0x22, self[at] != 0x5C {
            seen |= UInt64(self[at])
            at += 1
        }
        return (at, seen & 0x8080_8080_8080_8080 == 0)
    }
}

extension UInt64 {
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Not zero where one of the eight bytes is less than `limit`, of 128 at the most.
    fileprivate func bytes(below limit: UInt64) -> UInt64 {
        (self &- Self.ones &* limit) & ~self & Self.ones << 7
    }

    /// Not zero where one of the eight bytes is `byte`.
    fileprivate func bytes(equal byte: UInt64) -> UInt64 { (self ^ Self.ones &* byte).bytes(below: 1) }
}
