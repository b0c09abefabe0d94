import RedressCase
import RedressContract

/// What `mesh.yaml` holds.
struct Operation {
    /// The part on the coordinator.
    private(set) var coordinator = Configuration.Coordinator()
    /// The part on who goes first.
    private(set) var scheduling = Scheduling()
    /// The departments.
    private(set) var mesh: [Configuration.Staffing] = []

    /// Whatever is wrong in `file` is in the log, and left out here.
    init(reading file: YAMLValue, _ vocabulary: Vocabulary) {
        _ = file.fields { fields -> Void? in
            _ = fields["coordinator"]?.fields { fields -> Void? in
                if let bind = fields["bind"]?.parse(as: "tcp://ADDRESS:PORT or ipc://PATH", Self.endpoint) {
                    coordinator.bind = bind
                }
                if let folder = fields["data"]?.parse(as: "the path of a folder", Self.argument) {
                    coordinator.dataFolder = folder
                }
                return ()
            }
            scheduling = fields["scheduling"]?.fields { Scheduling(reading: $0, vocabulary) } ?? Scheduling()
            mesh =
                fields["departments"]?.list(0...256, distinctBy: "name") {
                    Configuration.Staffing(reading: $0, vocabulary)
                } ?? []
            return ()
        }
    }

    /// `text` where a coordinator can listen there: an address and a port of its own or any (`*`), or a path that fits into
    /// the address of a Unix socket.
    private static func endpoint(_ text: String) -> String? {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        if text.hasPrefix("ipc://") { return (7...107).contains(text.utf8.count) ? text : nil }
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { return nil }
        let address = text[..<colon].dropFirst("tcp://".count)
        let port = text[colon...].dropFirst()
        guard !address.isEmpty, !address.contains("/"), port == "*" || UInt16(port).map({ $0 > 0 }) ?? false else {
            return nil
        }
        return text
    }

    /// `text` where it can be handed to a program or the file system.
    fileprivate static func argument(_ text: String) -> String? { text.utf8.contains(0) ? nil : text }
}

extension Configuration.Staffing {
    fileprivate init?(reading value: YAMLValue, _ vocabulary: Vocabulary) {
        let staffing = value.fields { fields -> Self? in
            let department = fields.required("name")?.department(of: vocabulary)
            let workers = fields["workers"]?.whole(in: 1...64)
            let concurrency = fields["concurrency"]?.whole(in: 1...512)
            let isSample = fields["sample"]?.flag ?? false
            let exec = fields["exec"].map { exec in
                exec.list(1...64).compactMap { $0.parse(as: "a program or an argument", Operation.argument) }
            }
            let contracts = fields["contracts"].map { contracts in
                if isSample {
                    contracts.fault(
                        .unused, "the sample departments say themselves what they take", "take this out, or write exec")
                }
                return contracts.set(1...64) { Contract(reading: $0, of: department, vocabulary) }
            }
            guard isSample != (exec != nil) else {
                value.fault(
                    isSample ? .duplicateKey : .missingKey, "a department has either sample or exec",
                    "write sample: true, or exec: [PROGRAM, ARGUMENT]")
                return nil
            }
            guard let department else { return nil }
            return Self(
                department: department, workers: workers ?? 1, concurrency: concurrency ?? 8,
                contracts: contracts ?? [], program: exec.map { .exec($0) } ?? .sample)
        }
        guard let staffing else { return nil }
        self = staffing
    }
}

extension Contract {
    /// One of `department`'s, for a task of the playbook, in any version: open cases keep the one that they began with.
    fileprivate init?(reading value: YAMLValue, of department: DepartmentName?, _ vocabulary: Vocabulary) {
        guard
            let contract = value.parse(
                as: "a type of task, or that with a version: billing/charge-review@2", Contract.init(_:))
        else { return nil }
        let types = vocabulary.tasks?.filter { TaskType($0)?.department == department }
        guard department == nil || types?.contains(contract.type.description) ?? true else {
            value.fault(
                .unknownName, "unknown task \(contract.type.description.quoted) of this department",
                contract.type.description.remedy(among: types ?? []))
            return nil
        }
        self = contract
    }
}
