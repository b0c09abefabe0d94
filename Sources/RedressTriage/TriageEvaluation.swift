package import RedressContract

/// How well splits find labelled issues, counted over many texts.
///
/// A labelled issue is found when at least half of its words lie in one issue given to its department.
package struct TriageEvaluation: Sendable, Equatable {
    /// An issue as a person labelled it.
    package struct Label: Sendable, Equatable {
        /// Whose it is.
        package var department: DepartmentName
        /// Where it stands, in characters of the text (Unicode scalars).
        package var characters: Range<Int>

        /// An issue of `department` at `characters`.
        package init(department: DepartmentName, characters: Range<Int>) {
            self.department = department
            self.characters = characters
        }
    }

    /// What is counted of a department's issues, or of all.
    package struct Count: Sendable, Equatable {
        /// How many issues are labelled.
        package var labelled = 0
        /// How many of them are found.
        package var found = 0

        /// The share of the labelled issues that are found; 1 where none is labelled.
        package var recall: Double { labelled == 0 ? 1 : Double(found) / Double(labelled) }

        static func += (count: inout Self, other: Self) {
            count.labelled += other.labelled
            count.found += other.found
        }
    }

    /// The counts of each department that was labelled or given an issue.
    package private(set) var departments: [DepartmentName: Count] = [:]
    /// How many texts were looked at.
    package private(set) var texts = 0
    /// How many departments the labels name, summed over the texts.
    package private(set) var labelledDepartments = 0
    /// How many departments the splits name, summed over the texts.
    package private(set) var foundDepartments = 0

    /// The counts of all departments together.
    package var total: Count { departments.values.reduce(into: Count()) { $0 += $1 } }

    /// An evaluation of nothing yet.
    package init() {}

    /// Counts `split` of `text` against what a person labelled there. Labels are cut to the text.
    package mutating func add(_ split: Split, of text: [UInt8], labels: [Label]) {
        texts += 1
        labelledDepartments += Set(labels.map(\.department)).count
        foundDepartments += Set(split.issues.map(\.department)).count
        let offsets = text.indices.filter { text[$0] & 0xC0 != 0x80 } + [text.count]
        let spans = labels.map { label in
            let start = offsets[min(max(label.characters.lowerBound, 0), offsets.count - 1)]
            return (
                department: label.department,
                range: start..<max(start, offsets[min(max(label.characters.upperBound, 0), offsets.count - 1)])
            )
        }
        for span in spans {
            let words = Self.words(of: text, in: span.range)
            let found = split.issues.contains { issue in
                guard issue.department == span.department, !words.isEmpty else { return false }
                return words.count { word in issue.ranges.contains { $0.contains(word) } } * 2 >= words.count
            }
            departments[span.department, default: Count()].labelled += 1
            if found { departments[span.department, default: Count()].found += 1 }
        }
    }

    /// Adds what `other` counted.
    package mutating func merge(_ other: Self) {
        departments.merge(other.departments) { $0 + $1 }
        texts += other.texts
        labelledDepartments += other.labelledDepartments
        foundDepartments += other.foundDepartments
    }

    /// The words of `text` that begin in `range`, cut to it; white space parts them.
    private static func words(of text: [UInt8], in range: Range<Int>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start = range.lowerBound
        for index in range.lowerBound...range.upperBound
        where index == range.upperBound || Letters.isSpace(text[index]) {
            if index > start { words.append(start..<index) }
            start = index + 1
        }
        return words
    }
}

extension TriageEvaluation.Count {
    fileprivate static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum += b
        return sum
    }
}
