internal import RedressContract
internal import ZeroMQ

/// Who may do what: the grants, by their keys.
///
/// As a text it has a line for each key: its name, its role, a worker's departments joined by commas or `-`, and the public
/// key, with spaces between. Lines that are empty or begin with `#` are passed over.
package struct KeyList: Sendable, Hashable {
    private var grantsByKey: [String: Grant] = [:]

    /// A list without keys: nobody may do anything.
    package init() {}

    /// The list of these grants; of two for one key the later counts.
    package init(_ grants: some Sequence<Grant>) {
        for grant in grants { grantsByKey[grant.key.description] = grant }
    }

    /// Reads a list.
    ///
    /// - Parameter file: what to call the text in errors.
    package init(parsing text: String, file: String) throws(KeyError) {
        // As an editor leaves it for a moment: nobody is to lose a key over that.
        guard !text.isEmpty else {
            throw KeyError(.malformed, file, "the list is empty; one without keys has its first two lines still")
        }
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            do throws(Misfit) {
                let grant = try Grant(fields)
                guard grantsByKey[grant.key.description] == nil else {
                    throw Misfit(.unfit, "this key stands above already; leave one of the two lines")
                }
                grantsByKey[grant.key.description] = grant
            } catch {
                throw KeyError(error.code, file, line: index + 1, error.reason)
            }
        }
    }

    /// The grant of a key, by its text in Z85; nil where it may do nothing.
    package subscript(key: String?) -> Grant? { key.flatMap { grantsByKey[$0] } }

    /// Whether nobody may do anything.
    package var isEmpty: Bool { grantsByKey.isEmpty }

    /// All grants, by name and key.
    package var grants: [Grant] {
        grantsByKey.values.sorted { ($0.name, $0.key.description) < ($1.name, $1.key.description) }
    }

    /// The grants of this name: usually one.
    package func named(_ name: String) -> [Grant] { grants.filter { $0.name == name } }

    /// What is granted here and not, or not in the same way, in `other`.
    package func grants(notIn other: KeyList) -> [Grant] {
        grants.filter { other.grantsByKey[$0.key.description] != $0 }
    }

    /// Pairs of workers' keys, one of them `name`'s, of which the holder of the shorter may call a worker like the longer.
    package func mistakable(_ name: String) -> [(shorter: String, longer: String)] {
        let workers = Set(grants.filter { !$0.role.departments.isEmpty }.map(\.name))
        let own = grants.filter { workers.contains($0.name) }
        guard workers.contains(name) else { return [] }
        return own.flatMap { shorter in
            workers.sorted().filter { longer in
                (shorter.name == name) != (longer == name) && shorter.covers(worker: longer)
            }.map { (shorter.name, $0) }
        }
    }

    /// The list as a text.
    package var text: String {
        var text = """
            # Who may do what: name, role, departments of a worker, public key. `redress keys` keeps this file; a running
            # coordinator takes every change within a second.

            """
        for grant in grants {
            let departments = grant.role.departments.map(\.description).joined(separator: ",")
            text += "\(grant.name) \(grant.role.word) \(departments.isEmpty ? "-" : departments) \(grant.key)\n"
        }
        return text
    }
}

/// What is wrong with a line, before its place is known.
private struct Misfit: Error {
    let code: KeyError.Code
    let reason: String

    init(_ code: KeyError.Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

extension Grant {
    fileprivate init(_ fields: [Substring]) throws(Misfit) {
        guard fields.count == 4 else {
            throw Misfit(
                .malformed,
                "expected name, role, departments or \"-\", and public key; `redress keys make` writes such lines")
        }
        guard Self.isName(fields[0]) else {
            throw Misfit(
                .unfit, "\"\(fields[0])\" names no key: letters, digits, dots, hyphens and underscores do, 64 at most")
        }
        var departments: [DepartmentName] = []
        for name in fields[2] == "-" ? [] : fields[2].split(separator: ",", omittingEmptySubsequences: false) {
            guard let department = DepartmentName(name) else {
                throw Misfit(
                    .unfit,
                    "\"\(name)\" names no department: a lower-case letter, then lower-case letters, digits or hyphens")
            }
            departments.append(department)
        }
        guard let role = Role(fields[1], departments: departments) else {
            throw Misfit(
                .unfit,
                Role.words.contains(String(fields[1]))
                    ? "a worker has departments and no other role has any"
                    : "\"\(fields[1])\" is no role; there are \(Role.words.joined(separator: ", "))")
        }
        guard let key = CurveKey(fields[3]) else {
            throw Misfit(.malformed, "the public key is not 40 characters of Z85; make the key again")
        }
        self.init(name: String(fields[0]), role: role, key: key)
    }
}
