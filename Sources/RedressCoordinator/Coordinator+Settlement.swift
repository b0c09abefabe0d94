import RedressCase
import RedressContract
import RedressDispatch

/// COMMAND `settle`: a person settles what departments disagree on.
struct SettlementOrder {
    /// A value larger than this is a report.
    private static let valueBytesMaximum = 16 << 10

    let reference: CaseReference
    let key: FactKey
    let value: FactValue
    let by: DeskPerson
    let reason: String

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
}

extension Coordinator {
    /// Carries out an order; its entries are on disk when the answer leaves.
    ///
    /// - Returns: the answer.
    func act(_ order: SettlementOrder, as client: ClientSession) throws(Refusal) -> [UInt8] {
        let now = now()
        try bringIn(order.reference, now)
        try broker.settle(
            order.key, as: order.value, reason: order.reason, of: order.reference, by: order.by.actor(as: client),
            now: now)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reference", order.reference.description)
            writer.member("fact", order.key.description)
            writer.member("value", order.value)
        }
        return writer.bytes
    }
}
