import RedressContract
import RedressTriage

extension TriageRules {
    /// How many lines of cues one list may have.
    private static let linesAtMost = 4096

    /// The rules that `triage.yaml` holds. Whatever is wrong is in the log, and left out here.
    init(reading file: YAMLValue, _ vocabulary: Vocabulary) {
        self.init(departments: [])
        _ = file.fields { fields -> Void? in
            for (key, lines) in fields["words"]?.members ?? [] {
                if let name = key.text { words[name] = Self.lines(lines) }
            }
            for (key, masks) in fields["particulars"]?.members ?? [] {
                if let name = key.text { particulars.append(Particular(name: name, masks: Self.lines(masks))) }
            }
            departments =
                fields.required("departments")?.list(1...256, distinctBy: "name") {
                    Department(reading: $0, vocabulary)
                } ?? []
            displeasure = Self.lines(fields["displeasure"])
            neutral = Self.lines(fields["neutral"])
            conjunctions = Self.lines(fields["conjunctions"])
            openers = Self.lines(fields["openers"])
            continuations = Self.lines(fields["continuations"])
            return ()
        }
    }

    /// Puts down what keeps these rules of `file` from being compiled.
    func check(in file: YAMLValue) {
        do {
            _ = try Triage(rules: self)
        } catch {
            var place = file
            for step in error.path {
                switch step {
                case .key(let key): place = place[key] ?? place
                case .index(let index): place = place[index] ?? place
                }
            }
            let entry = error.entry.isEmpty ? "" : ": \(error.entry.quoted)"
            place.fault(.triage, error.sentence + entry, "the head of the shipped file describes what cues look like")
        }
    }

    fileprivate static func lines(_ value: YAMLValue?) -> [String] {
        (value?.list(0...linesAtMost) ?? []).compactMap(\.text)
    }
}

extension TriageRules.Department {
    fileprivate init?(reading value: YAMLValue, _ vocabulary: Vocabulary) {
        let department = value.fields { fields -> Self? in
            let value = fields.required("name")
            let name = value?.department(of: vocabulary)
            let matters = (fields["matters"]?.list(0...256) ?? []).compactMap { TriageRules.Matter(reading: $0) }
            let not = TriageRules.lines(fields["not"])
            guard let name else { return nil }
            if let answered = vocabulary.answered, !answered.contains(name.description) {
                value?.fault(
                    .unused, "nothing answers the issues of \(name.description.quoted)",
                    "add a task of it to playbooks.yaml, or one with it as issues-of")
            }
            return Self(name: name, matters: matters, not: not)
        }
        guard let department else { return nil }
        self = department
    }
}

extension TriageRules.Matter {
    fileprivate init?(reading value: YAMLValue) {
        let matter = value.fields { fields -> Self? in
            let name = fields.required("name")?.text
            let strong = TriageRules.lines(fields["strong"])
            let weak = TriageRules.lines(fields["weak"])
            return name.map { Self(name: $0, strong: strong, weak: weak) }
        }
        guard let matter else { return nil }
        self = matter
    }
}
