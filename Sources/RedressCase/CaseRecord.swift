package import RedressContract

/// The one record of a case: per issue what was found, every value with its source, what departments disagree on, and
/// what is missing and why.
package struct CaseRecord: Sendable, Hashable {
    /// A contribution that counts, with the task that it answers.
    package struct Source: Sendable, Hashable {
        package var task: CaseTask
        package var contribution: Contribution

        package init(task: CaseTask, contribution: Contribution) {
            self.task = task
            self.contribution = contribution
        }
    }

    /// What was found on an issue.
    package struct Issue: Sendable, Hashable {
        package var number: Int
        package var department: DepartmentName
        /// nil where no department answered.
        package var outcome: Outcome?
        package var reasons: [Reason]
    }

    /// Why a department finds what it finds.
    package struct Reason: Sendable, Hashable {
        package var task: UInt16
        package var text: String
    }

    /// One department's statement of a fact.
    package struct Statement: Sendable, Hashable {
        package var task: UInt16
        package var department: DepartmentName
        package var issues: [Int]
        package var finding: Finding

        /// A fixed order between statements, whatever the order of arrival: by task, then as the contribution has them
        /// is not enough (a duplicate may repeat), so by value's text too.
        var order: (UInt16, String, String) { (task, finding.value.text, finding.at?.description ?? "") }
    }

    /// A fact that the rules settled.
    package struct Fact: Sendable, Hashable {
        package var key: FactKey
        package var value: FactValue
        /// The statements that the value comes from.
        package var sources: [Statement]
        package var rule: Policy.Rule
        /// Who settled it, where the rule could not.
        package var settled: SettledConflict?
    }

    /// Values for one fact that the rule cannot settle: waits for a person, and holds up its issues only.
    package struct FindingConflict: Sendable, Hashable {
        package var key: FactKey
        package var rule: Policy.Rule
        package var statements: [Statement]
        package var issues: [Int]

        package init(key: FactKey, rule: Policy.Rule, statements: [Statement]) {
            self.key = key
            self.rule = rule
            self.statements = statements
            issues = Set(statements.flatMap(\.issues)).sorted()
        }

        /// The conflict without what is personal.
        var recorded: Entry.RecordedConflict { Entry.RecordedConflict(fact: String(key.base), issues: issues) }
    }

    /// A task that ended without a contribution.
    package struct Missing: Sendable, Hashable {
        package var task: UInt16
        package var type: TaskType
        package var required: Bool
        package var outcome: TaskOutcome
        package var reason: String
    }

    package var reference: CaseReference
    package var outcome: CaseOutcome
    package var issues: [Issue]
    /// In the order of the tasks.
    package var contributions: [Source]
    /// In the order of their keys.
    package var facts: [Fact]
    /// In the order of their keys.
    package var conflicts: [FindingConflict]
    /// In the order of the tasks.
    package var missing: [Missing]
    /// How many sentences are in no issue.
    package var unplaced: Int

    /// What waits for the case owner: conflicts, required tasks that are missing, issues without an outcome that no
    /// such task explains, and the unplaced sentences (one point).
    package var open: [OpenPoint]
    /// How much that is.
    package var openPoints: Int { open.count }

    /// The entry that makes this the record.
    package var event: Entry.Event {
        .reconciled(
            outcome: outcome, missing: missing.count,
            conflicts: conflicts.map(\.recorded),
            openPoints: openPoints, record: .record(self))
    }
}

/// The record as an entry has it: not yet written, or read back.
package enum RecordBody: Sendable, Hashable {
    case record(CaseRecord)
    case bytes([UInt8])

    /// Its JSON. Making it costs as much as reconciling: whoever writes the entry does it.
    package var bytes: [UInt8] {
        switch self {
        case .record(let record): record.jsonBytes
        case .bytes(let bytes): bytes
        }
    }

    package static func == (a: Self, b: Self) -> Bool { a.bytes == b.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension CaseRecord: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("reference", reference.description)
            writer.member("outcome", outcome.rawValue)
            writer.name("issues")
            writer.array(issues) { writer, issue in
                writer.object { writer in
                    writer.member("number", issue.number)
                    writer.member("department", issue.department.description)
                    writer.name("outcome")
                    if let outcome = issue.outcome { writer.value(outcome.rawValue) } else { writer.null() }
                    writer.name("reasons")
                    writer.array(issue.reasons) { writer, reason in
                        writer.object { writer in
                            writer.member("task", reason.task)
                            writer.member("text", reason.text)
                        }
                    }
                }
            }
            writer.name("contributions")
            writer.array(contributions) { writer, source in
                writer.object { writer in
                    writer.member("department", source.task.department.description)
                    writer.member("task", source.task.number)
                    writer.member("type", source.task.plan.type.description)
                    writer.member("attempt", source.task.counted ?? source.task.attempt)
                    writer.member("worker", source.task.worker ?? "")
                    if let declined = source.contribution.declined { writer.member("declined", declined) }
                    if !source.contribution.remedies.isEmpty { writer.member("remedies", source.contribution.remedies) }
                    if let words = source.contribution.words { writer.member("words", words) }
                    if !source.contribution.notChecked.isEmpty {
                        writer.member("notChecked", source.contribution.notChecked)
                    }
                }
            }
            writer.name("facts")
            writer.object { writer in
                for fact in facts {
                    writer.name(any: fact.key.description)
                    writer.object { writer in
                        writer.member("value", fact.value)
                        writer.member(
                            "source",
                            fact.settled.map { "settled by \($0.by)" }
                                ?? fact.sources.map(\.label).joined(separator: ", "))
                        writer.member("rule", fact.rule.rawValue)
                        writer.member("statements", fact.sources)
                        if let settled = fact.settled {
                            writer.name("settled")
                            writer.object { writer in
                                writer.member("by", settled.by)
                                writer.member("at", settled.at.description)
                                writer.member("reason", settled.settlement.reason)
                            }
                        }
                    }
                }
            }
            writer.name("conflicts")
            writer.array(conflicts) { writer, conflict in
                writer.object { writer in
                    writer.member("key", conflict.key.description)
                    writer.member("rule", conflict.rule.rawValue)
                    writer.name("issues")
                    writer.array(conflict.issues) { writer, issue in writer.value(issue) }
                    writer.member("statements", conflict.statements)
                }
            }
            writer.name("missing")
            writer.array(missing) { writer, missing in
                writer.object { writer in
                    writer.member("task", missing.task)
                    writer.member("type", missing.type.description)
                    writer.member("department", missing.type.department.description)
                    writer.member("required", missing.required)
                    writer.member("outcome", missing.outcome.rawValue)
                    writer.member("reason", missing.reason)
                }
            }
            writer.member("unplaced", unplaced)
            writer.member("openPoints", openPoints)
        }
    }
}

extension CaseRecord.Statement: JSONEncodable {
    /// Which contribution the statement is from, and where the department has it from.
    var label: String { "\(department) task \(task)" + (finding.source.map { ": \($0)" } ?? "") }

    package func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("task", task)
            writer.member("department", department.description)
            writer.member("value", finding.value)
            if let source = finding.source { writer.member("source", source) }
            if let at = finding.at { writer.member("at", at.description) }
            if let confidence = finding.confidence { writer.member("confidence", confidence) }
        }
    }
}
