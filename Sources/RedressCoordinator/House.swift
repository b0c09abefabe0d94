import RedressCase
import RedressContract
import RedressKeys
import RedressStore
import ZeroMQ

/// The house stream: which policies there are, what is paused, who may do what, and when the journal was opened.
struct House {
    /// The policies that cases can name, by hash.
    var policies: [String: Policy] = [:]
    /// What people paused and resumed, in order.
    var entries: [HouseEntry] = []
    /// Who may do what, as last recorded.
    var keys = KeyList()

    /// What the journal's house stream tells.
    ///
    /// - Throws: ``JournalError`` where a policy cannot be read: without it, cases cannot be reconciled.
    init(reading journal: some Journal) throws(JournalError) {
        let rows: [StoredEntry]
        do throws(JournalError) {
            rows = try journal.entries(of: .house)
        } catch {
            throw error.code == .broken ? Self.damaged(error.sentence) : error
        }
        // The first turn opens the house.
        guard !rows.isEmpty || journal.durableTurn == 0 else { throw Self.damaged("It has no rows any more.") }
        for stored in rows {
            do throws(JSONError) {
                let fields = try JSONFields(try JSON(parsing: stored.structure))
                if let entry = try HouseEntry(fields) { entries.append(entry) }
                switch try fields.string("type") {
                case "policy":
                    guard let policy = fields.value("policy") else { continue }
                    policies[try fields.string("hash")] = try Policy(parsing: policy.bytes)
                case "keys":
                    let removed = Set(
                        try fields.objects("removed").map { removed throws(JSONError) in try Grant(removed) })
                    let added = try fields.objects("added").map { added throws(JSONError) in try Grant(added) }
                    keys = KeyList(keys.grants.filter { !removed.contains($0) } + added)
                default: continue
                }
            } catch {
                throw Self.damaged("An entry of the house cannot be read: \(error).")
            }
        }
    }

    private static func damaged(_ what: String) -> JournalError {
        JournalError(
            .broken,
            "The house's stream, which has the policies, pauses and keys that all cases go by, is damaged. "
                + "Restore a backup: redress restore BACKUP --data NEW. \(what)")
    }

    /// The name of a policy: the SHA-256 of its JSON, in hexadecimal.
    static func hash(of policy: Policy) -> String { Digest(of: policy.jsonBytes[...]).description }

    /// What an opening writes: the policy, where it is new, the keys, where they have changed, and the opening itself.
    ///
    /// - Parameter keys: who may do what from now on; nil for plain text, where everybody may do everything.
    func entries(opening epoch: Epoch, policy: Policy, keys: KeyList?, at: Timestamp) -> [StoredEntry] {
        var entries: [StoredEntry] = []
        let hash = Self.hash(of: policy)
        if policies[hash] == nil {
            entries.append(
                Self.entry("policy", at: at) { writer in
                    writer.member("hash", hash)
                    writer.member("policy", policy)
                })
        }
        if let keys, keys != self.keys { entries.append(Self.entry(keys: keys, before: self.keys, at: at)) }
        entries.append(
            Self.entry("opened", at: at) { writer in
                writer.member("epoch", epoch.description)
                writer.member("version", Coordinator.version)
                writer.member("security", keys == nil ? "plain" : "curve")
            })
        return entries
    }

    /// The entry of a change in who may do what.
    static func entry(keys list: KeyList, before: KeyList, at: Timestamp) -> StoredEntry {
        entry("keys", at: at) { writer in
            for (name, grants) in [
                ("removed", before.grants(notIn: list)), ("added", list.grants(notIn: before)),
            ] {
                writer.name(any: name)
                writer.array(grants) { writer, grant in
                    writer.object { writer in
                        writer.member("name", grant.name)
                        writer.member("role", grant.role.word)
                        writer.member("departments", grant.role.departments.map(\.description))
                        writer.member("key", grant.key.description)
                    }
                }
            }
        }
    }

    private static func entry(
        _ type: String, at: Timestamp, _ members: (inout JSONWriter) -> Void
    ) -> StoredEntry {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", type)
            writer.member("at", at.milliseconds)
            writer.member("actor", "coordinator")
            members(&writer)
        }
        return StoredEntry(structure: writer.bytes)
    }
}

extension Grant {
    /// Reads a grant as ``House/entry(keys:before:at:)`` writes it.
    fileprivate init(_ fields: JSONFields) throws(JSONError) {
        var departments: [DepartmentName] = []
        for element in try fields.elements("departments") {
            guard case .string(let name) = element.value, let department = DepartmentName(name) else {
                throw JSONError("expected a department's name", path: element.path)
            }
            departments.append(department)
        }
        let name = try fields.string("name")
        guard Grant.isName(name) else { throw fields.fault("name", "expected the name of a key") }
        self.init(
            name: name,
            role: try fields.parse("role", as: "a role that fits the departments") {
                Role($0, departments: departments)
            },
            key: try fields.parse("key", as: "a public key") { CurveKey($0) })
    }
}

extension Digest {
    /// The SHA-256 of `bytes`.
    init(of bytes: ArraySlice<UInt8>) { self = bytes.withUnsafeBytes { Digest(sha256: $0) } }
}
