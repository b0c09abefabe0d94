internal import RedressCase
internal import RedressContract
internal import RedressWire

/// Something that happened in a simulated mesh.
public struct MeshEvent: Sendable, CustomStringConvertible {
    enum What: Sendable {
        case sent(from: String, to: String, Command)
        case lost(from: String, to: String)
        case entry(CaseReference, Entry)
        case told(String)
    }

    /// When, since the mesh began.
    public let at: Duration
    let what: What

    /// Whether it is a sign of life and nothing else.
    public var isHeartbeat: Bool {
        if case .sent(_, _, let command) = what { command.kind == .heartbeat } else { false }
    }

    /// One line: the time in seconds, then a command with its sender and receiver, an entry of the journal, or a sentence.
    public var description: String {
        let thousandths = "\(1000 + at.milliseconds % 1000)".dropFirst()
        let time = "\(at.milliseconds / 1000).\(thousandths)"
        switch what {
        case .sent(let from, let to, let command):
            let about = command.task.map { "\($0), attempt \(command.attempt)" } ?? command.reference?.description ?? ""
            return "\(time) \(from) → \(to): \(command.kind) \(about)"
        case .lost(let from, let to): return "\(time) \(from) → \(to): lost"
        case .entry(let reference, let entry):
            return "\(time) \(reference) \(entry.actor): " + String(decoding: entry.stored.structure, as: UTF8.self)
        case .told(let sentence): return "\(time) \(sentence)"
        }
    }
}
