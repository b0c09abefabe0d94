import RedressContract

extension YAMLValue {
    /// The department's name that the value is.
    var departmentName: DepartmentName? {
        parse(as: "a lower-case letter, then letters, digits or hyphens, 32 at most") { DepartmentName($0) }
    }

    /// The name that the value is, of a department that `vocabulary` has.
    func department(of vocabulary: Vocabulary) -> DepartmentName? {
        name(of: "department", among: vocabulary.departments).flatMap { DepartmentName($0) }
    }
}
