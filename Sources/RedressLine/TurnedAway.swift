package import RedressKeys

/// Why the other side will have nothing to do with this one, however often it tries.
package enum TurnedAway: Sendable, Hashable {
    /// The coordinator does not know the key.
    case denied
    /// One side encrypts and the other does not.
    case otherSecurity
    /// What listens does not speak ZeroMQ's protocol; libzmq's number.
    case otherProtocol(Int32)

    /// What happened at `endpoint` with `key`, and what to do.
    package func sentence(at endpoint: String, with key: PeerKey?) -> String {
        switch (self, key) {
        case (.denied, let key?):
            "The coordinator at \(endpoint) does not let in the key \"\(key.name)\" of \(key.file): it is unknown there, or was "
                + "revoked or rotated. Ask who keeps the coordinator's keys; `redress keys list` shows them who may come in."
        case (.denied, nil): "What listens at \(endpoint) lets in only those it knows."
        case (.otherSecurity, .some):
            "What listens at \(endpoint) does not encrypt, and with a key nothing else is spoken: check the endpoint, or "
                + "whether the coordinator was meant to be started with its keys."
        case (.otherSecurity, nil):
            "The coordinator at \(endpoint) is spoken to with a key only. Name its file; who keeps the coordinator's keys "
                + "makes one with `redress keys make`."
        case (.otherProtocol(let number), _):
            "What listens at \(endpoint) is no coordinator, or has another protocol (ZeroMQ's error \(number))."
        }
    }

    /// What may be wrong at `endpoint` where connections are made and their handshake never completes. Nobody says why: of
    /// two sides that do not fit, the faster one hangs up.
    package static func handshakeHint(at endpoint: String, with key: PeerKey?) -> String {
        let misfit =
            key.map {
                "the coordinator has other keys than \($0.file) says, which is then to be had anew, or none at all"
            }
            ?? "the coordinator wants a key, which `redress keys make` makes"
        return "Connections to \(endpoint) are made and their handshake does not complete: \(misfit); "
            + "or what listens there is no coordinator; or it is stopped or flooded."
    }
}
