import ArgumentParser
import RedressConfiguration
import RedressContract
import RedressKeys
import ZeroMQ

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Who may connect, and as what.",
        discussion: """
            The folder of the keys has the coordinator's own keys, the list of who may do what, and a file for each key that
            was made: that file is all that a worker or client needs. A running coordinator takes every change before
            the next message, without a restart. Files are made for their owner alone (0600), and refused where others can read them.
            """,
        subcommands: [
            KeysInitCommand.self, KeysMakeCommand.self, KeysListCommand.self, KeysRotateCommand.self,
            KeysRevokeCommand.self,
        ])
}

/// Where the coordinator's keys are.
struct KeysOption: ParsableArguments {
    static let folderDefault = "redress-keys"

    @Option(help: "The folder of the keys.")
    var keys = folderDefault

    var folder: KeyFolder { KeyFolder(keys) }
}

struct KeysInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes the folder, with keys for the coordinator.")

    @OptionGroup var keys: KeysOption
    @OptionGroup var format: FormatOption

    func run() throws {
        try keys.folder.create()
        if format.format == .json { return Output.json(["folder": .string(keys.keys)]) }
        print("\(keys.keys) has the coordinator's keys. Next: redress keys make NAME --role ROLE")
    }
}

struct KeysMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Makes a key and authorises it; prints the file that its holder needs.")

    @Argument(help: "What its holder is called: a client's name, or the beginning of a worker's.")
    var name: String
    @Option(
        help: """
            What it is for. worker: takes tasks of its departments. client: submits, follows, asks. owner: a client that may \
            also give orders. observer: follows and asks.
            """)
    var role: String
    @Option(help: "A department that a worker works for. May be repeated.")
    var department: [String] = []
    @OptionGroup var out: OutOption
    @OptionGroup var keys: KeysOption
    @OptionGroup var format: FormatOption

    func validate() throws {
        do throws(KeyError) { try keys.folder.check(name: name) } catch { throw ValidationError("\(error)") }
        guard Grant.Role.words.contains(role) else {
            throw ValidationError("\"\(role)\" is no role; there are \(Grant.Role.words.joined(separator: ", ")).")
        }
        guard (role == "worker") == !department.isEmpty else {
            throw ValidationError("A worker needs --department, and no other role has any.")
        }
        if department.contains("owner") {
            throw ValidationError("\"owner\" is the case owner's own desk: no worker does its tasks.")
        }
        for name in department where DepartmentName(name) == nil {
            throw ValidationError(
                "\"\(name)\" names no department: a lower-case letter, then lower-case letters, digits or hyphens.")
        }
    }

    func run() throws {
        guard let role = Grant.Role(role, departments: department.compactMap { DepartmentName($0) }) else { return }
        let key = try keys.folder.make(name, role, to: out.out)
        for (shorter, longer) in try keys.folder.list().mistakable(name) {
            Output.note(
                "Note: who holds the key \(shorter) may call a worker \(longer), too: a worker is called like its key, or that, "
                    + "a hyphen and more. Names of which none begins with another keep them apart.")
        }
        format.print(key)
    }
}

struct OutOption: ParsableArguments {
    @Option(help: "Where to write the holder's file. (default: NAME.key in the folder of the keys)")
    var out: String?
}

struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The keys that are authorised; public halves only.")

    @OptionGroup var keys: KeysOption
    @OptionGroup var format: FormatOption

    func run() throws {
        let grants = try keys.folder.list().grants
        switch format.format {
        case .json:
            Output.json([
                "keys": .array(
                    grants.map { grant in
                        [
                            "name": .string(grant.name), "role": .string(grant.role.word),
                            "departments": .array(grant.role.departments.map { .string("\($0)") }),
                            "key": .string("\(grant.key)"),
                        ]
                    })
            ])
        case .text:
            let width = grants.map(\.name.count).max() ?? 0
            for grant in grants {
                let name = grant.name + String(repeating: " ", count: width - grant.name.count)
                let role = ([grant.role.word] + grant.role.departments.map { "\($0)" }).joined(separator: " ")
                print("\(name)  \(grant.key)  \(role)")
            }
        }
    }
}

struct KeysRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Gives a holder a new key in place of the old one.",
        discussion: """
            A worker or client that runs with the file goes on with the new key by itself. Elsewhere it ends with a sentence
            until it is started with the new file.
            """)

    @Argument(help: "Whose key.")
    var name: String
    @OptionGroup var out: OutOption
    @OptionGroup var keys: KeysOption
    @OptionGroup var format: FormatOption

    func run() throws { format.print(try keys.folder.rotate(name, to: out.out)) }
}

struct KeysRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Takes a key's rights away: its holder is not heard any more, and not let in again.")

    @Argument(help: "Whose key.")
    var name: String
    @OptionGroup var keys: KeysOption

    @OptionGroup var format: FormatOption

    func run() throws {
        try keys.folder.revoke(name)
        switch format.format {
        case .json: Output.json(["name": .string(name), "revoked": true])
        case .text: print("\(name) is not let in any more.")
        }
    }
}

extension FormatOption {
    /// Prints a key that was made: the file that its holder needs.
    fileprivate func print(_ key: PeerKey) {
        switch format {
        case .json:
            Output.json([
                "name": .string(key.name), "key": .string("\(key.pair.publicKey)"), "file": .string(key.file),
            ])
        case .text: Swift.print(key.file)
        }
    }
}
