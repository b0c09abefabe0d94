import RedressContract
import RedressTriage

/// Where words are triaged, one batch after the other, beside the coordinator's thread: on several threads at once they
/// would wait for each other's counts of references to the same rules, and be slower.
actor TriageRoom {
    private let triage: Triage

    init(_ triage: Triage) { self.triage = triage }

    func split(_ batch: [(CaseReference, [UInt8])]) -> [(CaseReference, Split)] {
        batch.map { ($0.0, triage.split($0.1)) }
    }
}
