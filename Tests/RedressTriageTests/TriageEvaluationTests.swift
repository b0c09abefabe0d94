import RedressContract
import RedressTriage
import Testing

@Suite struct TriageEvaluationTests {
    private let text = Array("é one two three four".utf8)
    private let split = Split(
        issues: [Split.Issue(department: Samples.billing, ranges: [3..<6, 7..<10])], unplaced: [0..<2, 11..<21],
        sentences: 2)

    private func evaluation(_ department: DepartmentName, _ characters: Range<Int>) -> TriageEvaluation {
        var evaluation = TriageEvaluation()
        evaluation.add(
            split, of: text, labels: [TriageEvaluation.Label(department: department, characters: characters)])
        return evaluation
    }

    @Test func `An issue is found when half of its words are with its department`() {
        #expect(evaluation(Samples.billing, 2..<9).total.found == 1)
        #expect(evaluation(Samples.billing, 2..<20).total.found == 1)
        #expect(evaluation(Samples.billing, 0..<20).total.found == 0)
        #expect(evaluation(Samples.technical, 2..<9).total.found == 0)
        #expect(evaluation(Samples.billing, 5..<5).total.found == 0)
    }

    @Test func `Labels beyond the text are cut to it`() {
        #expect(evaluation(Samples.billing, -5..<400).total.labelled == 1)
        #expect(evaluation(Samples.billing, 300..<400).total.found == 0)
    }

    @Test func `Evaluations of many texts add up by department`() {
        var all = evaluation(Samples.billing, 2..<9)
        all.merge(evaluation(Samples.technical, 2..<9))
        all.merge(TriageEvaluation())
        #expect(all.texts == 2)
        #expect(all.labelledDepartments == 2)
        #expect(all.foundDepartments == 2)
        #expect(all.departments[Samples.billing]?.recall == 1)
        #expect(all.departments[Samples.technical]?.recall == 0)
        #expect(all.total.recall == 0.5)
        #expect(all.total.labelled == 2)
        #expect(TriageEvaluation().total.recall == 1)
    }
}
