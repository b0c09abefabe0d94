/// The rules, compiled: a ``Lexicon`` that names the class of a word, and for each class the steps of cues that it
/// takes.
struct Cues: Sendable {
    /// What a cue says where it is found.
    enum Meaning: Sendable, Equatable {
        /// It claims its clause for the department at this place of the list.
        case strong(Int)
        /// It claims its clause for this department if the clause is displeased.
        case weak(Int)
        /// It voids the cues of this department within it.
        case not(Int)
        /// Something is wrong.
        case displeasure
        /// It voids every cue within it.
        case neutral
    }

    /// A phrase, compiled.
    struct Cue: Sendable {
        /// What it says.
        var meaning: Meaning
        /// How many words it has.
        var words: Int
        /// The matter that it names, if it names one.
        var matter: Int
    }

    /// One step of a cue.
    struct Step: Sendable {
        /// The cue, by its place.
        var cue: Int
        /// Whether it is the first of its cue, and the last.
        var isFirst = false
        var isLast = false
        /// How many words further the next step may be, at most.
        var reach = 1
    }

    /// What a word does to the clauses around it.
    struct Role: OptionSet, Sendable {
        let rawValue: UInt8
        static let conjunction = Role(rawValue: 1)
        static let opener = Role(rawValue: 2)
        static let continuation = Role(rawValue: 4)
    }

    /// The words of all cues.
    private(set) var lexicon = Lexicon([])
    /// The cues.
    private(set) var cues: [Cue] = []
    /// How many matters they name.
    private(set) var matters = 0
    /// All steps; the steps of one cue stand in a row.
    private(set) var steps: [Step] = []
    /// The steps that words take, by class.
    private(set) var stepsTaken: [Int] = []
    /// Of a word of each class, which of them it takes, the later ones first.
    private(set) var stepsOfClass: [Range<Int>] = []
    /// What a word of each class does to clauses.
    private(set) var roles: [Role] = []

    private var numbers: [Phrase.Word: Int] = [:]
    private var words: [Phrase.Word] = []
    private var stepsOfWord: [[Int]] = []
    private var rolesOfWord: [Role] = []

    /// The cues of `rules`.
    init(_ rules: TriageRules) throws(TriageError) {
        var sets: [String: [Phrase.Word]] = [:]
        for (name, lines) in rules.words.sorted(by: { $0.key < $1.key }) {
            for (index, line) in lines.enumerated() {
                let path = [TriageError.Step.key("words"), .key(name), .index(index)]
                sets[name, default: []] += try Phrase.words(line, sets: [:], at: path)
            }
        }
        for (index, department) in rules.departments.enumerated() {
            let path = [TriageError.Step.key("departments"), .index(index)]
            for (place, matter) in department.matters.enumerated() {
                let path = path + [.key("matters"), .index(place)]
                try add(matter.strong, .strong(index), sets, at: path + [.key("strong")])
                try add(matter.weak, .weak(index), sets, at: path + [.key("weak")])
                matters += 1
            }
            try add(department.not, .not(index), sets, at: path + [.key("not")])
        }
        try add(rules.displeasure, .displeasure, sets, at: [.key("displeasure")])
        try add(rules.neutral, .neutral, sets, at: [.key("neutral")])
        try add(rules.conjunctions, .conjunction, sets, at: [.key("conjunctions")])
        try add(rules.openers, .opener, sets, at: [.key("openers")])
        try add(rules.continuations, .continuation, sets, at: [.key("continuations")])
        lexicon = Lexicon(words)
        for words in lexicon.classes {
            let start = stepsTaken.count
            stepsTaken += Set(words.flatMap { stepsOfWord[$0] }).sorted(by: >)
            stepsOfClass.append(start..<stepsTaken.count)
        }
        roles = lexicon.classes.map { $0.reduce(into: []) { $0.formUnion(rolesOfWord[$1]) } }
    }

    private mutating func add(
        _ lines: [String], _ meaning: Meaning, _ sets: [String: [Phrase.Word]], at path: [TriageError.Step]
    ) throws(TriageError) {
        for (index, line) in lines.enumerated() {
            for phrase in try Phrase.line(line, sets: sets, at: path + [.index(index)]) {
                for (place, step) in phrase.steps.enumerated() {
                    for word in step.words { stepsOfWord[number(of: word)].append(steps.count) }
                    steps.append(
                        Step(
                            cue: cues.count, isFirst: place == 0, isLast: place == phrase.steps.count - 1,
                            reach: step.gapAfter ? Phrase.gap + 1 : 1))
                }
                cues.append(Cue(meaning: meaning, words: phrase.steps.count, matter: matters))
            }
        }
    }

    private mutating func add(
        _ lines: [String], _ role: Role, _ sets: [String: [Phrase.Word]], at path: [TriageError.Step]
    ) throws(TriageError) {
        for (index, line) in lines.enumerated() {
            for word in try Phrase.words(line, sets: sets, at: path + [.index(index)]) {
                rolesOfWord[number(of: word)].formUnion(role)
            }
        }
    }

    private mutating func number(of word: Phrase.Word) -> Int {
        if let number = numbers[word] { return number }
        numbers[word] = words.count
        words.append(word)
        stepsOfWord.append([])
        rolesOfWord.append([])
        return words.count - 1
    }
}
