import RedressContract

extension JSON {
    /// The string called `name`; empty where there is none.
    func text(_ name: String) -> String { if case .string(let text)? = self[name] { text } else { "" } }

    /// The elements of the array called `name`; none where there is none.
    func elements(_ name: String) -> [JSON] { if case .array(let elements)? = self[name] { elements } else { [] } }
}
