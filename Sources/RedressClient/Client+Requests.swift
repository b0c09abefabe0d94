public import RedressContract
internal import RedressWire

/// What a client asks for.
extension Client {
    /// Submits a complaint and returns once it is on the coordinator's disk.
    ///
    /// - Parameters:
    ///   - complaint: the complaint, of 1 MiB at most.
    ///   - key: the submitter's own key, 1 to 128 bytes: the same key and complaint lead to the same case.
    ///   - scope: what to hear of the case, in ``Receipt/events``; nil for nothing.
    /// - Throws: ``ClientError``. A key used before with another complaint is a refusal, ``Refusal/Code/keyConflict``.
    ///   `CancellationError` where the task is cancelled before the answer; the complaint may have been taken.
    public nonisolated func submit(
        _ complaint: Complaint, key: String, following scope: FollowScope? = nil
    ) async throws -> Receipt {
        let command = try complaint.submission(key: key, following: scope)
        guard scope != nil else { return try Receipt(await reply(to: command), events: nil) }
        let (stream, events) = AsyncThrowingStream.makeStream(of: Command.self)
        let (accepted, number) = try await reply(to: command, then: events)
        return try Receipt(accepted, events: CaseEvents(events: stream, client: self, number: number))
    }

    /// Follows a case.
    ///
    /// - Parameters:
    ///   - reference: the case.
    ///   - scope: every entry, or the record alone.
    ///   - cursor: of the last event that is known already; nil for all from the beginning.
    /// - Returns: the entries; an unknown case is thrown by the first ``CaseEvents/AsyncIterator/next()``.
    public func follow(
        _ reference: CaseReference, scope: FollowScope = .everyEntry, after cursor: String? = nil
    ) -> CaseEvents {
        let (stream, events) = AsyncThrowingStream.makeStream(of: Command.self)
        var writer = JSONWriter()
        if let cursor { writer.object { $0.member("after", cursor) } }
        let command = Command(.follow, reference: reference, second: scope.rawValue, body: writer.bytes[...])
        let number = post(command, to: .events(events))
        release(number, when: events)
        return CaseEvents(events: stream, client: self, number: number ?? 0)
    }

    /// Asks the coordinator, for example `{"query": "case", "reference": "R-…"}`.
    ///
    /// - Throws: ``ClientError``; `CancellationError` where the task is cancelled before the answer.
    public func query(_ question: JSON) async throws -> JSON {
        try Self.parsed(await query(bytes: question.bytes))
    }

    /// Asks the coordinator with a JSON text; the answer is not parsed.
    ///
    /// - Throws: ``ClientError``; `CancellationError` where the task is cancelled before the answer.
    public func query(bytes question: [UInt8]) async throws -> ArraySlice<UInt8> {
        try await ask(.query, question)
    }

    /// Tells the coordinator to do something, for example `{"command": "backup", "to": "/path"}`.
    ///
    /// - Throws: ``ClientError``; `CancellationError` where the task is cancelled before the answer. It may have been done.
    public func command(_ order: JSON) async throws -> JSON {
        try Self.parsed(await ask(.command, order.bytes))
    }

    /// Submits many complaints at once; `each` hears of every one, by its place among them, on the client's thread.
    ///
    /// - Throws: ``ClientError/Code/invalidRequest`` for the first that breaks a limit; then none is submitted.
    package nonisolated func submit(
        _ complaints: [(complaint: Complaint, key: String)], following scope: FollowScope? = nil,
        each: @escaping @Sendable (Int, Reply) -> Void
    ) async throws {
        let commands = try complaints.map { try $0.complaint.submission(key: $0.key, following: scope) }
        await post(commands, each: each)
    }

    private func post(_ commands: [Command], each: @escaping @Sendable (Int, Reply) -> Void) {
        for (index, command) in commands.enumerated() { post(command, to: .replies { each(index, $0) }) }
    }

    private func ask(_ kind: CommandKind, _ body: [UInt8]) async throws -> ArraySlice<UInt8> {
        guard body.count <= kind.bodyBytesMaximum else {
            throw ClientError(
                .invalidRequest, "The \(kind) has \(body.count) bytes; \(kind.bodyBytesMaximum) are allowed.")
        }
        return try await reply(to: Command(kind, body: body[...])).body
    }

    private func reply(to command: Command) async throws -> Command {
        let number = core.nextNumber
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { post(command, to: .answer($0)) }
        } onCancel: {
            Task { await cancel(number) }
        }
    }

    private func reply(
        to command: Command, then events: AsyncThrowingStream<Command, any Error>.Continuation
    ) async throws -> (Command, UInt32) {
        let number = core.nextNumber
        let answer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                release(post(command, to: .answerThenEvents($0, events)), when: events)
            }
        } onCancel: {
            Task { await cancel(number) }
        }
        return (answer, number)
    }

    /// Lets the request go when nobody iterates over its events any more.
    private func release(_ number: UInt32?, when events: AsyncThrowingStream<Command, any Error>.Continuation) {
        guard let number else { return }
        events.onTermination = { [weak self] reason in
            guard case .cancelled = reason else { return }
            Task { await self?.abandon(number) }
        }
    }

    private static func parsed(_ body: ArraySlice<UInt8>) throws -> JSON {
        do {
            return try JSON(parsing: body)
        } catch {
            throw ClientError(.malformedAnswer, "The answer cannot be read: \(error).")
        }
    }
}
