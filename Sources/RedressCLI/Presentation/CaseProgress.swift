import Foundation
import RedressCase
import RedressClient
import RedressContract

/// The progress of a case while a person waits: a line for each entry, and on a terminal one more that lives.
struct CaseProgress {
    private let reference: CaseReference
    private let quiet: Bool
    /// The case as far as it has been told; nil where an entry is none that this program knows.
    private var known: Case?
    private var words = EntryWords()

    /// Tells what happens in a case that was submitted to be followed, until its record is made.
    ///
    /// - Parameter quiet: nothing is printed: a program reads the output.
    /// - Throws: ``Failure`` after `limit`; `ClientError` where the case cannot be followed; `CancellationError`.
    static func follow(_ receipt: Receipt, _ client: Client, quiet: Bool, within limit: Duration) async throws {
        guard let events = receipt.events else { return }
        try await withThrowingTaskGroup { group in
            group.addTask {
                var progress = CaseProgress(reference: receipt.reference, quiet: quiet)
                defer { progress.clearLive() }
                for try await event in events { try progress.tell(event) }
                // Who is cancelled hears of no more events, as after the last one.
                try Task.checkCancellation()
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw Failure("\(receipt.reference) was not reconciled within \(limit.components.seconds) s.")
            }
            group.addTask { try await sayWhenAway(client) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Says on standard error when the coordinator has gone away, once each time.
    private static func sayWhenAway(_ client: Client) async throws {
        var isAway = false
        while true {
            try await Task.sleep(for: .seconds(1))
            let wasAway = isAway
            isAway = await !client.isWelcomed
            if isAway, !wasAway { Output.note("no answer from \(client.endpoint); waiting") }
        }
    }

    private init(reference: CaseReference, quiet: Bool) {
        self.reference = reference
        self.quiet = quiet
    }

    private mutating func tell(_ event: CaseEvent) throws {
        let entry = event.entry
        let number = UInt16(entry.text("task")) ?? 0
        let before = known?.task(number)
        fold(event)
        switch event.type {
        case "received": try line("\(reference) is on disk", event)
        case "ready": break
        default:
            let isLast = event.type == "attempt-ended" && isParked(number, before: before, entry.text("cause"))
            for text in words.lines(of: entry, isLast: isLast) { try line(text, event) }
        }
        live()
    }

    private mutating func fold(_ event: CaseEvent) {
        guard let entry = try? Entry(StoredEntry(structure: event.entry.bytes)) else {
            known = nil
            return
        }
        if event.type == "received" {
            known = try? Case(reference, entry)
        } else {
            do { try known?.fold(entry) } catch { known = nil }
        }
    }

    /// Whether the attempt that has just ended as `cause` is the last that its task gets.
    private func isParked(_ number: UInt16, before: CaseTask?, _ cause: String) -> Bool {
        guard let task = known?.task(number), let end = Entry.AttemptEnd(rawValue: cause) else { return false }
        return task.attemptEnded != before?.attemptEnded && task.parking(after: end) != nil
    }

    private func line(_ text: String, _ event: CaseEvent) throws {
        guard !quiet else { return }
        clearLive()
        print("\(event.at.dropFirst(11).prefix(12))  \(text)")
        try Output.flush()
    }

    private func live() {
        let waiting = (known?.tasks ?? []).filter { $0.state != .ended && !$0.isOwners }
        guard !quiet, Output.isTerminal, !waiting.isEmpty else { return }
        let text = "… waiting for " + waiting.map { "\($0.plan.type)" }.joined(separator: ", ")
        // A line that wraps could not be cleared.
        print("\r\u{1B}[2m\(text.prefix(Output.columns - 1))\u{1B}[0m", terminator: "")
        fflush(nil)
    }

    private func clearLive() {
        guard !quiet, Output.isTerminal else { return }
        print("\r\u{1B}[K", terminator: "")
        fflush(nil)
    }
}
