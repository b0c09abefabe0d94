import RedressContract

/// Something that is known of tasks, one of each, counted by department.
struct Tally<Element: Sendable & OfDepartment>: Sendable {
    private(set) var byTask: [TaskID: Element] = [:]
    private var counts: [DepartmentName: Int] = [:]

    /// What is known of `task`.
    subscript(task: TaskID) -> Element? {
        get { byTask[task] }
        set {
            let old = byTask[task]
            byTask[task] = newValue
            guard old?.department != newValue?.department else { return }
            if let department = old?.department { counts[department, default: 0] -= 1 }
            if let department = newValue?.department { counts[department, default: 0] += 1 }
        }
    }

    /// Takes out what is known of `task`.
    mutating func removeValue(forKey task: TaskID) -> Element? {
        let old = byTask[task]
        self[task] = nil
        return old
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
