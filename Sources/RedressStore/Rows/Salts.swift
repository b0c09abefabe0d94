internal import Glibc

/// Random bytes for the personal parts: without them an erased value could be guessed from its digest. They are drawn
/// from the system 256 at a time, because a call for each part costs as much as its SHA-256.
struct Salts {
    /// The bytes of one salt.
    static let size = 16

    private var pool = [UInt8](repeating: 0, count: 256)
    private var used = 256

    /// Appends the next salt to `bytes`.
    mutating func draw(into bytes: inout [UInt8]) {
        if used == pool.count {
            var generator = SystemRandomNumberGenerator()
            let filled = pool.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
            if filled != 0 { for index in pool.indices { pool[index] = .random(in: 0...255, using: &generator) } }
            used = 0
        }
        bytes.append(contentsOf: pool[used..<used + Self.size])
        for index in used..<used + Self.size { pool[index] = 0 }
        used += Self.size
    }
}
