import RedressContract

/// Turning contributions into the one record: a pure function of the plan, the contributions, what people settled, and the
/// policy, the same in any order of arrival, with duplicates, and after replay.
package struct Reconciliation: Sendable {
    private let `case`: Case
    private let policy: Policy

    /// The reconciliation of `case` by `policy`.
    package init(_ case: Case, by policy: Policy) {
        self.case = `case`
        self.policy = policy
    }

    /// The record as it stands.
    package func record() -> CaseRecord {
        let contributions = self.case.tasks.compactMap { task in
            task.contributionKept.map { CaseRecord.Source(task: task, contribution: $0) }
        }
        let (facts, conflicts) = reconcileFacts(contributions)
        let issues = reconcileIssues(contributions, heldUp: Set(conflicts.flatMap(\.issues)))
        return CaseRecord(
            reference: self.case.reference, outcome: Self.outcome(of: issues), issues: issues,
            contributions: contributions,
            facts: facts, conflicts: conflicts,
            missing: self.case.tasks.compactMap { task in
                guard !task.isOwners, let outcome = task.outcome, outcome != .contributed else { return nil }
                return CaseRecord.Missing(
                    task: task.number, type: task.plan.type, required: task.plan.required, outcome: outcome,
                    reason: task.contributionKept?.declined ?? task.reasons)
            },
            unplaced: self.case.split?.unplaced.count ?? 0, open: self.case.open(conflicts.map(\.recorded)))
    }

    /// The outcome of each issue: what its tasks say; "cannot say" gives way to those who can, and where they differ the
    /// issue is partly upheld. One that a conflict holds up has none until a person has settled that.
    private func reconcileIssues(_ contributions: [CaseRecord.Source], heldUp: Set<Int>) -> [CaseRecord.Issue] {
        (self.case.split?.issues ?? []).enumerated().map { index, issue in
            let number = index + 1
            var outcomes: [Outcome] = []
            var reasons: [CaseRecord.Reason] = []
            // By index: a source is not copied to look at its answers.
            for source in contributions.indices {
                for answer in contributions[source].contribution.answers where answer.issue == number {
                    if !outcomes.contains(answer.outcome) { outcomes.append(answer.outcome) }
                    for text in answer.reasons {
                        reasons.append(CaseRecord.Reason(task: contributions[source].task.number, text: text))
                    }
                }
            }
            if outcomes.count > 1 { outcomes.removeAll { $0 == .cannotSay } }
            return CaseRecord.Issue(
                number: number, department: issue.department,
                outcome: heldUp.contains(number) ? nil : outcomes.count > 1 ? .partlyUpheld : outcomes.first,
                reasons: reasons)
        }
    }

    private static func outcome(of issues: [CaseRecord.Issue]) -> CaseOutcome {
        let decided = issues.compactMap(\.outcome).filter { $0 != .cannotSay }
        guard !decided.isEmpty, decided.count == issues.count else { return .undecided }
        if decided.allSatisfy({ $0 == .upheld }) { return .upheld }
        return decided.allSatisfy { $0 == .notUpheld } ? .notUpheld : .partlyUpheld
    }

    private func reconcileFacts(_ contributions: [CaseRecord.Source]) -> (
        [CaseRecord.Fact], [CaseRecord.FindingConflict]
    ) {
        var statements: [CaseRecord.Statement] = []
        // By index here too.
        for source in contributions.indices {
            let task = contributions[source].task
            for finding in contributions[source].contribution.findings {
                let issues = finding.issues.isEmpty ? task.plan.issues : finding.issues
                statements.append(
                    CaseRecord.Statement(
                        task: task.number, department: task.department, issues: issues, finding: finding))
            }
        }
        statements.sort { a, b in
            a.finding.key == b.finding.key ? a.order < b.order : a.finding.key < b.finding.key
        }
        var facts: [CaseRecord.Fact] = []
        var conflicts: [CaseRecord.FindingConflict] = []
        var rest = statements[...]
        while let key = rest.first?.finding.key {
            let stated = Array(rest.prefix { $0.finding.key == key })
            rest = rest.dropFirst(stated.count)
            guard let rule = policy.fact(key) else { continue }
            let settled = self.case.settlements.last { $0.settlement.key == key }
            if var fact = rule.settle(key, stated) {
                // Whether departments came to say something else since cannot be told any more.
                if fact.value == .erased { fact.settled = settled }
                facts.append(fact)
            } else if let settled, settled.settlement.settles(stated) {
                facts.append(
                    CaseRecord.Fact(
                        key: key, value: settled.settlement.value, sources: stated, rule: rule.rule, settled: settled))
            } else {
                conflicts.append(CaseRecord.FindingConflict(key: key, rule: rule.rule, statements: stated))
            }
        }
        return (facts, conflicts)
    }
}

extension Policy.FactRule {
    /// The fact that `statements` (at least one, in a fixed order) come to, or nil where the rule cannot settle them.
    func settle(_ key: FactKey, _ statements: [CaseRecord.Statement]) -> CaseRecord.Fact? {
        func fact(_ value: FactValue, from sources: [CaseRecord.Statement]) -> CaseRecord.Fact {
            CaseRecord.Fact(key: key, value: value, sources: sources, rule: rule)
        }
        // An erased value says nothing any more about whether it agreed with the others.
        if statements.contains(where: { $0.finding.value == .erased }) { return fact(.erased, from: statements) }
        switch rule {
        case .owner, .agree, .latest, .earliest:
            // Nearly every fact is stated once.
            if statements.count == 1 { return fact(statements[0].finding.value, from: statements) }
        case .min, .max, .sum, .union, .person: break
        }
        switch rule {
        case .owner:
            let ranked = statements.map { (owners.firstIndex(of: $0.department) ?? owners.count, $0) }
            let best = ranked.map(\.0).min()
            return agreed(ranked.filter { $0.0 == best }.map(\.1)).map { fact($0.0, from: $0.1) }
        case .agree:
            return agreed(statements).map { fact($0.0, from: $0.1) }
        case .latest, .earliest:
            let times = statements.compactMap(\.finding.at)
            let chosen = rule == .latest ? times.max() : times.min()
            return agreed(statements.filter { $0.finding.at == chosen }).map { fact($0.0, from: $0.1) }
        case .min, .max:
            guard let order = Self.order(statements) else { return nil }
            guard let chosen = rule == .min ? order.first : order.last else { return nil }
            return agreed(statements.filter { $0.finding.value == chosen.finding.value }).map { fact($0.0, from: $0.1) }
        case .sum:
            return Self.sum(statements).map { fact($0, from: statements) }
        case .union:
            var words: Set<String> = []
            for statement in statements {
                switch statement.finding.value {
                case .words(let more): words.formUnion(more)
                case .text(let word): words.insert(word)
                default: return nil
                }
            }
            return fact(.words(words.sorted()), from: statements)
        case .person:
            return nil
        }
    }

    /// The one value that all of `statements` have.
    private func agreed(_ statements: [CaseRecord.Statement]) -> (FactValue, [CaseRecord.Statement])? {
        guard let first = statements.first, statements.allSatisfy({ $0.finding.value == first.finding.value }) else {
            return nil
        }
        return (first.finding.value, statements)
    }

    /// The statements in ascending order of their numbers, or of their amounts where all are of one currency.
    private static func order(_ statements: [CaseRecord.Statement]) -> [CaseRecord.Statement]? {
        var quantities: [(ExactNumber, CaseRecord.Statement)] = []
        var units: Set<String> = []
        for statement in statements {
            guard let (number, unit) = statement.finding.value.quantity else { return nil }
            units.insert(unit)
            quantities.append((number, statement))
        }
        return units.count == 1 ? quantities.sorted { $0.0 < $1.0 }.map(\.1) : nil
    }

    private static func sum(_ statements: [CaseRecord.Statement]) -> FactValue? {
        var total = ExactNumber(0)
        var units: Set<String> = []
        for statement in statements {
            guard let (number, unit) = statement.finding.value.quantity, let sum = total.adding(number) else {
                return nil
            }
            units.insert(unit)
            total = sum
        }
        guard units.count == 1, let unit = units.first else { return nil }
        return unit.isEmpty ? .number(total) : Money(amount: total, currency: unit).map { .money($0) }
    }
}

extension FactValue {
    /// The number and its unit: a currency, or nothing.
    fileprivate var quantity: (ExactNumber, String)? {
        switch self {
        case .number(let number): (number, "")
        case .money(let money): (money.amount, money.currency)
        default: nil
        }
    }
}
