internal import RedressCase
internal import RedressContract

/// The hash of a turn in the making: over the turn before, its own number and epoch, the cases that begin, and its
/// rows' hashes in order.
struct TurnHash {
    private var bytes: [UInt8] = []
    private var intakes: UInt32 = 0
    private var rows: UInt32 = 0

    /// Begins turn `number`, written in `epoch`, after the turn whose hash is `previous`.
    init(number: UInt64, epoch: Epoch, after previous: Digest) {
        bytes.append(previous)
        bytes.append(number: number)
        bytes.append(number: epoch.number)
        bytes.append(number: epoch.nonce)
    }

    /// Adds a case that begins; before the first row.
    mutating func add(_ intake: Turn.Intake) {
        bytes.append(number: intake.reference.rawValue)
        bytes.append(intake.key)
        bytes.append(intake.body)
        intakes &+= 1
    }

    /// Adds the next row.
    mutating func add(row hash: Digest) {
        bytes.append(hash)
        rows &+= 1
    }

    /// The turn's hash; ends with how many intakes and rows there were, so that one cannot pass for the other.
    func digest() -> Digest {
        var bytes = bytes
        bytes.append(number: intakes)
        bytes.append(number: rows)
        return bytes.withUnsafeBytes { Digest(sha256: $0) }
    }
}
