internal import Crypto
package import RedressCase

extension RedressCase.Digest {
    /// The SHA-256 of `bytes`.
    package init(sha256 bytes: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        self = hash.finalize().withUnsafeBytes { Self(stored: $0) ?? .zero }
    }

    /// The digest that these 32 bytes are; nil where they are not 32.
    init?(stored bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        self = .zero
        words = (word(0), word(1), word(2), word(3))
    }
}
