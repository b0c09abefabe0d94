package import RedressContract

/// How a person settled a conflict: the value of a fact, while departments say of it what they said then.
package struct ConflictSettlement: Sendable, Hashable {
    /// What one department said.
    package struct Side: Sendable, Hashable {
        package var task: UInt16
        package var value: FactValue

        package init(task: UInt16, value: FactValue) {
            self.task = task
            self.value = value
        }
    }

    package var key: FactKey
    package var value: FactValue
    /// Why, in the person's words.
    package var reason: String
    /// What was settled, in the order of the record. Once a department says something else, the conflict is another one.
    package var sides: [Side]

    package init(key: FactKey, value: FactValue, reason: String, sides: [Side]) {
        self.key = key
        self.value = value
        self.reason = reason
        self.sides = sides
    }

    /// What is left of a settlement that is erased: that there was one, of `fact`, a key without its subject. It settles
    /// nothing; nor is there a conflict any more among values that are erased with it.
    init?(erased fact: some StringProtocol) {
        guard let key = FactKey(fact) else { return nil }
        self.init(key: key, value: .erased, reason: FactValue.erased.text, sides: [])
    }

    /// That `conflict` comes to `value`.
    package init(of conflict: CaseRecord.FindingConflict, _ value: FactValue, reason: String) {
        self.init(key: conflict.key, value: value, reason: reason, sides: Self.sides(conflict.statements))
    }

    /// Whether these statements are what was settled.
    func settles(_ statements: [CaseRecord.Statement]) -> Bool { sides == Self.sides(statements) }

    private static func sides(_ statements: [CaseRecord.Statement]) -> [Side] {
        statements.map { Side(task: $0.task, value: $0.finding.value) }
    }
}

extension ConflictSettlement: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("key", key.description)
            writer.member("value", value)
            writer.member("reason", reason)
            writer.name("sides")
            writer.array(sides) { writer, side in
                writer.object { writer in
                    writer.member("task", side.task)
                    writer.member("value", side.value)
                }
            }
        }
    }

    init(_ fields: JSONFields) throws(JSONError) {
        key = try fields.parse("key", as: "a fact's key", { FactKey($0) })
        value = try FactValue(fields)
        reason = try fields.string("reason")
        sides = []
        for side in try fields.objects("sides") {
            sides.append(Side(task: try side.integer("task"), value: try FactValue(side)))
        }
    }
}

extension FactValue {
    /// The member `value` of `fields`.
    package init(_ fields: JSONFields) throws(JSONError) {
        guard let json = fields.value("value") else { throw fields.fault("value", "is required") }
        try self.init(json: json, path: "value")
    }
}

/// A settlement that stands, with who made it and when.
package struct SettledConflict: Sendable, Hashable {
    package var settlement: ConflictSettlement
    package var by: String
    package var at: Timestamp

    /// Lets go of all that is personal, as if it had been erased before it was read.
    mutating func erase() {
        if let erased = ConflictSettlement(erased: settlement.key.base) { settlement = erased }
    }
}
