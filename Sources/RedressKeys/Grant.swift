package import RedressContract
package import ZeroMQ

/// What whoever holds a key is called and may do.
package struct Grant: Sendable, Hashable {
    /// What a key is for. A key has one role.
    package enum Role: Sendable, Hashable {
        /// Takes tasks of these departments, and nothing else.
        case worker([DepartmentName])
        /// Submits, follows and asks.
        case client
        /// Does what a client does, and gives orders to the house.
        case owner
        /// Follows and asks.
        case observer
    }

    /// What the key's holder is called: a client's name, and the beginning of a worker's.
    package let name: String
    /// What it may do.
    package let role: Role
    /// The public key.
    package let key: CurveKey

    /// - Precondition: `name` is well-formed; see ``isName(_:)``.
    package init(name: String, role: Role, key: CurveKey) {
        precondition(Self.isName(name), "a key's name is checked where it comes from")
        self.name = name
        self.role = role
        self.key = key
    }

    /// Whether `text` can name a key: 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or
    /// digit. It is a part of files' names.
    package static func isName(_ text: some StringProtocol) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard let first = text.utf8.first, isPlain(first), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { isPlain($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }

    /// Whether a worker with this key may call itself `label`: by the key's name, or by that, a hyphen and more, for one
    /// key may serve several processes.
    package func covers(worker label: String) -> Bool { label == name || label.hasPrefix(name + "-") }
}

extension Grant.Role {
    /// The role called `word`, with the departments that a worker needs and nobody else has; nil where they do not fit.
    package init?(_ word: some StringProtocol, departments: [DepartmentName]) {
        switch (word, departments.isEmpty) {
        case ("worker", false): self = .worker(departments)
        case ("client", true): self = .client
        case ("owner", true): self = .owner
        case ("observer", true): self = .observer
        default: return nil
        }
    }

    /// The words for the roles, in files and at the command line.
    package static let words = ["worker", "client", "owner", "observer"]

    /// The word for the role.
    package var word: String {
        switch self {
        case .worker: "worker"
        case .client: "client"
        case .owner: "owner"
        case .observer: "observer"
        }
    }

    /// The departments of a worker; none of the others.
    package var departments: [DepartmentName] { if case .worker(let departments) = self { departments } else { [] } }
}
