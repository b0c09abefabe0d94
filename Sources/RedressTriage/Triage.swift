package import RedressContract

/// Breaks a complaint's words into its issues: words in, a ``RedressContract/Split`` out.
///
/// <doc:RedressTriage> tells how. The same text and rules give the same split; the time grows with the length of the
/// text alone, whatever is in it.
package struct Triage: Sendable {
    private let cues: Cues
    private let masks: Masks
    private let departments: [DepartmentName]
    private let particulars: [String]

    /// A triage that goes by `rules`.
    package init(rules: TriageRules) throws(TriageError) {
        guard !rules.departments.isEmpty else { throw TriageError(.noDepartment, at: [.key("departments")]) }
        for (index, department) in rules.departments.enumerated()
        where rules.departments[..<index].contains(where: { $0.name == department.name }) {
            let path = [TriageError.Step.key("departments"), .index(index), .key("name")]
            throw TriageError(.duplicateName, at: path, entry: department.name.description)
        }
        cues = try Cues(rules)
        masks = try Masks(rules.particulars)
        departments = rules.departments.map(\.name)
        particulars = rules.particulars.map(\.name)
    }

    /// The issues, the unplaced sentences and the particulars of `text`, which may be any bytes.
    package func split(_ text: [UInt8]) -> Split {
        let reading = Reader.read(text, cues: cues, masks: masks)
        var claims = Claims(cues: cues, departments: departments.count)
        var ledger = IssueLedger(matters: cues.matters)
        var seams = 0
        var finds = 0
        for sentence in reading.sentences {
            let verdict = claims.judge(
                sentence.range, seams: reading.seams[seams..<sentence.seams],
                finds: reading.finds[finds..<sentence.finds])
            seams = sentence.seams
            finds = sentence.finds
            switch verdict {
            case .claimed(let pieces): for piece in pieces { ledger.add(piece) }
            case .unclaimed(let isDispleased):
                ledger.add(unclaimed: sentence.range, isContext: sentence.continues || isDispleased)
            }
        }
        return Split(
            issues: ledger.issues.map { Split.Issue(department: departments[$0.department], ranges: $0.ranges) },
            unplaced: ledger.unplaced,
            particulars: reading.particulars.map {
                Split.Particular(name: particulars[$0.particular], range: $0.range)
            },
            sentences: reading.sentences.count)
    }
}
