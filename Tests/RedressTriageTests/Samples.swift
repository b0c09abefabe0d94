import RedressContract
import RedressTriage

/// A small shop's rules, and splits of texts by them in words.
enum Samples {
    static let billing = DepartmentName("billing")!
    static let logistics = DepartmentName("logistics")!
    static let technical = DepartmentName("technical")!

    static let rules = TriageRules(
        words: ["bad": ["bad, poor, terribl*", "worst"], "not": ["not, never, no, don't, doesn't, hasn't"]],
        particulars: [
            TriageRules.Particular(name: "order", masks: ["A-####", "@@-####"]),
            TriageRules.Particular(name: "invoice", masks: ["INV.####+"]),
        ],
        departments: [
            TriageRules.Department(
                name: billing,
                matters: [
                    TriageRules.Matter(name: "refunds", strong: ["refund*, money back"]),
                    TriageRules.Matter(
                        name: "charges", strong: ["charged .. (twice|too much)"], weak: ["price*, fee*"]),
                ],
                not: ["refund policy"]),
            TriageRules.Department(
                name: logistics,
                matters: [
                    TriageRules.Matter(name: "delivery", strong: ["<not> .. arriv*, late delivery", "wrong address"]),
                    TriageRules.Matter(name: "couriers", weak: ["courier*"]),
                    TriageRules.Matter(name: "packaging", weak: ["packag*, box*"]),
                ],
                not: ["box office"]),
            TriageRules.Department(
                name: technical,
                matters: [
                    TriageRules.Matter(
                        name: "faults", strong: ["battery .. (dead|drain*|hot)", "<not> .. work*, crash*"]),
                    TriageRules.Matter(name: "quality", weak: ["quality"]),
                ]),
        ],
        displeasure: ["<not> .. good", "<bad>, <not>, rude"],
        neutral: ["no problem*", "good quality, arrived on time", "good"],
        conjunctions: ["and, but, because"],
        openers: ["the, my, i, it"],
        continuations: ["it, they, this, still"])

    /// The split of `text`: each issue as `department: words | words`, then the unplaced sentences.
    static func split(_ text: String, rules: TriageRules = rules) throws -> [String] {
        let bytes = Array(text.utf8)
        let split = try Triage(rules: rules).split(bytes)
        func words(_ range: Range<Int>) -> String {
            String(decoding: bytes[range], as: UTF8.self).split(separator: " ").joined(separator: " ")
        }
        return split.issues.map { "\($0.department): \($0.ranges.map(words).joined(separator: " | "))" }
            + split.unplaced.map { "-: \(words($0))" }
    }

    /// The sentences of `text`, found by rules that claim nothing.
    static func sentences(_ text: String) throws -> [String] {
        let rules = TriageRules(
            particulars: rules.particulars, departments: [TriageRules.Department(name: billing)])
        return try split(text, rules: rules).map { String($0.dropFirst(3)) }
    }

    /// Whether the one phrase `cue` is found in `text`.
    static func finds(_ cue: String, in text: String) throws -> Bool {
        let rules = TriageRules(
            words: ["bad": ["bad, terribl*"]], departments: [department(billing, saying: cue)],
            conjunctions: ["and"])
        return try !Triage(rules: rules).split(Array(text.utf8)).issues.isEmpty
    }

    /// A department that one cue alone points to.
    static func department(_ name: DepartmentName, saying cue: String) -> TriageRules.Department {
        TriageRules.Department(name: name, matters: [TriageRules.Matter(name: "matter", strong: [cue])])
    }
}
