package import RedressContract

/// A message of RDP/1: the version's frame, then 1 to 64 commands of one frame each.
package enum Message {
    /// The first frame of every message. Frozen for all versions, as is the refusal of another version.
    package static let version = Array("RDP/1".utf8)

    /// `commands` as messages, as few as the limits allow, in order.
    package static func pack(_ commands: some Sequence<Command>) -> [[[UInt8]]] {
        var messages: [[[UInt8]]] = []
        var frames: [[UInt8]] = []
        var bytes = 0
        for command in commands {
            let frame = command.frame
            if !frames.isEmpty,
                frames.count > Limits.commandsMaximum || bytes + frame.count > Limits.packedBytesMaximum
            {
                messages.append(frames)
                frames.removeAll()
            }
            if frames.isEmpty {
                frames.append(version)
                bytes = 0
            }
            frames.append(frame)
            bytes += frame.count
        }
        if !frames.isEmpty { messages.append(frames) }
        return messages
    }

    /// The commands of a message that one of `senders` sent, without its routing frame: each a command, or the refusal that its
    /// frame earns.
    ///
    /// - Throws: the ``Refusal`` of the message as a whole: a foreign version, or a wrong number of frames.
    package static func unpack(
        _ frames: some Collection<[UInt8]>, from senders: Role
    ) throws(Refusal) -> [Result<Command, Refusal>] {
        guard let first = frames.first, first == version else {
            if senders == .coordinator, let refusal = versionRefusal(frames) { return [.success(refusal)] }
            throw Refusal(.unsupportedVersion, "Unsupported version; I speak RDP/1 to RDP/1.")
        }
        guard (2...Limits.commandsMaximum + 1).contains(frames.count) else {
            throw Refusal(
                .frameCount,
                "A message has 1 to \(Limits.commandsMaximum) commands; this one has \(frames.count - 1).")
        }
        return frames.dropFirst().map { frame in
            Result { () throws(Refusal) in try Command(frame: frame, from: senders) }
        }
    }

    /// What a coordinator that speaks other versions only says to a peer of this one, as the REFUSED of this version; nil
    /// for any other message (specification, "Versioning").
    private static func versionRefusal(_ frames: some Collection<[UInt8]>) -> Command? {
        guard let frame = frames.dropFirst().first, frames.first?.starts(with: "RDP/".utf8) == true,
            frame.count >= Command.headerBytes, frame[0] == CommandKind.refused.rawValue,
            frame[28..<32].elementsEqual([0, 0, 0, UInt8(Refusal.Code.unsupportedVersion.rawValue)])
        else { return nil }
        return Command(
            .refused, second: UInt32(Refusal.Code.unsupportedVersion.rawValue), body: frame[Command.headerBytes...])
    }
}
