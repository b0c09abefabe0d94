import Logging
import RedressCase
import RedressContract
import RedressDispatch
import RedressStore
import RedressTriage
import RedressWire

/// Intake and triage: a complaint is on disk before anything is said of it; its words are split on other threads.
extension Coordinator {
    /// Below so many free bytes on the data folder's disk no complaint is taken.
    static let freeBytesMinimum: UInt64 = 64 << 20
    /// A turn takes so many complaints, and bytes of them: while the disk is slow, the turn in the making must not grow
    /// without end. What comes beyond is refused for now.
    private static let intakesMaximum = 65_536
    private static let intakeBytesMaximum = 64 << 20
    /// Cases that are being triaged at a time, and in one go.
    private static let triageMaximum = 512
    private static let triageBatch = 64
    /// When words that could not be read are read again.
    static let readingInterval: Duration = .seconds(1)

    func submit(_ command: Command, from client: ClientSession, _ now: Now) throws(Refusal) {
        try refuseWhenClosed(now)
        guard let key = command.property(Command.Property.submissionKey),
            (1...Limits.submissionKeyBytesMaximum).contains(key.count),
            String(validating: key, as: UTF8.self) != nil
        else {
            throw Refusal(
                .malformedBody,
                "SUBMIT needs property 1, the submission's key, of 1 to \(Limits.submissionKeyBytesMaximum) bytes of UTF-8."
            )
        }
        let submission = try Submission(command.body)
        let pending = PendingIntake(
            command, by: client.session, as: newReference(),
            key: Digest(of: (Array(client.name.utf8) + [0] + key)[...]), body: Digest(of: command.body))
        if let same = underway[pending.key] {
            guard same.body == pending.body else { throw Self.conflict(with: same.reference) }
            // On its way to the disk: answered after it.
            deciding.repeats.append((pending, same.reference))
            return
        }
        if let known = try known(pending) {
            guard known.body == pending.body else { throw Self.conflict(with: known.reference) }
            acknowledge(
                pending, known.reference, head: known.head, turn: known.turn, isRepeated: true, in: &deciding)
            postEvents()
            return
        }
        guard deciding.intakes.count < Self.intakesMaximum,
            deciding.intakeBytes + command.body.count <= Self.intakeBytesMaximum || deciding.intakes.isEmpty
        else {
            throw Refusal(
                .busy, "More complaints come than can be written; submit again in a moment.",
                retryAfterMilliseconds: 100)
        }
        try broker.admitCase(of: client.name)
        underway[pending.key] = pending
        deciding.intakeBytes += command.body.count
        deciding.intakes.append(pending)
        texts[pending.reference] = submission.text
        broker.submit(
            pending.reference, client: client.name, body: Array(command.body), priority: submission.priority,
            customer: submission.customer.map { Self.customer($0, of: client.name) }, now: now)
    }

    /// That the body differs from that of `reference`, which came with the same key.
    private static func conflict(with reference: CaseReference) -> Refusal {
        Refusal(
            .keyConflict,
            "This key was used for another complaint, \(reference), or for the same one with another priority, "
                + "customer, complainant or remedy sought. Submit it exactly as it was, or use a new key.")
    }

    private func refuseWhenClosed(_ now: Now) throws(Refusal) {
        if isDraining {
            throw Refusal(
                .draining, "The coordinator is closing; submit again when it is back.", retryAfterMilliseconds: 5000)
        }
        if now.steady - (freeBytesReadAt ?? .seconds(-10)) > .seconds(1) {
            freeBytes = folder.freeBytes ?? .max
            freeBytesReadAt = now.steady
        }
        if freeBytes < Self.freeBytesMinimum {
            throw Refusal(
                .diskLow,
                "The disk of the data folder has \(freeBytes >> 20) MiB left and \(Self.freeBytesMinimum >> 20) are needed; "
                    + "make room, then submit again.",
                retryAfterMilliseconds: 30_000)
        }
    }

    /// A customer, without the name that the client gives them.
    private static func customer(_ name: String, of client: String) -> UInt64 {
        Digest(of: (Array(client.utf8) + [0] + Array(name.utf8))[...]).words.0
    }

    private func newReference() -> CaseReference {
        var reference = CaseReference.random(using: &generator)
        while broker.cases.contains(reference) { reference = .random(using: &generator) }
        return reference
    }

    private func known(_ pending: PendingIntake) throws(Refusal) -> KnownIntake? {
        do throws(JournalError) {
            return try reader?.intake(key: pending.key)
        } catch {
            throw Refusal(.failed, "The journal cannot be read: \(error)", retryAfterMilliseconds: 5000)
        }
    }

    /// Tells the clients whose complaints a turn took.
    func acknowledge(_ pending: inout PendingTurn, _ written: JournalWriter.Written) {
        var headsByCase: [CaseReference: Digest] = [:]
        if !pending.intakes.isEmpty {
            for (draft, head) in zip(pending.drafts, written.heads) {
                if case .case(let reference) = draft.stream { headsByCase[reference] = head }
            }
        }
        for intake in pending.intakes {
            underway[intake.key] = nil
            acknowledge(
                intake, intake.reference, head: headsByCase[intake.reference] ?? .zero, turn: written.turn,
                isRepeated: false,
                in: &pending)
        }
        for (intake, reference) in pending.repeats {
            guard let known = try? reader?.intake(key: intake.key) else { continue }
            acknowledge(intake, reference, head: known.head, turn: known.turn, isRepeated: true, in: &pending)
        }
    }

    private func acknowledge(
        _ intake: PendingIntake, _ reference: CaseReference, head: Digest, turn: UInt64, isRepeated: Bool,
        in pending: inout PendingTurn
    ) {
        guard let client = clients.sessions[intake.client] else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reference", reference.description)
            writer.member("head", head.description)
            writer.member("turn", turn)
        }
        pending.post(
            Command(
                .accepted, reference: reference, session: client.session, first: intake.request,
                second: isRepeated ? 1 : 0,
                body: writer.bytes[...]),
            to: client.peer)
        clients.follow(reference, as: intake, client)
        if isRepeated { clients.tell(client, reference, broker.cases, reading: entries) }
    }

    // MARK: Words and triage

    /// The words of a case, from memory or from the journal; nil where they were erased.
    ///
    /// - Throws: why they cannot be read; nothing on disk is not the same as nothing said.
    func text(of reference: CaseReference) throws(JournalError) -> [UInt8]? {
        if let text = texts[reference] { return text }
        guard let received = try reader?.entries(of: .case(reference)).first else {
            throw JournalError(.broken, "Nothing of \(reference) is on disk.")
        }
        guard let body = received.parts.first?.bytes, case .string(let text)? = (try? JSON(parsing: body))?["text"]
        else { return nil }
        texts[reference] = Array(text.utf8)
        return texts[reference]
    }

    /// Starts triage of the cases that wait for it, in batches on other threads; the splits come back as jobs. Cases whose
    /// words cannot be read now wait; so do those of which something is not on disk yet and the words are not at hand.
    func startTriage() {
        guard now().steady >= triageFrom else { return }
        var unread: [CaseReference] = []
        defer { awaitingTriage += unread }
        while !awaitingTriage.isEmpty, beingTriaged < Self.triageMaximum {
            var batch: [(CaseReference, [UInt8])] = []
            for reference in awaitingTriage.prefix(Self.triageBatch) {
                if texts[reference] == nil, deciding.touches(reference) || writing?.touches(reference) == true {
                    unread.append(reference)
                    continue
                }
                do throws(JournalError) {
                    batch.append((reference, try text(of: reference) ?? []))
                } catch {
                    logger.error("words cannot be read", metadata: ["case": "\(reference)", "error": "\(error)"])
                    unread.append(reference)
                    triageFrom = now().steady + Self.readingInterval
                }
            }
            awaitingTriage.removeFirst(min(Self.triageBatch, awaitingTriage.count))
            guard !batch.isEmpty else { continue }
            beingTriaged += batch.count
            let triage = triage
            Task.detached { [weak self, batch] in
                let splits = batch.map { ($0.0, triage.split($0.1)) }
                await self?.takeSplits(splits)
            }
        }
    }

    private func takeSplits(_ splits: [(CaseReference, Split)]) {
        beingTriaged -= splits.count
        self.splits += splits
    }
}
