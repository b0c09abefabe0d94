package import RedressContract

/// One attempt of a task, as the wire names it.
package struct TaskAttempt: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The task.
    package let task: TaskID
    /// The attempt, from 1; never used twice for a task.
    package let number: UInt32

    /// Attempt `number` of `task`.
    package init(_ task: TaskID, _ number: UInt32) {
        self.task = task
        self.number = number
    }

    package static func < (a: Self, b: Self) -> Bool { (a.task, a.number) < (b.task, b.number) }

    /// As that of ``RedressContract/TaskID``.
    package func _rawHashValue(seed: Int) -> Int { task.hash(seed: seed, with: number) }

    package var description: String { "\(task), attempt \(number)" }
}
