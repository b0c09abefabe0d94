internal import Glibc

extension Socket {
    /// Hands a message to libzmq, all of its frames or none, without waiting. Frames may be empty.
    ///
    /// At a router the first frame is the routing id and at least one more follows: libzmq would drop a lone id in
    /// silence. Nothing can be sent to a peer before it has spoken.
    ///
    /// - Throws: ``ZeroMQError``, such as ``ZeroMQError/Code/wrongState`` out of turn on a request or reply socket.
    public mutating func send(_ frames: [[UInt8]]) throws(ZeroMQError) -> SendOutcome {
        handle.checkThread()
        let least = handle.kind == .router ? 2 : 1
        precondition(frames.count >= least, "a message has a frame, and at a router a routing id before it")
        for index in frames.indices {
            let failure = handle.send(frames[index], more: index < frames.count - 1)
            if failure == 0 { continue }
            if index > 0 { drop(frames[(index + 1)...]) }
            switch failure {
            case EAGAIN: return .full
            case EHOSTUNREACH: return .unroutable
            default: throw ZeroMQError(errno: failure, operation: "send")
            }
        }
        return .sent
    }

    /// Gives libzmq the rest of a message whose peer went away between two frames.
    ///
    /// It has rolled back the frames it took and now drops up to the message's last, which it must see: the next
    /// message would lose its beginning instead.
    private func drop(_ rest: ArraySlice<[UInt8]>) {
        guard handle.kind == .dealer || handle.kind == .request else { return }
        for index in rest.indices {
            _ = handle.send(rest[index], more: index < rest.endIndex - 1)
        }
    }

    /// Takes the next message, without waiting.
    ///
    /// - Parameter maximumFrames: frames a message may have, at least 1. libzmq limits the size of a frame, never their
    ///   number.
    /// - Returns: `nil` when nothing waits.
    /// - Throws: ``ZeroMQError``, such as ``ZeroMQError/Code/wrongState`` out of turn on a request or reply socket.
    public mutating func receive(maximumFrames: Int = 66) throws(ZeroMQError) -> Received? {
        handle.checkThread()
        precondition(maximumFrames > 0, "a message has at least one frame")
        switch handle.receive() {
        case 0: break
        case EAGAIN: return nil
        case let failure: throw ZeroMQError(errno: failure, operation: "receive")
        }
        var frames: [[UInt8]] = []
        frames.reserveCapacity(min(maximumFrames, 4))
        frames.append(handle.frame)
        var count = 1
        while handle.hasMore {
            let failure = handle.receive()
            guard failure == 0 else { throw ZeroMQError(errno: failure, operation: "receive the rest of a message") }
            count += 1
            if count <= maximumFrames { frames.append(handle.frame) }
        }
        return count <= maximumFrames ? .message(frames) : .overlong(first: frames[0], frames: count)
    }

    /// Who sent the message last received: the public key in Z85 that the ``Authenticator`` let in. It means nothing where
    /// no authenticator serves the context, or the socket is plain: the peer may then have set it, or it is nil.
    public var senderUserID: String? {
        handle.checkThread()
        return handle.property("User-Id")
    }
}
