internal import Glibc
package import ZeroMQ

/// The folder of a coordinator's keys: its own pair in `coordinator.key`, the list of who may do what in `authorised`, and
/// the key files of peers that were not made elsewhere.
package struct KeyFolder: Sendable, Hashable {
    /// Where it is.
    package let path: String

    package init(_ path: String) { self.path = path }

    private var coordinatorFile: String { "\(path)/coordinator.key" }
    /// The list's file.
    package var listFile: String { "\(path)/authorised" }
    /// The file of a peer's key, unless it was made elsewhere.
    package func file(of name: String) -> String { "\(path)/\(name).key" }

    // MARK: Reading

    /// The coordinator's own keys.
    package func coordinatorPair() throws(KeyError) -> CurveKeyPair {
        guard access(path, F_OK) == 0 else {
            throw KeyError(
                .unreadable, path, "there is no such folder; make it with `redress keys init --keys \(path)`")
        }
        return try KeyFields(coordinatorFile).pair("secret")
    }

    /// Who may do what, as the list says now.
    package func list() throws(KeyError) -> KeyList {
        guard access(coordinatorFile, F_OK) == 0 || errno != ENOENT else {
            throw KeyError(
                .unreadable, path,
                "there are no keys of a coordinator; name their folder with --keys, or make it with `redress keys init --keys \(path)`"
            )
        }
        return try KeyList(parsing: SafeFile.read(listFile, isSecret: false), file: listFile)
    }

    // MARK: Changing

    /// Makes the folder, with a pair for the coordinator and a list without keys.
    ///
    /// - Throws: ``KeyError``: there is a coordinator's pair already, or the folder cannot be made.
    package func create() throws(KeyError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw KeyError(.unwritable, path, "the folder cannot be made: \(SafeFile.reason)")
        }
        try whileLocked { () throws(KeyError) in
            guard access(coordinatorFile, F_OK) != 0 else {
                throw KeyError(
                    .unfit, coordinatorFile,
                    "the coordinator has its keys; to begin anew, with new files for all peers, name another folder")
            }
            try SafeFile.write(KeyList().text, to: listFile)
            let pair = try Self.newPair(for: coordinatorFile)
            try SafeFile.write(
                """
                # The coordinator's keys for Redress. Keep this file secret: whoever has it can pose as the coordinator.
                secret \(pair.secretKey)

                """, to: coordinatorFile)
        }
    }

    /// - Throws: ``KeyError/Code/unfit`` where `name` cannot name a peer's key.
    package func check(name: String) throws(KeyError) {
        guard Grant.isName(name), name != "coordinator" else {
            throw KeyError(
                .unfit, path,
                "\"\(name)\" cannot name a key: letters, digits, dots, hyphens and underscores do, 64 at most; \"coordinator\" is taken"
            )
        }
    }

    /// Makes a key and authorises it.
    ///
    /// - Parameter file: where to write the peer's file; in the folder if nil.
    /// - Returns: the key, of which the peer gets the file.
    /// - Throws: ``KeyError``: the name is none or taken, or a file cannot be read or written.
    @discardableResult
    package func make(_ name: String, _ role: Grant.Role, to file: String? = nil) throws(KeyError) -> PeerKey {
        try check(name: name)
        return try whileLocked { () throws(KeyError) in
            let list = try list()
            guard list.named(name).isEmpty else {
                throw KeyError(
                    .unfit, listFile,
                    "there is a key \"\(name)\" already; rotate it with `redress keys rotate \(name)`, or choose another name"
                )
            }
            let key = try newKey(name, file ?? self.file(of: name))
            try checkFree(key.file, for: name)
            try SafeFile.write(key.text, to: key.file)
            try write(list.grants + [Grant(name: name, role: role, key: key.pair.publicKey)])
            return key
        }
    }

    /// Gives the holder of a key a new one. The old one is good until the new one is in its file, and then no more.
    ///
    /// - Parameter file: the peer's file; in the folder if nil.
    @discardableResult
    package func rotate(_ name: String, to file: String? = nil) throws(KeyError) -> PeerKey {
        try whileLocked { () throws(KeyError) in
            let list = try list()
            let old = try known(name, in: list)
            let key = try newKey(name, file ?? self.file(of: name))
            try checkFree(key.file, for: name)
            let new = Grant(name: name, role: old[old.count - 1].role, key: key.pair.publicKey)
            try write(list.grants + [new])
            try SafeFile.write(key.text, to: key.file)
            try write(list.grants.filter { $0.name != name } + [new])
            return key
        }
    }

    /// Takes a key from the list: whoever holds it is not heard any more. Its file stays where it is.
    package func revoke(_ name: String) throws(KeyError) {
        try whileLocked { () throws(KeyError) in
            let list = try list()
            _ = try known(name, in: list)
            try write(list.grants.filter { $0.name != name })
        }
    }

    /// The grants of `name`, at least one.
    private func known(_ name: String, in list: KeyList) throws(KeyError) -> [Grant] {
        let grants = list.named(name)
        guard !grants.isEmpty else {
            throw KeyError(
                .unfit, listFile, "there is no key \"\(name)\"; `redress keys list` shows those that there are")
        }
        return grants
    }

    /// Refuses to write a key of `name` over anything but an earlier one: another's key, the coordinator's, the list.
    private func checkFree(_ file: String, for name: String) throws(KeyError) {
        var status = stat()
        guard lstat(file, &status) == 0, (try? PeerKey(file: file))?.name != name else { return }
        throw KeyError(
            .unfit, file, "it is there and is no key of \"\(name)\"; choose another file, or take it away first")
    }

    private func newKey(_ name: String, _ file: String) throws(KeyError) -> PeerKey {
        PeerKey(
            file: file, name: name, pair: try Self.newPair(for: file), coordinator: try coordinatorPair().publicKey)
    }

    private static func newPair(for file: String) throws(KeyError) -> CurveKeyPair {
        do throws(ZeroMQError) {
            return try CurveKeyPair()
        } catch {
            throw KeyError(.unwritable, file, "\(error)")
        }
    }

    private func write(_ grants: [Grant]) throws(KeyError) { try SafeFile.write(KeyList(grants).text, to: listFile) }

    /// Runs `change` while no other process changes the folder.
    private func whileLocked<Outcome>(_ change: () throws(KeyError) -> Outcome) throws(KeyError) -> Outcome {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw KeyError(
                .unreadable, path,
                "the folder cannot be opened: \(SafeFile.reason); `redress keys init --keys \(path)` makes one")
        }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
        return try change()
    }
}
