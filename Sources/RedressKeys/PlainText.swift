/// Where plain text may be spoken: where nothing leaves the machine.
package enum PlainText {
    /// Refuses plain text at an endpoint that others than this machine reach.
    ///
    /// - Parameter remedy: what to do instead, as the end of a sentence.
    /// - Throws: ``KeyError``.
    package static func check(_ endpoint: String, otherwise remedy: String) throws(KeyError) {
        // What is no endpoint at all is said by who opens it.
        guard !isAllowed(at: endpoint), endpoint.contains("://") else { return }
        throw KeyError(.unfit, endpoint, "plain text is for loopback and ipc endpoints only; \(remedy)")
    }

    /// Whether `endpoint` is a socket of this machine alone: `ipc`, `inproc`, or a loopback address.
    package static func isAllowed(at endpoint: String) -> Bool {
        if endpoint.hasPrefix("ipc://") || endpoint.hasPrefix("inproc://") { return true }
        guard endpoint.hasPrefix("tcp://") else { return false }
        // Of "tcp://SOURCE;ADDRESS:PORT" the address is behind the semicolon.
        let target = endpoint.dropFirst("tcp://".count).split(separator: ";", omittingEmptySubsequences: false)
        guard let address = target.last, let colon = address.lastIndex(of: ":") else { return false }
        let host = address[..<colon]
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
