internal import RedressCase

extension [UInt8] {
    /// Appends a number, highest byte first.
    mutating func append(number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends the 32 bytes of a digest.
    mutating func append(_ digest: Digest) {
        append(number: digest.words.0)
        append(number: digest.words.1)
        append(number: digest.words.2)
        append(number: digest.words.3)
    }
}

/// Bytes that are read from their beginning. What does not fit is nil, never a trap.
struct ByteReader {
    private var rest: UnsafeRawBufferPointer.SubSequence

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next number, highest byte first.
    mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        bytes(MemoryLayout<Number>.size).map { Number(bigEndian: $0.loadUnaligned(as: Number.self)) }
    }

    /// The next `count` bytes.
    mutating func bytes(_ count: some BinaryInteger) -> UnsafeRawBufferPointer? {
        guard let count = Int(exactly: count), count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }

    /// The next digest.
    mutating func digest() -> Digest? { bytes(32).flatMap { Digest(stored: $0) } }
}
