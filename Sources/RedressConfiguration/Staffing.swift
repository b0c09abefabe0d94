package import RedressContract

extension Configuration {
    /// Who does the tasks of a department that is started along with the coordinator.
    package struct Staffing: Sendable, Hashable {
        /// What does a task.
        package enum Program: Sendable, Hashable {
            /// The sample department of the department's name, which Redress brings along.
            case sample
            /// A program and its arguments, started for each task. A program called `redress` is the running executable.
            case exec([String])
        }

        /// The department.
        package var department: DepartmentName
        /// How many worker processes there are.
        package var workers: Int
        /// How many tasks one of them does at once.
        package var concurrency: Int
        /// The contracts of `program`; empty for all of the department's.
        package var contracts: [Contract]
        /// What does them.
        package var program: Program

        /// A department of `workers` processes.
        package init(
            department: DepartmentName, workers: Int = 1, concurrency: Int = 8, contracts: [Contract] = [],
            program: Program
        ) {
            self.department = department
            self.workers = workers
            self.concurrency = concurrency
            self.contracts = contracts
            self.program = program
        }
    }
}
