/// What is to happen, in the order of its times; of what comes at the same time, the first that was put in is first.
struct Agenda<Happening> {
    /// The next one last.
    private var entries: [(at: Duration, happening: Happening)] = []

    /// When something happens next.
    var next: Duration? { entries.last?.at }

    /// Puts in what happens `at` a time.
    mutating func add(_ at: Duration, _ happening: Happening) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].at > at { low = middle + 1 } else { high = middle }
        }
        entries.insert((at, happening), at: low)
    }

    /// Takes out what happens next.
    mutating func popNext() -> Happening? { entries.popLast()?.happening }
}
