internal import RedressContract

/// What a department finds on the issues of a task, order by order. What two issues call for alike is stated and proposed
/// once.
struct Findings {
    private(set) var answers: [Contribution.Answer] = []
    private(set) var findings: [Finding] = []
    private(set) var remedies: [Contribution.ProposedRemedy] = []
    private(set) var words: [String] = []
    private(set) var notChecked: [String] = []
    /// The issue and the order that are looked at.
    private var issue = 0
    private var order = ""

    /// Looks at `issue`, about `order` where one is known.
    mutating func look(at issue: Int, _ order: String = "") { (self.issue, self.order) = (issue, order) }

    /// Answers the issue as far as the order goes. Of several orders: what can be said goes before what cannot, and where
    /// they differ the issue is partly upheld.
    mutating func answer(_ outcome: Outcome, _ reason: String) {
        guard let known = answers.lastIndex(where: { $0.issue == issue }) else {
            return answers.append(Contribution.Answer(issue: issue, outcome, reasons: [reason]))
        }
        answers[known].reasons.append(reason)
        if answers[known].outcome == .cannotSay {
            answers[known].outcome = outcome
        } else if outcome != .cannotSay, outcome != answers[known].outcome {
            answers[known].outcome = .partlyUpheld
        }
    }

    /// States a fact about the order, true on the day `at`.
    mutating func state(_ fact: Fact, _ value: FactValue?, source: String, at: String? = nil) {
        guard let value, let key = fact.key(about: order) else { return }
        if let known = findings.firstIndex(where: { $0.key == key }) {
            if !findings[known].issues.contains(issue) { findings[known].issues.append(issue) }
        } else {
            findings.append(
                Finding(key, value, issues: [issue], source: source, at: at.flatMap { Timestamp($0) }))
        }
    }

    /// Proposes a remedy for the issue; `note` names what it is about.
    mutating func propose(_ kind: RemedyKind, _ amount: Money? = nil, note: String) {
        guard !remedies.contains(where: { $0.kind == kind && $0.note == note }) else { return }
        remedies.append(Contribution.ProposedRemedy(kind, issue: issue, amount: amount, note: note))
    }

    /// Adds a sentence for the customer.
    mutating func tell(_ sentence: String) {
        if !words.contains(sentence) { words.append(sentence) }
    }

    /// Adds what was not checked.
    mutating func leave(_ sentence: String) {
        if !notChecked.contains(sentence) { notChecked.append(sentence) }
    }

    var contribution: Contribution {
        Contribution(
            answers: answers, findings: findings, remedies: remedies,
            words: words.isEmpty ? nil : words.joined(separator: " "), notChecked: notChecked)
    }
}
