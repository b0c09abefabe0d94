import Foundation
import RedressClient
import RedressContract

/// The progress of a case while a person waits: a line for each entry, and on a terminal one more that lives.
final class CaseProgress {
    private let quiet: Bool
    private var waitingFor: [Int: String] = [:]
    private var words = EntryWords()

    /// - Parameter quiet: nothing is printed: a program reads the output.
    init(quiet: Bool) { self.quiet = quiet }

    func begin(_ reference: CaseReference) {
        line("\(reference) is on disk")
    }

    /// Prints the events until the last one.
    ///
    /// - Throws: ``Failure`` after `limit`.
    func follow(_ events: CaseEvents, within limit: Duration) async throws {
        let (told, teller) = AsyncThrowingStream<CaseEvent, any Error>.makeStream()
        let listener = Task {
            do {
                for try await event in events {
                    teller.yield(event)
                    if event.isLast { break }
                }
                teller.finish()
            } catch {
                teller.finish(throwing: error)
            }
        }
        let alarm = Task {
            try await Task.sleep(for: limit)
            teller.finish(
                throwing: Failure(
                    "The case was not reconciled within \(limit.components.seconds) s. It goes on; see: redress case show"
                ))
        }
        defer {
            listener.cancel()
            alarm.cancel()
        }
        for try await event in told { tell(event) }
        try Task.checkCancellation()
        clearLive()
    }

    private func tell(_ event: CaseEvent) {
        let entry = event.entry
        let number = Int(entry.text("task")) ?? 0
        switch event.type {
        case "planned":
            for planned in entry.elements("tasks") where !planned.text("type").hasPrefix("owner/") {
                if let number = Int(planned.text("number")) { waitingFor[number] = planned.text("type") }
            }
        case "added":
            guard let planned = entry["plan"], let number = Int(planned.text("number")) else { break }
            waitingFor[number] = planned.text("type")
        case "adopted", "contributed", "ended": waitingFor[number] = nil
        default: break
        }
        let lines = words.lines(of: entry)
        if event.type != "received", event.type != "ready" { for text in lines { line(text, event) } }
        live()
    }

    private func line(_ text: String, _ event: CaseEvent? = nil) {
        guard !quiet else { return }
        clearLive()
        let time = event.map { String($0.at.dropFirst(11).prefix(12)) } ?? Timestamp.timeNow
        print("\(time)  \(text)")
        fflush(nil)
    }

    private func live() {
        guard !quiet, Output.isTerminal, !waitingFor.isEmpty else { return }
        let waiting = waitingFor.sorted { $0.key < $1.key }.map(\.value).joined(separator: ", ")
        print("\r\u{1B}[2m… waiting for \(waiting)\u{1B}[0m", terminator: "")
        fflush(nil)
    }

    private func clearLive() {
        if !quiet, Output.isTerminal { print("\r\u{1B}[K", terminator: "") }
    }
}

extension Timestamp {
    /// The time of day, in UTC, to the millisecond.
    fileprivate static var timeNow: String {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        return String(now.description.dropFirst(11).prefix(12))
    }
}
