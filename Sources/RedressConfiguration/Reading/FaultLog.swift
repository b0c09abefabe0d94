/// Where the readers of one configuration write down what they find wrong, so that they can go on reading.
final class FaultLog {
    /// The faults, in the order found.
    private(set) var faults: [ConfigurationError.Fault] = []

    /// The faults, file by file and by line.
    var sorted: [ConfigurationError.Fault] { faults.sorted { ($0.file, $0.line ?? 0) < ($1.file, $1.line ?? 0) } }

    /// Writes down a fault.
    func add(_ fault: ConfigurationError.Fault) { faults.append(fault) }
}
