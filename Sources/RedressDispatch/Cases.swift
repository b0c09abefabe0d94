package import RedressCase
package import RedressContract

/// The cases in memory, by reference. Tables of them move and copy references, not whole cases.
package struct Cases: Sendable, Sequence {
    private var files: [CaseReference: Boxed<Case>] = [:]

    /// A copy of the case; nil where it is not in memory.
    package subscript(reference: CaseReference) -> Case? {
        get { files[reference]?.value }
        set { files[reference] = newValue.map { Boxed($0) } }
    }

    /// A copy of a task of a case in memory.
    package func task(_ id: TaskID) -> CaseTask? { files[id.reference]?.value.task(id.number) }

    package func contains(_ reference: CaseReference) -> Bool { files[reference] != nil }

    /// What `body` makes of the case, read where it lies; nil where it is not in memory.
    package func reading<Outcome>(_ reference: CaseReference, _ body: (borrowing Case) -> Outcome) -> Outcome? {
        guard let file = files[reference] else { return nil }
        return body(file.value)
    }

    /// Folds `entry` into its case, where that is in memory.
    ///
    /// - Throws: ``FoldError`` where it does not fit; the case is then not to be used.
    mutating func fold(_ entry: Entry, into reference: CaseReference) throws(FoldError) {
        guard let index = files.index(forKey: reference) else { return }
        try files.values[index].value.fold(entry)
    }

    package var count: Int { files.count }
    package var isEmpty: Bool { files.isEmpty }
    package var keys: some Collection<CaseReference> { files.keys }
    package var values: some Sequence<Case> { files.values.lazy.map(\.value) }

    package func makeIterator() -> some IteratorProtocol<(key: CaseReference, value: Case)> {
        files.lazy.map { (key: $0.key, value: $0.value.value) }.makeIterator()
    }
}
