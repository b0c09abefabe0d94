import RedressContract

/// Something that is known of tasks, one of each, counted by department.
struct Tally<Element: Sendable & OfDepartment>: Sendable {
    private(set) var byTask: [TaskID: Element] = [:]
    private var counts: [DepartmentName: Int] = [:]

    /// What is known of `task`.
    subscript(task: TaskID) -> Element? {
        get { byTask[task] }
        set {
            let old = newValue.map { byTask.updateValue($0, forKey: task) } ?? byTask.removeValue(forKey: task)
            count(from: old?.department, to: newValue?.department)
        }
    }

    /// Takes out what is known of `task`.
    mutating func removeValue(forKey task: TaskID) -> Element? {
        let old = byTask.removeValue(forKey: task)
        count(from: old?.department, to: nil)
        return old
    }

    private mutating func count(from old: DepartmentName?, to new: DepartmentName?) {
        guard old != new else { return }
        if let old { counts[old, default: 0] -= 1 }
        if let new { counts[new, default: 0] += 1 }
    }

    /// How many are of `department`.
    func count(of department: DepartmentName) -> Int { counts[department, default: 0] }

    /// Whether there are none.
    var isEmpty: Bool { byTask.isEmpty }
}

/// Something of a department's task.
protocol OfDepartment {
    /// The department.
    var department: DepartmentName { get }
}
