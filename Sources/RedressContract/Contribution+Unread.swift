extension Contribution {
    private static let unreadMaximum = 8

    /// The members of `bytes` that are in no contribution, eight at the most, by their paths, such as `finding` or `issues[0].outcomes`.
    ///
    /// Reading passes them over, so that newer departments can say more (RDP-1, Versioning); who wrote them may have misspelt
    /// what was to be in the record. A name that is not of ASCII letters, digits, hyphens and underscores is given as `…`.
    ///
    /// - Parameter bytes: what this contribution was read from.
    package func unread(in bytes: some Collection<UInt8>) -> [String] {
        guard let said = try? JSON(parsing: bytes), let read = try? JSON(parsing: jsonBytes) else { return [] }
        var paths: [String] = []
        Self.collect(said, read, at: "", into: &paths)
        return Array(paths.prefix(Self.unreadMaximum))
    }

    private static func collect(_ said: JSON, _ read: JSON, at path: String, into paths: inout [String]) {
        switch (said, read) {
        case (.object(let members), .object):
            for member in members where !member.value.saysNothing {
                let isPlain = member.name.allSatisfy {
                    $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
                }
                let path = (path.isEmpty ? "" : path + ".") + (isPlain ? member.name : "…")
                guard let value = read[member.name] else {
                    paths.append(path)
                    continue
                }
                collect(member.value, value, at: path, into: &paths)
            }
        case (.array(let elements), .array(let others)):
            for (index, (element, other)) in zip(elements, others).enumerated() {
                collect(element, other, at: "\(path)[\(index)]", into: &paths)
            }
        default: break
        }
    }
}

extension JSON {
    /// Whether a contribution says the same without it.
    fileprivate var saysNothing: Bool { self == .null || self == [] }
}
