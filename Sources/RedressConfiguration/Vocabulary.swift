/// The names that the files of one configuration declare, for those that refer to them. Nil where their file cannot be
/// read: then nothing can be said about a reference.
struct Vocabulary {
    /// The departments of `playbooks.yaml`.
    let departments: [String]?
    /// The kinds of task of `playbooks.yaml`.
    let tasks: [String]?
    /// The kinds of task that no issue calls for.
    let onRequest: Set<String>
    /// The departments whose issues call for a task.
    let answered: Set<String>?
    /// The departments that have cues in `triage.yaml`.
    let cued: Set<String>?
    /// The particulars of `triage.yaml`.
    let particulars: [String]?

    /// The names in the two files, whatever else is wrong with them.
    init(playbooks: YAMLValue?, triage: YAMLValue?) {
        func names(_ file: YAMLValue?, _ list: String, _ key: String) -> [String]? {
            file?[list]?.elementsIfAny.compactMap { $0[key]?.textIfAny }
        }
        departments = names(playbooks, "departments", "name")
        tasks = names(playbooks, "tasks", "type")
        func isOnRequest(_ task: YAMLValue) -> Bool { task["on-request"]?.textIfAny == "true" }
        onRequest = Set(
            (playbooks?["tasks"]?.elementsIfAny ?? []).filter(isOnRequest).compactMap { $0["type"]?.textIfAny })
        answered = (playbooks?["tasks"]?.elementsIfAny).map { tasks in
            Set(
                tasks.filter { !isOnRequest($0) }.compactMap {
                    $0["issues-of"]?.textIfAny ?? $0["type"]?.textIfAny.map(Self.department(of:))
                })
        }
        cued = names(triage, "departments", "name").map(Set.init)
        particulars = triage.flatMap { $0.keysIfAny.isEmpty ? nil : $0["particulars"]?.keysIfAny ?? [] }
    }

    /// The department's part of a type of task.
    private static func department(of type: String) -> String { String(type.prefix { $0 != "/" }) }
}
