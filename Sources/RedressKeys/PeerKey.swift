package import ZeroMQ

/// All that a peer needs to be let in, and to know whom it speaks to: what is in the file that `redress keys make` writes.
///
/// The file has a line each for `name`, `secret` and `coordinator`: the key's name, its secret half, and the coordinator's
/// public key.
package struct PeerKey: Sendable, Hashable {
    /// Where it was read.
    package let file: String
    /// What its holder is called.
    package let name: String
    /// The holder's own keys.
    package let pair: CurveKeyPair
    /// The only coordinator that is believed.
    package let coordinator: CurveKey

    package init(file: String, name: String, pair: CurveKeyPair, coordinator: CurveKey) {
        self.file = file
        self.name = name
        self.pair = pair
        self.coordinator = coordinator
    }

    /// Reads a key.
    ///
    /// - Throws: ``KeyError``: there is no such file, others can read it, or it is not laid out as it should be.
    package init(file: String) throws(KeyError) {
        let fields = try KeyFields(file)
        let name = try fields.value("name")
        guard Grant.isName(name) else {
            throw KeyError(.malformed, file, "\"name\" is not well-formed; get the file anew from who keeps the keys")
        }
        self.init(
            file: file, name: name, pair: try fields.pair("secret"), coordinator: try fields.key("coordinator"))
    }

    /// The key that is in the file by now, where it is another one: it has been rotated.
    package func renewed() -> PeerKey? {
        guard let now = try? PeerKey(file: file), now != self else { return nil }
        return now
    }

    /// How a socket connects with it.
    package var security: Security { .curveClient(pair, server: coordinator) }

    /// The file's text.
    var text: String {
        """
        # A key for Redress. Keep this file secret: whoever has it is "\(name)".
        name \(name)
        secret \(pair.secretKey)
        coordinator \(coordinator)

        """
    }
}

/// The fields of a file with a secret: a name and a value on each line.
struct KeyFields {
    private let file: String
    private var values: [Substring: (value: Substring, line: Int)] = [:]

    init(_ file: String) throws(KeyError) {
        self.file = file
        let text = try SafeFile.read(file, isSecret: true)
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let name = fields.first, !name.hasPrefix("#") else { continue }
            guard fields.count == 2 else {
                throw KeyError(
                    .malformed, file, line: index + 1,
                    "expected a name and a value; get the file anew from who keeps the keys")
            }
            values[name] = (fields[1], index + 1)
        }
    }

    func value(_ name: String) throws(KeyError) -> String {
        guard let field = values[name[...]] else {
            throw KeyError(
                .malformed, file,
                "there is no line \"\(name) …\", so this is not the key file wanted; get it from who keeps the keys")
        }
        return String(field.value)
    }

    func key(_ name: String) throws(KeyError) -> CurveKey {
        guard let key = CurveKey(try value(name)) else { throw malformed(name) }
        return key
    }

    func pair(_ name: String) throws(KeyError) -> CurveKeyPair {
        guard let pair = CurveKeyPair(secretKey: try value(name)) else { throw malformed(name) }
        return pair
    }

    /// Without the value, which is or may be secret.
    private func malformed(_ name: String) -> KeyError {
        KeyError(
            .malformed, file, line: values[name[...]]?.line,
            "\"\(name)\" is not 40 characters of Z85; get the file anew from who keeps the keys")
    }
}
