internal import RedressContract
package import RedressWire

/// What becomes of a request, for callers that read bodies themselves.
package enum Reply: Sendable {
    /// ACCEPTED, of a submission.
    case accepted(Command)
    /// An EVENT of what is followed.
    case event(Command)
    /// The ANSWER to a query or command.
    case answer(Command)
    /// It came to nothing; no reply follows.
    case failed(ClientError)
}

/// A request under way, kept to be said again when the connection was lost.
struct Request: Sendable {
    /// What was asked; session and number are filled in when it is said.
    var command: Command
    /// Whether events count as consumed as they come, because nobody lets them wait.
    var consumesAtOnce: Bool
    /// When an unanswered request fails; nil while events are awaited, however long.
    var deadline: Duration?
    /// When to say it again, because it came too fast for the coordinator; and how often that was so.
    var againAt: Duration?
    var postponements = 0
    /// The body of the last event: following goes on after its cursor.
    var lastEvent: ArraySlice<UInt8>?
    /// Events and their bytes that have not been consumed.
    var unconsumed = Credit()

    /// Whether events go on coming after the answer.
    var follows: Bool { command.kind == .follow || command.kind == .submit && command.second != 0 }

    /// The request to say on a new session.
    var again: Command {
        guard command.kind == .follow, let lastEvent,
            let cursor = (try? JSON(parsing: lastEvent))?["cursor"]
        else { return command }
        var command = command
        command.body = JSON.object([JSON.Member("after", cursor)]).bytes[...]
        return command
    }
}

/// Messages and bytes of events.
struct Credit: Sendable, Hashable {
    var messages = 0
    var bytes = 0

    static func += (a: inout Credit, b: Credit) {
        a.messages += b.messages
        a.bytes += b.bytes
    }

    static func -= (a: inout Credit, b: Credit) {
        a.messages -= b.messages
        a.bytes -= b.bytes
    }
}
