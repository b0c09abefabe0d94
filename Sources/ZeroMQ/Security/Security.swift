/// How a socket's connections are protected.
///
/// CURVE encrypts, and proves the binding side to the connecting one. Who connects is only known where an
/// ``Authenticator`` serves the context of the binding socket: without one, anybody with any key is let in.
public enum Security: Sendable, Hashable {
    /// Nothing is encrypted and nobody is known.
    case plain
    /// CURVE, for the socket that binds, with its own keys.
    case curveServer(CurveKeyPair)
    /// CURVE, for the socket that connects, with its own keys and the public key of the only server it believes.
    case curveClient(CurveKeyPair, server: CurveKey)
}
