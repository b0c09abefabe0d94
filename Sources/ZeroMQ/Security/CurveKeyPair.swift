internal import CZeroMQ

/// A pair of keys of CURVE: whoever has it is who the public key says.
///
/// Describing, printing or dumping a pair shows its public key alone.
public struct CurveKeyPair: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The half that others may know.
    public let publicKey: CurveKey
    /// The half that is kept secret, as 40 characters of Z85. It belongs into a file that nobody else can read, and
    /// nowhere else.
    public let secretKey: String

    /// Makes a pair that nobody has had before.
    /// - Throws: ``ZeroMQError/Code/protocolNotSupported`` where libzmq was built without CURVE.
    public init() throws(ZeroMQError) {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = [CChar](repeating: 0, count: 41)
        guard unsafe zmq_curve_keypair(&publicText, &secretText) == 0,
            let publicKey = CurveKey(z85Text(publicText))
        else { throw ZeroMQError(last: "make a pair of CURVE keys") }
        self.publicKey = publicKey
        secretKey = z85Text(secretText)
    }

    /// The pair with this secret half; nil where it is not 40 characters of Z85.
    public init?(secretKey: some StringProtocol) {
        guard isZ85Key(secretKey) else { return nil }
        var publicText = [CChar](repeating: 0, count: 41)
        guard unsafe zmq_curve_public(&publicText, String(secretKey)) == 0,
            let publicKey = CurveKey(z85Text(publicText))
        else { return nil }
        self.publicKey = publicKey
        self.secretKey = String(secretKey)
    }

    public var description: String { "\(publicKey) and its secret half" }

    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
