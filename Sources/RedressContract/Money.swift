/// An amount of money, exact.
public struct Money: Sendable, Hashable, CustomStringConvertible {
    /// The amount in the currency's main unit, for example 12.5.
    public var amount: ExactNumber
    /// The currency's three letters (ISO 4217).
    public var currency: String

    /// `amount` of `currency`, or nil where the currency is not three capital letters.
    public init?(amount: ExactNumber, currency: String) {
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        self.amount = amount
        self.currency = currency
    }

    public var description: String { "\(amount) \(currency)" }

    init(_ fields: JSONFields) throws(JSONError) {
        guard case .number(let amount)? = fields.value("amount") else {
            throw fields.fault("amount", "expected a number")
        }
        guard let money = Money(amount: amount, currency: try fields.string("currency")) else {
            throw fields.fault("currency", "expected three capital letters, for example EUR")
        }
        self = money
    }
}

extension Money: JSONEncodable {
    public func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("amount")
            writer.value(amount)
            writer.member("currency", currency)
        }
    }
}
