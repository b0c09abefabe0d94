package import RedressCase
package import RedressContract
import RedressDispatch

/// A case as `case show` and `submit --wait` give it: the record with the customer's words, the tasks and what is open.
///
/// For a reconciled case it is the last record as it was made and journalled, never made anew; before that, and while the
/// case is open again, the record as it would stand now, without the outcome. Records before it are named.
package struct CasePresentation: JSONEncodable {
    private let `case`: Case
    private let text: [UInt8]?
    /// The submission as it came; nil once it has been erased.
    private let submission: JSON?
    private let record: JSON
    /// Records that another one has taken the place of.
    private let earlier: [JSON]

    /// Why the case is set aside, where it is.
    private let reason: String?

    /// The case that `entries` tell of, reconciled by `policy` as far as it has come.
    package init(
        _ reference: CaseReference, _ entries: [StoredEntry], setAside reason: String?, policy: (String) -> Policy?
    ) throws(FoldError) {
        self.reason = reason
        self.case = try Case(reference, stored: entries)
        submission = entries.first?.parts.first?.bytes.flatMap { try? JSON(parsing: $0) }
        text = if case .string(let text)? = submission?["text"] { Array(text.utf8) } else { nil }
        var records = entries.filter(\.isReconciliation)
        let standing = self.case.state == .reconciled ? records.popLast() : nil
        earlier = records.map { Entry.presentation(of: $0) }
        if let journalled = standing?.parts.first?.bytes, let record = try? JSON(parsing: journalled) {
            self.record = record
        } else if let policy = policy(self.case.policy) {
            let now = Reconciliation(self.case, by: policy).record()
            record = (try? JSON(parsing: now.jsonBytes)) ?? .null
        } else {
            record = .null
        }
    }

    package func encode(to writer: inout JSONWriter) {
        let split = self.case.split
        writer.object { writer in
            writer.member("reference", self.case.reference.description)
            writer.member("state", reason == nil ? self.case.state.rawValue : CaseView.stateSetAside)
            if let reason { writer.member("reason", reason) }
            writer.member("client", self.case.client)
            if let complainant = submission?["complainant"] { writer.member("complainant", complainant) }
            if let remedy = submission?["remedySought"] { writer.member("remedySought", remedy) }
            writer.member("receivedAt", self.case.receivedAt.description)
            writer.member("deadline", self.case.deadline.description)
            writer.member("priority", self.case.precedence.priority)
            writer.member("records", self.case.recordCount)
            if self.case.isErased { writer.member("erased", true) }
            if let pause = self.case.pause {
                writer.name("paused")
                writer.object { $0.members(of: pause) }
            }
            writer.member("outcome", self.case.state == .reconciled ? record["outcome"] ?? .null : .null)
            writer.name("issues")
            writer.array((split?.issues ?? []).enumerated()) { writer, issue in
                let number = issue.offset + 1
                writer.object { writer in
                    writer.member("number", number)
                    writer.member("department", issue.element.department.description)
                    writer.member("excerpt", split?.excerpt(number, words) ?? "")
                    let recorded = record["issues"]?.element { $0["number"] == .number(ExactNumber(number)) }
                    writer.member("outcome", recorded?["outcome"] ?? .null)
                    writer.member("reasons", recorded?["reasons"] ?? [])
                }
            }
            writer.member("unplaced", (split?.unplaced ?? []).map(words))
            writer.name("tasks")
            writer.array(self.case.tasks) { writer, task in
                writer.object { writer in
                    writer.member("number", task.number)
                    writer.member("type", task.plan.type.description)
                    writer.member("department", task.department.description)
                    writer.name("issues")
                    writer.array(task.plan.issues) { writer, issue in writer.value(issue) }
                    writer.name("after")
                    writer.array(task.plan.after) { writer, number in writer.value(number) }
                    writer.member("required", task.plan.required)
                    if task.plan.version != 1 { writer.member("version", task.plan.version) }
                    if let asker = task.askedBy { writer.member("askedBy", asker) }
                    writer.member("state", task.state.rawValue)
                    if task.isParked { writer.member("parked", true) }
                    writer.member("attempt", task.attempt)
                    if let worker = task.worker { writer.member("worker", worker) }
                    if let outcome = task.outcome { writer.member("outcome", outcome.rawValue) }
                    if let reason = task.reason { writer.member("reason", reason) }
                    if let counted = task.counted { writer.member("counted", counted) }
                    if !task.late.isEmpty {
                        writer.name("late")
                        writer.array(task.late.sorted { $0.attempt < $1.attempt }) { writer, late in
                            writer.object { writer in
                                writer.member("attempt", late.attempt)
                                writer.member("worker", late.worker)
                            }
                        }
                    }
                    if !task.attemptEnds.isEmpty { writer.member("attemptsEnded", task.attemptEnds) }
                }
            }
            writer.member("contributions", record["contributions"] ?? [])
            writer.member("facts", record["facts"] ?? [:])
            writer.member("conflicts", record["conflicts"] ?? [])
            writer.member("missing", record["missing"] ?? [])
            let open = self.case.open
            writer.member("openPoints", open.count)
            writer.name("open")
            writer.array(open.enumerated()) { writer, point in
                writer.object { members(of: point.element, at: point.offset, &$0) }
            }
            if !earlier.isEmpty {
                writer.name("earlierRecords")
                writer.array(earlier) { writer, record in
                    writer.object { writer in
                        for name in ["at", "outcome", "openPoints"] {
                            writer.name(any: name)
                            writer.value(record[name] ?? .null)
                        }
                    }
                }
            }
        }
    }

    /// Writes what identifies an open point; conflicts come first, in the order that the record has them.
    private func members(of point: OpenPoint, at index: Int, _ writer: inout JSONWriter) {
        func desk(_ type: String, _ issue: Int? = nil) -> UInt16? {
            self.case.tasks.first { task in
                task.plan.type.description == type && (issue.map { task.plan.issues.contains($0) } ?? true)
            }?.number
        }
        switch point {
        case .conflict(let conflict):
            writer.member("kind", "conflict")
            writer.member("key", record["conflicts"]?.element(at: index)?["key"] ?? .string(conflict.fact))
            writer.member("issues", conflict.issues.map { JSON.number(ExactNumber($0)) })
        case .task(let number):
            let task = self.case.task(number)
            writer.member("kind", "task")
            writer.member("task", number)
            writer.member("type", task?.plan.type.description ?? "")
            writer.member("outcome", task?.outcome?.rawValue ?? "")
            writer.member("parked", task?.isParked ?? false)
        case .issue(let number):
            writer.member("kind", "issue")
            writer.member("issue", number)
            writer.member("department", self.case.split?.issues[number - 1].department.description ?? "")
            if let task = desk(Planning.unanswered, number) { writer.member("task", task) }
        case .unplaced(let count):
            writer.member("kind", "unplaced")
            writer.member("sentences", count)
            if let task = desk(Planning.unplaced) { writer.member("task", task) }
        }
    }

    private func words(_ range: Range<Int>) -> String {
        guard let text else { return "(erased)" }
        return String(decoding: text[range.clamped(to: 0..<text.count)], as: UTF8.self)
    }
}

extension JSONWriter {
    /// Writes who paused something, when, and why.
    mutating func members(of pause: Pause) {
        member("by", pause.actor)
        member("at", pause.at.description)
        member("reason", pause.reason)
    }
}

extension JSON {
    /// The element of an array at `index`, where there is one.
    fileprivate func element(at index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The first element of an array that meets `condition`.
    fileprivate func element(where condition: (JSON) -> Bool) -> JSON? {
        guard case .array(let elements) = self else { return nil }
        return elements.first(where: condition)
    }
}
