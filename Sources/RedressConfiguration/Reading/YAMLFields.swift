/// The members of a mapping as a reader asks for them, one by one; what nobody has asked for in the end is a fault.
final class YAMLFields {
    /// The mapping.
    let mapping: YAMLValue
    private let members: [(key: YAMLValue, value: YAMLValue)]
    private var asked: [String] = []

    /// The members of `mapping`, which is one.
    init(_ mapping: YAMLValue) {
        self.mapping = mapping
        members = mapping.members
    }

    /// The value of `key`, where it is there.
    subscript(key: String) -> YAMLValue? {
        asked.append(key)
        return members.first { $0.key.textIfAny == key }?.value
    }

    /// The value of `key`, which must be there.
    func required(_ key: String) -> YAMLValue? {
        let value = self[key]
        if value == nil { mapping.fault(.missingKey, "the key \(key.quoted) is missing", "add it here") }
        return value
    }

    /// Refuses the members that were not asked for.
    func refuseOthers() {
        for (key, _) in members {
            guard let name = key.text, !asked.contains(name) else { continue }
            key.fault(.unknownKey, "unknown key \(name.quoted)", name.remedy(among: asked))
        }
    }
}
