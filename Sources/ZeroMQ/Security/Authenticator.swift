internal import CZeroMQ

/// Decides whose CURVE keys are let in at the sockets of a context: its handler of ZAP (ZeroMQ RFC 27), on a thread of its
/// own, so that handshakes go on while the sockets' owner is busy.
///
/// A key that is not allowed is answered with status 400, which the other side's ``Monitor`` tells as
/// ``Monitor/HandshakeFailure/denied(status:)``; its socket then lies still until it connects anew. A peer that was let in stays connected, whatever is decided later: libzmq
/// cannot cut one connection. So the key of each message's sender is there to be looked at again:
/// ``Socket/senderUserID``.
public actor Authenticator {
    private static let endpoint = "inproc://zeromq.zap.01"

    private let thread: SocketThread
    private let allows: (CurveKey, String) -> Bool
    private var requests: Socket?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    /// Starts to answer for `context`. From here on, every handshake of its CURVE servers waits for `allows`.
    ///
    /// - Parameter allows: called on the authenticator's thread with a peer's public key and the address it comes from;
    ///   quick, since handshakes wait for it. Each decides by itself, so that the answer may change at any time.
    /// - Throws: ``ZeroMQError/Code/addressInUse`` where the context has an authenticator already.
    public static func serving(
        _ context: Context, allows: sending @escaping (_ key: CurveKey, _ address: String) -> Bool
    ) async throws(ZeroMQError) -> Authenticator {
        let authenticator = try Authenticator(allows: allows)
        try await authenticator.open(in: context)
        return authenticator
    }

    private init(allows: sending @escaping (CurveKey, String) -> Bool) throws(ZeroMQError) {
        thread = try SocketThread(name: "authenticator")
        self.allows = allows
    }

    private func open(in context: Context) throws(ZeroMQError) {
        var options = SocketOptions()
        options.linger = .zero
        var requests = try Socket(.reply, in: context, options: options)
        _ = try requests.bind(to: Self.endpoint)
        thread.watch(requests)
        self.requests = consume requests
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.turn() } ?? nil }
    }

    private func turn() -> Duration? {
        while let request = try? requests?.receive() {
            let reply: [[UInt8]] =
                switch request {
                case .message(let frames): answer(to: frames)
                case .overlong: answer(to: [])
                }
            _ = try? requests?.send(reply)
        }
        return nil
    }

    /// The reply to a request of RFC 27: version, request, domain, address, identity, mechanism and credentials.
    private func answer(to frames: [[UInt8]]) -> [[UInt8]] {
        func reply(_ status: String, _ text: String, user: String = "") -> [[UInt8]] {
            [Array("1.0".utf8), frames.count > 1 ? frames[1] : []] + [status, text, user, ""].map { Array($0.utf8) }
        }
        guard frames.count == 7, frames[0] == Array("1.0".utf8), frames[5] == Array("CURVE".utf8),
            let key = CurveKey(bytes: frames[6])
        else { return reply("400", "Only CURVE is let in.") }
        guard allows(key, String(decoding: frames[3], as: UTF8.self)) else {
            return reply("400", "The key is not known.")
        }
        return reply("200", "", user: key.description)
    }
}
