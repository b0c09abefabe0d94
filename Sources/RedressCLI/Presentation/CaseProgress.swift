import Foundation
import RedressClient
import RedressContract

/// The progress of a case while a person waits: a line for each entry, and on a terminal one more that lives.
final class CaseProgress {
    private let quiet: Bool
    private var waitingFor: [Int: String] = [:]
    private var types: [Int: String] = [:]

    /// - Parameter quiet: nothing is printed: a program reads the output.
    init(quiet: Bool) { self.quiet = quiet }

    func begin(_ reference: CaseReference) {
        line("\(reference) is on disk")
    }

    /// Prints the events until the last one.
    ///
    /// - Throws: ``Failure`` after `limit`.
    func follow(_ events: CaseEvents, within limit: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: limit)
                throw Failure(
                    "The case was not reconciled within \(limit.components.seconds) s. It goes on; see: redress case show"
                )
            }
            for try await event in events {
                tell(event)
                if event.isLast { break }
            }
            group.cancelAll()
        }
        clearLive()
    }

    private func tell(_ event: CaseEvent) {
        let entry = event.entry
        let number = Int(entry.text("task")) ?? 0
        let task = types[number].map { "task \(number) \($0)" } ?? "task \(number)"
        switch event.type {
        case "assessed":
            let departments = entry.elements("issues").map { $0.text("department") }
            line(
                "\(departments.count) issues (\(departments.joined(separator: ", "))), \(entry.elements("unplaced").count / 2) sentences in none",
                event)
        case "planned":
            for planned in entry.elements("tasks") {
                guard let number = Int(planned.text("number")) else { continue }
                types[number] = planned.text("type")
                let after = planned.text("after")
                line("task \(number) \(planned.text("type"))" + (after.isEmpty ? "" : ", after task \(after)"), event)
                if !planned.text("type").hasPrefix("owner/") { waitingFor[number] = planned.text("type") }
            }
        case "ready": break
        case "added":
            guard let planned = entry["plan"], let number = Int(planned.text("number")) else { break }
            types[number] = planned.text("type")
            waitingFor[number] = planned.text("type")
            let asker = entry.text("askedBy")
            line(
                "task \(number) \(planned.text("type"))" + (asker.isEmpty ? ", added" : ", asked for by task \(asker)"),
                event)
        case "late": line("\(task) came late from \(Output.plain(entry.text("worker"))), kept", event)
        case "adopted":
            waitingFor[number] = nil
            line("\(task) attempt \(entry.text("attempt")), which came late, counts", event)
        case "corrected": line("\(task) corrected by \(Output.plain(entry.text("worker")))", event)
        case "reopened": line("opened again", event)
        case "accepted":
            line("\(task) taken by \(Output.plain(entry.text("worker"))), attempt \(entry.text("attempt"))", event)
        case "contributed":
            waitingFor[number] = nil
            line("\(task) contributed by \(Output.plain(entry.text("worker")))", event)
        case "attempt-ended":
            line("\(task) attempt \(entry.text("attempt")) \(entry.text("cause")), will be tried again", event)
        case "ended":
            waitingFor[number] = nil
            line("\(task) \(entry.text("outcome")): \(entry.text("reason"))", event)
        case "reconciled": line("reconciled: \(entry.text("outcome"))", event)
        default: if event.type != "received" { line(event.type, event) }
        }
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
