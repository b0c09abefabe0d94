import RedressContract

extension Case {
    /// The tasks behind `number` that have gone on without what it may yet say, and those behind them: when it begins
    /// anew, they do too. What a person has cancelled stays so.
    package func branch(behind number: UInt16) -> [UInt16] {
        var branch: Set<UInt16> = []
        var unseen: [UInt16] = [number]
        while let before = unseen.popLast() {
            for task in tasks
            where !task.isOwners && task.state != .blocked && task.outcome != .cancelled && task.number != number
                && task.plan.after.contains(before) && branch.insert(task.number).inserted
            {
                unseen.append(task.number)
            }
        }
        return branch.sorted()
    }
}
