package import RedressCase
package import RedressContract

/// The cases in memory, by reference.
package struct Cases: Sendable, Sequence {
    private var files: [CaseReference: Case] = [:]

    /// The case; nil where it is not in memory.
    package subscript(reference: CaseReference) -> Case? {
        get { files[reference] }
        set { files[reference] = newValue }
    }

    /// A task of a case in memory.
    package func task(_ id: TaskID) -> CaseTask? { files[id.reference]?.task(id.number) }

    package func contains(_ reference: CaseReference) -> Bool { files[reference] != nil }

    /// What came of an event.
    struct Folded {
        var entry: Entry
        /// The entry's place in its case.
        var number: Int
        var wasUnfinished: Bool
        var isUnfinished: Bool
    }

    /// Makes `event` the next entry of a case, and folds it; nil where the case is not in memory. Its time never precedes
    /// that of the entry before.
    ///
    /// - Throws: ``FoldError`` where it does not fit; the case is then not to be used.
    mutating func fold(
        _ event: Entry.Event, into reference: CaseReference, by actor: String, at time: Timestamp
    ) throws(FoldError) -> Folded? {
        guard let index = files.index(forKey: reference) else { return nil }
        return try files.values[index].fold(event, by: actor, at: time)
    }

    package var count: Int { files.count }
    package var isEmpty: Bool { files.isEmpty }
    package var keys: some Collection<CaseReference> { files.keys }
    package var values: some Collection<Case> { files.values }

    package func makeIterator() -> some IteratorProtocol<(key: CaseReference, value: Case)> { files.makeIterator() }
}

extension Case {
    fileprivate mutating func fold(
        _ event: Entry.Event, by actor: String, at time: Timestamp
    ) throws(FoldError) -> Cases.Folded {
        let (number, wasUnfinished) = (entryCount, isUnfinished)
        let entry = Entry(at: max(time, lastEntryAt), actor: actor, event: event)
        try fold(entry)
        return Cases.Folded(entry: entry, number: number, wasUnfinished: wasUnfinished, isUnfinished: isUnfinished)
    }
}
