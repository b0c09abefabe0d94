package import RedressContract

/// The layout of a command's frame (specification, "Frames"); all numbers are unsigned and in network byte order.
///
/// | offset | size | field |
/// | --- | --- | --- |
/// | 0 | 1 | command |
/// | 1 | 1 | zero |
/// | 2 | 2 | task |
/// | 4 | 8 | case |
/// | 12 | 4 | attempt |
/// | 16 | 8 | session |
/// | 24 | 4 | first argument |
/// | 28 | 4 | second argument |
/// | 32 | 2 | zero |
/// | 34 | 2 | length of the properties |
/// | 36 | 4 | length of the body |
/// | 40 |  | properties (tag 1, length 2, value), then the body |
extension Command {
    /// The size of the header.
    package static let headerBytes = 40

    /// The command as one frame.
    ///
    /// - Precondition: the properties take no more than 65,535 bytes.
    package var frame: [UInt8] {
        let propertiesLength = properties.reduce(0) { $0 + 3 + $1.value.count }
        precondition(
            propertiesLength <= Limits.propertiesBytesMaximum, "the properties of a command take at most 65,535 bytes")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerBytes + propertiesLength + body.count)
        bytes.append(kind.rawValue)
        bytes.append(0)
        bytes.append(bigEndian: taskNumber)
        bytes.append(bigEndian: caseNumber)
        bytes.append(bigEndian: attempt)
        bytes.append(bigEndian: session)
        bytes.append(bigEndian: first)
        bytes.append(bigEndian: second)
        bytes.append(bigEndian: UInt16(0))
        bytes.append(bigEndian: UInt16(propertiesLength))
        bytes.append(bigEndian: UInt32(body.count))
        for property in properties {
            bytes.append(property.tag)
            bytes.append(bigEndian: UInt16(property.value.count))
            bytes.append(contentsOf: property.value)
        }
        bytes.append(contentsOf: body)
        return bytes
    }

    /// Reads a frame that one of `senders` sent.
    ///
    /// - Throws: the ``Refusal`` that the frame earns: malformed, unknown, not allowed to them, or too large.
    package init(frame: [UInt8], from senders: Role) throws(Refusal) {
        guard frame.count >= Self.headerBytes else {
            throw Refusal(
                .malformedFrame,
                "A command's frame has at least \(Self.headerBytes) bytes; this one has \(frame.count).")
        }
        guard let kind = CommandKind(rawValue: frame[0]) else {
            throw Refusal(.unknownCommand, "RDP/1 has no command \(frame[0]).")
        }
        guard !kind.senders.isDisjoint(with: senders) else {
            throw Refusal(.notAllowed, "\(kind) is sent by a \(kind.senders), not by a \(senders).")
        }
        let propertiesLength = Int(frame.number(at: 34, as: UInt16.self))
        let bodyLength = Int(frame.number(at: 36, as: UInt32.self))
        let bodyStart = Self.headerBytes + propertiesLength
        guard frame[1] == 0, frame.number(at: 32, as: UInt16.self) == 0, frame.count == bodyStart + bodyLength else {
            throw Refusal(
                .malformedFrame, "The lengths in the header of \(kind) do not fit its frame of \(frame.count) bytes.")
        }
        guard bodyLength <= kind.bodyBytesMaximum else {
            throw Refusal(
                .tooLarge, "The body of \(kind) may have \(kind.bodyBytesMaximum) bytes; this one has \(bodyLength).")
        }
        self.kind = kind
        taskNumber = frame.number(at: 2)
        caseNumber = frame.number(at: 4)
        attempt = frame.number(at: 12)
        session = frame.number(at: 16)
        first = frame.number(at: 24)
        second = frame.number(at: 28)
        body = frame[bodyStart...]
        properties = []
        var at = Self.headerBytes
        while at < bodyStart {
            guard at + 3 <= bodyStart else { throw Refusal(.malformedFrame, "A property of \(kind) is cut short.") }
            let end = at + 3 + Int(frame.number(at: at + 1, as: UInt16.self))
            guard end <= bodyStart else { throw Refusal(.malformedFrame, "A property of \(kind) is cut short.") }
            properties.append(Property(tag: frame[at], value: Array(frame[at + 3..<end])))
            at = end
        }
        guard kind.namesTask ? task != nil && attempt > 0 : taskNumber == 0 && attempt == 0 else {
            throw Refusal(.malformedFrame, "\(kind) names \(kind.namesTask ? "a task and its attempt" : "no task").")
        }
        guard kind.namesCase ? reference != nil : caseNumber == 0 else {
            throw Refusal(.malformedFrame, "\(kind) names \(kind.namesCase ? "a case" : "no case").")
        }
        guard !kind.needsSession || session != 0 else {
            throw Refusal(.unknownSession, "\(kind) needs the session that WELCOME gave; say READY or HELLO first.")
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    /// The number at `offset`, which the caller knows to lie within the bytes.
    fileprivate func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type = Number.self) -> Number {
        withUnsafeBytes { Number(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
    }
}
