package import RedressKeys

extension PeerKey {
    /// The key for a line to `endpoint`: that in `file`, or none for plain text.
    ///
    /// - Throws: ``KeyError``: of the file, or there is none and `endpoint` is not of this machine alone.
    package static func key(for endpoint: String, in file: String?) throws(KeyError) -> PeerKey? {
        if let file { return try PeerKey(file: file) }
        try PlainText.check(
            endpoint,
            otherwise:
                "name the file of a key, which who keeps the coordinator's keys makes with `redress keys make`")
        return nil
    }
}
