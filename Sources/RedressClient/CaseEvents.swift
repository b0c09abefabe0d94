internal import RedressWire

/// The entries of a case as they come; ends after the last, or throws a ``ClientError``. To be iterated once.
///
/// It goes on over lost connections and restarts of the coordinator, from where it was. Entries wait at the coordinator
/// until those before are consumed: a client has a bounded number of them on the way, for all that it follows together.
public struct CaseEvents: AsyncSequence, Sendable {
    let events: AsyncThrowingStream<Command, any Error>
    let client: Client
    let number: UInt32

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: events.makeAsyncIterator(), client: client, number: number)
    }

    /// Takes entry after entry.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var events: AsyncThrowingStream<Command, any Error>.AsyncIterator
        let client: Client
        let number: UInt32

        public mutating func next() async throws -> CaseEvent? {
            try await next(isolation: #isolation)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> CaseEvent? {
            guard let event = try await events.next(isolation: actor) else { return nil }
            await client.consumed(event.body.count, of: number)
            return try CaseEvent(event)
        }
    }
}
