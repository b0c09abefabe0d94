internal import CZeroMQ

/// A public key of CURVE, as 40 characters of Z85 (ZeroMQ RFC 32). It is no secret.
public struct CurveKey: Sendable, Hashable, CustomStringConvertible {
    /// The key in Z85: equal keys have equal texts.
    public let description: String

    /// The key that `text` writes in Z85, or nil where it is not 40 characters of it.
    public init?(_ text: some StringProtocol) {
        guard isZ85Key(text) else { return nil }
        description = String(text)
    }

    /// The key of these 32 bytes, or nil where there are more or fewer.
    init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        var text = [CChar](repeating: 0, count: 41)
        guard unsafe zmq_z85_encode(&text, bytes, bytes.count) != nil else { return nil }
        description = z85Text(text)
    }
}

/// Whether `text` is a key of 32 bytes in Z85.
func isZ85Key(_ text: some StringProtocol) -> Bool {
    guard text.utf8.count == 40, !text.utf8.contains(0) else { return false }
    var bytes = [UInt8](repeating: 0, count: 32)
    return unsafe zmq_z85_decode(&bytes, String(text)) != nil
}

/// The key that a function of libzmq wrote in Z85, with a zero behind it.
func z85Text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix(40).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
