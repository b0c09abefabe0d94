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
    /// Who hears of it.
    enum Listener: Sendable {
        /// One answer.
        case answer(CheckedContinuation<Command, any Error>)
        /// The answer and, with the same number, the events after it.
        case answerThenEvents(
            CheckedContinuation<Command, any Error>, AsyncThrowingStream<Command, any Error>.Continuation)
        /// Events alone.
        case events(AsyncThrowingStream<Command, any Error>.Continuation)
        /// Every reply, on the client's thread; events count as consumed at once.
        case replies(@Sendable (Reply) -> Void)
        /// Nobody any more.
        case nobody
    }

    /// What was asked; session and number are filled in when it is said.
    var command: Command
    var listener: Listener
    /// When an unanswered request fails; nil while events are awaited, however long.
    var deadline: Duration?
    /// When to say it again, because it came too fast for the coordinator; and how often that was so.
    var againAt: Duration?
    var postponements = 0
    /// The body of the last event: following goes on after its cursor.
    var lastEvent: ArraySlice<UInt8>?
    /// Events and their bytes that the listener has not consumed.
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

    /// Tells the listener, for the last time.
    func failed(_ error: ClientError) {
        switch listener {
        case .answer(let answer): answer.resume(throwing: error)
        case .answerThenEvents(let answer, let events):
            answer.resume(throwing: error)
            events.finish(throwing: error)
        case .events(let events): events.finish(throwing: error)
        case .replies(let reply): reply(.failed(error))
        case .nobody: break
        }
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
