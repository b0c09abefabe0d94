import RedressCase
import RedressContract
import RedressStore

/// The house stream: which policies there are, what is paused, and when the journal was opened.
struct House {
    /// The policies that cases can name, by hash.
    var policies: [String: Policy] = [:]
    /// What people paused and resumed, in order.
    var entries: [HouseEntry] = []

    /// What the journal's house stream tells.
    ///
    /// - Throws: ``JournalError`` where a policy cannot be read: without it, cases cannot be reconciled.
    init(reading journal: some Journal) throws(JournalError) {
        for stored in try journal.entries(of: .house) {
            do throws(JSONError) {
                let fields = try JSONFields(try JSON(parsing: stored.structure))
                if let entry = try HouseEntry(fields) { entries.append(entry) }
                guard try fields.string("type") == "policy", let policy = fields.value("policy") else { continue }
                policies[try fields.string("hash")] = try Policy(parsing: policy.bytes)
            } catch {
                throw JournalError(.broken, "An entry of the house stream cannot be read: \(error).")
            }
        }
    }

    /// The name of a policy: the SHA-256 of its JSON, in hexadecimal.
    static func hash(of policy: Policy) -> String { Digest(of: policy.jsonBytes[...]).description }

    /// What an opening writes: the policy, where it is new, and the opening itself.
    static func entries(opening epoch: Epoch, policy: Policy?, at: Timestamp) -> [StoredEntry] {
        func entry(_ type: String, _ members: (inout JSONWriter) -> Void) -> StoredEntry {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("type", type)
                writer.member("at", at.milliseconds)
                writer.member("actor", "coordinator")
                members(&writer)
            }
            return StoredEntry(structure: writer.bytes)
        }
        var entries: [StoredEntry] = []
        if let policy {
            entries.append(
                entry("policy") { writer in
                    writer.member("hash", hash(of: policy))
                    writer.member("policy", policy)
                })
        }
        entries.append(
            entry("opened") { writer in
                writer.member("epoch", epoch.description)
                writer.member("version", Coordinator.version)
            })
        return entries
    }
}

extension Digest {
    /// The SHA-256 of `bytes`.
    init(of bytes: ArraySlice<UInt8>) { self = bytes.withUnsafeBytes { Digest(sha256: $0) } }
}
