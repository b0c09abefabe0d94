import RedressCase
import RedressContract
import RedressDispatch

/// COMMAND `settle`: a person settles what departments disagree on.
struct SettlementOrder {
    /// A value larger than this is a report.
    private static let valueBytesMaximum = 16 << 10

    private let reference: CaseReference
    private let key: FactKey
    private let value: FactValue
    private let by: DeskPerson
    private let reason: String

    init(_ fields: JSONFields) throws(JSONError) {
        by = try DeskPerson(fields)
        reason = try fields.reason()
        reference = try fields.reference()
        key = try fields.parse("fact", as: "a fact's key, such as charge.count#A-1001", { FactKey($0) })
        value = try FactValue(fields)
        guard value.jsonBytes.count <= Self.valueBytesMaximum else {
            throw fields.fault("value", "expected at most \(Self.valueBytesMaximum) bytes")
        }
    }

    /// Carries it out on the word of `client`; the answer leaves when its entries are on disk.
    func carryOut(by coordinator: isolated Coordinator, for client: ClientSession) throws(Refusal) -> [UInt8] {
        let now = coordinator.now()
        coordinator.bringIn(reference, now)
        try coordinator.broker.settle(
            key, as: value, reason: reason, of: reference, by: by.actor(as: client), now: now)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reference", reference.description)
            writer.member("fact", key.description)
            writer.member("value", value)
        }
        return writer.bytes
    }
}
