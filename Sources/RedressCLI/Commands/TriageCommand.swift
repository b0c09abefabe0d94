import ArgumentParser
import Foundation
import RedressCase
import RedressConfiguration
import RedressContract
import RedressTriage

struct TriageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triage",
        abstract: "Prints how complaints would be split; tells coverage and, with labels, issue recall.",
        discussion: """
            FILE has one JSON object with "text" on each line; with labels also "issues": [{"department", "start", "end"}],
            in characters of the text. A line of issues and unplaced sentences is printed for each, and a last one with the
            coverage (the share of words that are in an issue or listed as unplaced; 1 is right) and the issue recall (the
            share of labelled issues of which at least half the words lie in an excerpt given to the right department).
            """)

    @Argument(help: "A file of JSON lines; - for standard input.")
    var file: String
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var format: FormatOption

    func run() throws {
        let triage = try Triage(rules: configuration.read().triage)
        let data = try InputFile.read(file)
        var evaluation = TriageEvaluation()
        var coverage = 1.0
        var count = 0
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy(Self.blanks.contains) {
            let sample: Sample
            do {
                sample = try Sample(Array(line))
            } catch {
                throw Failure("\(file):\(index + 1): \(error). Expected a JSON object with \"text\" on each line.")
            }
            let split = triage.split(sample.text)
            coverage = min(coverage, split.coverage(of: sample.text))
            evaluation.add(split, of: sample.text, labels: sample.labels)
            count += 1
            present(split, sample, index + 1)
        }
        summarise(evaluation, coverage, count)
    }

    private static let blanks = Array(" \t\r".utf8)

    private func present(_ split: Split, _ sample: Sample, _ number: Int) {
        func words(_ range: Range<Int>) -> String { String(decoding: sample.text[range], as: UTF8.self) }
        let issues = split.issues.enumerated().map {
            (department: $1.department, excerpt: split.excerpt($0 + 1, words))
        }
        switch format.format {
        case .json:
            Output.json([
                "issues": .array(
                    issues.map { ["department": .string($0.department.description), "excerpt": .string($0.excerpt)] }),
                "unplaced": .array(split.unplaced.map { .string(words($0)) }),
            ])
        case .text:
            print("\(number)")
            for issue in issues {
                print(
                    Output.wrapped(
                        "“\(issue.excerpt)”", indent: "               ",
                        first: "  " + Output.column("\(issue.department)", 12)), terminator: "")
            }
            for range in split.unplaced {
                print(
                    Output.wrapped(
                        "“\(words(range))”", indent: "               ", first: "  " + Output.column("(unplaced)", 12)),
                    terminator: "")
            }
        }
    }

    private func summarise(_ evaluation: TriageEvaluation, _ coverage: Double, _ count: Int) {
        func exact(_ value: Double) -> JSON {
            .number(ExactNumber(significand: Int128((value * 10_000).rounded()), exponent: -4))
        }
        let isLabelled = evaluation.total.labelled > 0
        switch format.format {
        case .json:
            var members: [JSON.Member] = [
                .init("texts", .number(ExactNumber(count))), .init("coverage", exact(coverage)),
            ]
            if isLabelled {
                members.append(.init("issueRecall", exact(evaluation.total.recall)))
                members.append(
                    .init(
                        "issueRecallByDepartment",
                        .object(
                            evaluation.departments.sorted { $0.key < $1.key }.map {
                                .init($0.key.description, exact($0.value.recall))
                            })))
            }
            Output.json(.object(members))
        case .text:
            print("\(count, of: "text"); coverage \(exact(coverage).asText)")
            guard isLabelled else { return }
            print("issue recall \(exact(evaluation.total.recall).asText)")
            for (department, found) in evaluation.departments.sorted(by: { $0.key < $1.key }) {
                print(
                    "  " + Output.column("\(department)", 12)
                        + "\(exact(found.recall).asText)  (\(found.found) of \(found.labelled))")
            }
        }
    }

    /// A line of the file.
    private struct Sample {
        var text: [UInt8]
        var labels: [TriageEvaluation.Label] = []

        init(_ line: [UInt8]) throws(JSONError) {
            let fields = try JSONFields(try JSON(parsing: line))
            text = Array(try fields.string("text").utf8)
            for issue in try fields.objects("issues") {
                let start = try issue.integer("start", as: Int.self)
                let end = try issue.integer("end", as: Int.self)
                guard start >= 0, start <= end else { throw issue.fault("end", "lies before the start") }
                labels.append(
                    TriageEvaluation.Label(
                        department: try issue.parse("department", as: "a department", { DepartmentName($0) }),
                        characters: start..<end))
            }
        }
    }
}
