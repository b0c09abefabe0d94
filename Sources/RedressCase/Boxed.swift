/// A value behind one reference: a copy costs one retain, however many parts the value has. It is changed in place as
/// long as it has one owner, and copied otherwise, as any value.
package struct Boxed<Value: Sendable>: @unchecked Sendable {  // the storage is changed only where it has one owner
    private final class Storage {
        // Whoever owns the box has the access already.
        @exclusivity(unchecked) var value: Value

        init(_ value: Value) { self.value = value }
    }

    private var storage: Storage

    package init(_ value: Value) { storage = Storage(value) }

    /// The value, read and changed where it lies.
    package var value: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }
}

extension Boxed: Equatable where Value: Equatable {
    package static func == (a: Self, b: Self) -> Bool { a.storage === b.storage || a.value == b.value }
}

extension Boxed: Hashable where Value: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
