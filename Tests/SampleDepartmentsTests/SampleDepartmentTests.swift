import RedressContract
import Testing

@testable import SampleDepartments

@Suite struct SampleDepartmentTests {
    private func answer(
        _ type: String, _ orders: String..., findings: [Finding] = []
    ) throws -> Contribution {
        let reference = try #require(CaseReference(rawValue: 77))
        return SampleDepartment.answer(
            Brief(
                task: TaskID(reference, 1), attempt: 1, type: try #require(TaskType(type)),
                issues: [Brief.Issue(number: 2, excerpt: "…")],
                particulars: orders.map { Brief.Particular(name: "order", value: $0) }, findings: findings))
    }

    private func value(_ key: String, in contribution: Contribution) -> String? {
        contribution.findings.first { $0.key.description == key }?.value.text
    }

    @Test func billingFindsADoubleChargeAndProposesItsReturn() throws {
        let contribution = try answer("billing/charge-review", "a-1001")
        #expect(contribution.answers.map(\.outcome) == [.upheld])
        #expect(contribution.answers.map(\.issue) == [2])
        #expect(value("charge.count", in: contribution) == "2")
        #expect(value("charge.total", in: contribution) == "99.8 EUR")
        #expect(value("refund.due", in: contribution) == "49.9 EUR")
        #expect(contribution.remedies.map(\.kind) == [.refund])
        #expect(contribution.remedies.first?.amount == Money.euros(cents: 4990))
    }

    @Test(arguments: [("A-1004", "charged once"), ("A-1009", "returned already")])
    func billingSaysWhyNothingIsDue(order: String, reason: String) throws {
        let contribution = try answer("billing/charge-review", order)
        #expect(contribution.answers.first?.outcome == .notUpheld)
        #expect(contribution.answers.first?.reasons.first?.contains(reason) == true)
        #expect(contribution.remedies.isEmpty)
    }

    @Test func logisticsFindsALostParcel() throws {
        let contribution = try answer("logistics/shipment-trace", "A-1002")
        #expect(contribution.answers.first?.outcome == .upheld)
        #expect(value("shipment.status", in: contribution) == "lost")
        #expect(value("shipment.carrier", in: contribution) == "ParcelNorth")
        #expect(contribution.remedies.map(\.kind) == [.replacement])
    }

    @Test func logisticsAndBillingMayStateTheDeliveryDifferently() throws {
        let logistics = try answer("logistics/shipment-trace", "A-1007")
        let billing = try answer("billing/charge-review", "A-1007")
        #expect(value("delivery.date", in: logistics) == "2026-03-09")
        #expect(value("delivery.date", in: billing) == "2026-03-11")
        #expect(billing.findings.last?.at == Timestamp("2026-03-11"))
    }

    @Test(arguments: [
        ("A-1003", Outcome.upheld, RedressContract.RemedyKind.replacement), ("A-1006", .upheld, .repair),
        ("A-1007", .partlyUpheld, .discount),
    ])
    func theTechniciansKnowTheFault(order: String, outcome: Outcome, remedy: RemedyKind) throws {
        let contribution = try answer("technical/diagnosis", order)
        #expect(contribution.answers.first?.outcome == outcome)
        #expect(value("device.fault", in: contribution) != nil)
        #expect(contribution.remedies.map(\.kind) == [remedy])
    }

    @Test func aReplacementFollowsTheFaultThatWasFound() throws {
        let key = try #require(FactKey("device.fault"))
        let fault = Finding(key, .text("pump"))
        let inStock = try answer("logistics/replacement-shipment", "A-1003", findings: [fault])
        #expect(value("replacement.available", in: inStock) == "yes")
        let outOfStock = try answer("logistics/replacement-shipment", "A-1010", findings: [fault])
        #expect(value("replacement.available", in: outOfStock) == "no")
        #expect(try answer("logistics/replacement-shipment", "A-1003").answers.first?.outcome == .cannotSay)
    }

    @Test(arguments: ["billing/charge-review", "logistics/shipment-trace", "technical/diagnosis"])
    func anUnknownOrderAndNoOrderAreSaid(type: String) throws {
        let unknown = try answer(type, "A-9999")
        #expect(unknown.answers.first?.outcome == .cannotSay)
        #expect(unknown.notChecked.first?.contains("A-9999") == true)
        let none = try answer(type)
        #expect(none.answers.first?.outcome == .cannotSay)
        #expect(none.answers.first?.reasons.first?.contains("names no order") == true)
    }

    @Test func severalOrdersAreAnsweredTogetherWithTheOrderAsSubject() throws {
        let contribution = try answer("billing/charge-review", "A-1001", "A-1004", "A-1001")
        #expect(contribution.answers.map(\.outcome) == [.partlyUpheld])
        #expect(value("charge.count#A-1001", in: contribution) == "2")
        #expect(value("charge.count#A-1004", in: contribution) == "1")
    }

    @Test func anotherTypeIsDeclined() throws {
        #expect(try answer("billing/else", "A-1001").declined != nil)
    }

    @Test func everyContributionIsOneThatCanBeRead() throws {
        for department in SampleDepartment.allCases {
            for contract in department.contracts {
                let type = String(contract.prefix { $0 != "@" })
                for number in 1000...1014 {
                    let contribution = try answer(type, "A-\(number)")
                    #expect(try Contribution(parsing: contribution.jsonBytes) == contribution)
                }
            }
        }
    }
}
