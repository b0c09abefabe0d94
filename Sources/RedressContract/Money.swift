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

    /// The amount, with at least as many decimals as the currency has, and the currency: `49.90 EUR`, `500 JPY`.
    public var description: String {
        let missing = decimals + min(0, amount.exponent)
        var text = amount.description
        if missing > 0, !text.contains("e") {
            if amount.exponent >= 0 { text += "." }
            text += String(repeating: "0", count: missing)
        }
        return "\(text) \(currency)"
    }

    /// How many decimals amounts of the currency are written with (ISO 4217).
    private var decimals: Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
            "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

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
