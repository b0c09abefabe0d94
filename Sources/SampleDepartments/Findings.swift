internal import RedressContract

/// What a department finds on one order, and on several together.
struct Findings {
    /// Of several orders: upheld or not if all are, else in part.
    var outcome: Outcome?
    var reasons: [String] = []
    var findings: [Finding] = []
    var remedies: [Contribution.ProposedRemedy] = []
    var words: [String] = []
    var notChecked: [String] = []

    /// States a fact about `order`, true on the day `at`; where the task is about several, the order is the fact's subject.
    mutating func state(
        _ fact: Fact, _ value: FactValue, of order: String, among count: Int, source: String, at: String? = nil
    ) {
        guard let key = fact.key(about: count > 1 ? order : nil) else { return }
        findings.append(Finding(key, value, source: source, at: at.flatMap { Timestamp($0) }))
    }

    /// Adds what was found on another order.
    mutating func add(_ other: Findings) {
        outcome = outcome == nil || outcome == other.outcome ? other.outcome : .partlyUpheld
        reasons += other.reasons
        findings += other.findings
        remedies += other.remedies
        words += other.words
    }
}
