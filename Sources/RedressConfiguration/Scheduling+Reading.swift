import RedressCase
import RedressContract

extension Scheduling {
    private static let waits = WrittenDuration(milliseconds: 100)...WrittenDuration(milliseconds: 7 * 86_400_000)
    private static let steps = WrittenDuration(milliseconds: 1000)...WrittenDuration(milliseconds: 366 * 86_400_000)
    private static let countAtMost = 256

    /// The part `scheduling` of `mesh.yaml`. Whatever is wrong is in the log, and left out here.
    init(reading fields: YAMLFields, _ vocabulary: Vocabulary) {
        self.init()
        if let longest = fields["waiting-longest"]?.duration(in: Self.waits) { waitingMaximum = longest.duration }
        if let step = fields["due-step"]?.duration(in: Self.steps) { dueStepMilliseconds = step.milliseconds }
        if let alone = fields["asked-alone"]?.duration(in: Self.waits) { askedAlone = alone.duration }
        let count = 0...Self.countAtMost
        for (name, limit) in fields["departments"]?.list(
            count, distinctBy: "name", { Limit.named($0) { $0.department(of: vocabulary) } }) ?? []
        {
            departments[name] = limit
        }
        for (name, limit) in fields["clients"]?.list(count, distinctBy: "name", { Limit.named($0) { $0.text } }) ?? [] {
            clients[name] = limit
        }
        if let others = fields["other-clients"]?.fields({ Limit(reading: $0) }) { otherClients = others }
    }
}

extension Scheduling.Limit {
    private static let counts = 1...1_000_000

    fileprivate init(reading fields: YAMLFields) {
        self.init(
            atOnce: fields["at-once"]?.whole(in: Self.counts), perSecond: fields["per-second"]?.whole(in: Self.counts))
    }

    fileprivate static func named<Name>(_ value: YAMLValue, _ read: (YAMLValue) -> Name?) -> (Name, Self)? {
        value.fields { fields -> (Name, Self)? in
            let name = fields.required("name").flatMap(read)
            let limit = Self(reading: fields)
            if limit == Self() {
                value.fault(.missingKey, "nothing is limited here", "write at-once, per-second, or both")
            }
            return name.map { ($0, limit) }
        }
    }
}
