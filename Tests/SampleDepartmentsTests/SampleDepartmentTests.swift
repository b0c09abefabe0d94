import RedressContract
import Testing

@testable import SampleDepartments

@Suite struct SampleDepartmentTests {
    /// What a department answers to `issues`, numbered from 1, of a complaint that names `orders`.
    private func answer(
        _ type: String, _ issues: [String], _ orders: String..., findings: [Finding] = []
    ) throws -> Contribution {
        let reference = try #require(CaseReference(rawValue: 77))
        return SampleDepartment.answer(
            Brief(
                task: TaskID(reference, 1), attempt: 1, type: try #require(TaskType(type)),
                issues: issues.enumerated().map { Brief.Issue(number: $0 + 1, excerpt: $1) },
                particulars: orders.map { Brief.Particular(name: "order", value: $0) }, findings: findings))
    }

    private func value(_ key: String, in contribution: Contribution) -> String? {
        contribution.findings.first { $0.key.description == key }?.value.text
    }

    // MARK: Billing

    @Test func billingFindsADoubleChargeAndProposesItsReturn() throws {
        let contribution = try answer("billing/charge-review", ["You charged me twice for order a-1001."], "a-1001")
        #expect(contribution.answers.map(\.outcome) == [.upheld])
        #expect(
            contribution.answers.first?.reasons
                == ["Order A-1001 was charged twice, 49.90 EUR each time: 49.90 EUR too much."])
        #expect(value("charge.count#A-1001", in: contribution) == "2")
        #expect(value("charge.total#A-1001", in: contribution) == "99.80 EUR")
        #expect(value("refund.due#A-1001", in: contribution) == "49.90 EUR")
        #expect(contribution.remedies.map(\.kind) == [.refund])
        #expect(contribution.remedies.first?.amount == Money.euros(cents: 4990))
    }

    @Test(arguments: [("A-1004", "charged once"), ("A-1009", "returned already")])
    func billingSaysWhyNothingIsDue(order: String, reason: String) throws {
        let contribution = try answer("billing/charge-review", ["I was charged twice for \(order)."], order)
        #expect(contribution.answers.first?.outcome == .notUpheld)
        #expect(contribution.answers.first?.reasons.first?.contains(reason) == true)
        #expect(contribution.remedies.isEmpty)
    }

    @Test(arguments: [
        "The price on the invoice of order A-1001 is higher than the one you advertised.",
        "Nobody took my voucher off the price of A-1001.", "The interest on the loan is too high.",
    ])
    func billingCannotSayWhatItsLedgerDoesNotKnow(issue: String) throws {
        let contribution = try answer("billing/charge-review", [issue], "A-1001")
        #expect(contribution.answers.map(\.outcome) == [.cannotSay])
        #expect(contribution.answers.first?.reasons.first?.contains("nothing about this") == true)
        #expect(contribution.remedies.isEmpty)
        #expect(contribution.findings.isEmpty)
    }

    @Test func billingCannotSayWhyElseAChargeWouldBeWrong() throws {
        let contribution = try answer(
            "billing/charge-review", ["I cancelled order A-1004 and paid all the same."], "A-1004")
        #expect(contribution.answers.map(\.outcome) == [.cannotSay])
    }

    // MARK: Logistics

    @Test func logisticsFindsALostParcel() throws {
        let contribution = try answer("logistics/shipment-trace", ["My parcel, order A-1002, never arrived."], "A-1002")
        #expect(contribution.answers.first?.outcome == .upheld)
        #expect(value("shipment.status#A-1002", in: contribution) == "lost")
        #expect(value("shipment.carrier#A-1002", in: contribution) == "ParcelNorth")
        #expect(contribution.remedies.map(\.kind) == [.replacement])
    }

    @Test(arguments: [
        ("A-1001", Outcome.notUpheld, "delivered order A-1001 on 2026-03-02"),
        ("A-1005", .notUpheld, "due on 2026-03-18"),
        ("A-1010", .upheld, "back to us undelivered"),
    ])
    func logisticsKnowsWhereAParcelIs(order: String, outcome: Outcome, reason: String) throws {
        let contribution = try answer("logistics/shipment-trace", ["Order \(order) never arrived."], order)
        #expect(contribution.answers.map(\.outcome) == [outcome])
        #expect(contribution.answers.first?.reasons.first?.contains(reason) == true)
    }

    @Test(arguments: [("A-1003", Outcome.upheld, "was damaged"), ("A-1001", .cannotSay, "noted no damage")])
    func logisticsKnowsWhichBoxesWereDamaged(order: String, outcome: Outcome, reason: String) throws {
        let contribution = try answer("logistics/shipment-trace", ["The box of \(order) was torn."], order)
        #expect(contribution.answers.map(\.outcome) == [outcome])
        #expect(contribution.answers.first?.reasons.first?.contains(reason) == true)
    }

    @Test(arguments: [
        "Your customer service hung up on me about order A-1002.", "The lid of order A-1002 is missing.",
        "You sent me the wrong parcel, order A-1002.", "I want to exchange the headphones of order A-1002.",
    ])
    func logisticsCannotSayWhatItsRegisterDoesNotKnow(issue: String) throws {
        let contribution = try answer("logistics/shipment-trace", [issue], "A-1002")
        #expect(contribution.answers.map(\.outcome) == [.cannotSay])
        #expect(contribution.remedies.isEmpty)
    }

    @Test func logisticsCannotSayWhichDayWasPromised() throws {
        let contribution = try answer("logistics/shipment-trace", ["Order A-1001 came much too late."], "A-1001")
        #expect(contribution.answers.map(\.outcome) == [.cannotSay])
    }

    @Test func logisticsAndBillingMayStateTheDeliveryDifferently() throws {
        let logistics = try answer("logistics/shipment-trace", ["Order A-1007 never arrived."], "A-1007")
        let billing = try answer("billing/charge-review", ["I was charged twice for order A-1007."], "A-1007")
        #expect(value("delivery.date#A-1007", in: logistics) == "2026-03-09")
        #expect(value("delivery.date#A-1007", in: billing) == "2026-03-11")
        #expect(billing.findings.last?.at == Timestamp("2026-03-11"))
    }

    // MARK: Technical

    @Test(arguments: [
        ("A-1003", Outcome.upheld, [RemedyKind]()), ("A-1006", .upheld, [.repair]),
        ("A-1007", .partlyUpheld, [.discount]),
    ])
    func theTechniciansKnowTheFault(order: String, outcome: Outcome, remedies: [RemedyKind]) throws {
        let contribution = try answer("technical/diagnosis", ["The thing from order \(order) stopped working."], order)
        #expect(contribution.answers.first?.outcome == outcome)
        #expect(value("device.fault#\(order)", in: contribution) != nil)
        #expect(contribution.remedies.map(\.kind) == remedies)
    }

    @Test(arguments: [
        "The kettle from order A-1004 is broken.", "The lid of the coffee maker from order A-1003 is broken.",
        "The coffee from order A-1003 tastes of nothing.", "Your app does not work with A-1003.",
    ])
    func theTechniciansCannotSayWhatNoFaultIsKnownOf(issue: String) throws {
        let contribution = try answer("technical/diagnosis", [issue], "A-1003", "A-1004")
        #expect(contribution.answers.map(\.outcome) == [.cannotSay])
        #expect(contribution.remedies.isEmpty)
    }

    @Test func aReplacementFollowsTheFaultThatWasFoundOfItsOrder() throws {
        func replacement(of order: String, faulty: String...) throws -> Contribution {
            try answer(
                "logistics/replacement-shipment", ["The thing from order \(order) is broken."], order,
                findings: faulty.compactMap { FactKey("device.fault#\($0)") }.map { Finding($0, .text("pump")) })
        }
        let inStock = try replacement(of: "A-1003", faulty: "A-1003")
        #expect(value("replacement.available#A-1003", in: inStock) == "yes")
        #expect(inStock.answers.map(\.outcome) == [.upheld])
        #expect(inStock.remedies.map(\.kind) == [.replacement])
        let outOfStock = try replacement(of: "A-1010", faulty: "A-1010")
        #expect(value("replacement.available#A-1010", in: outOfStock) == "no")
        #expect(outOfStock.remedies.map(\.kind) == [.refund])
        for other in [
            try replacement(of: "A-1003"), try replacement(of: "A-1003", faulty: "A-1010"),
            try replacement(of: "A-1006", faulty: "A-1006"), try replacement(of: "A-1007", faulty: "A-1007"),
        ] {
            #expect(other.answers.map(\.outcome) == [.cannotSay])
            #expect(other.remedies.isEmpty)
        }
    }

    // MARK: Orders

    @Test func eachIssueIsAnsweredFromTheOrderThatItNames() throws {
        let contribution = try answer(
            "logistics/shipment-trace", ["Order A-1002 never arrived.", "The box of A-1003 was torn."], "A-1002",
            "A-1003")
        #expect(contribution.answers.map(\.issue) == [1, 2])
        #expect(contribution.answers.map(\.outcome) == [.upheld, .upheld])
        #expect(contribution.answers.last?.reasons.count == 1)
        #expect(contribution.answers.last?.reasons.first?.contains("A-1002") == false)
        #expect(contribution.remedies.map(\.kind) == [.replacement, .apology])
        #expect(contribution.remedies.map(\.issue) == [1, 2])
        #expect(
            contribution.findings.allSatisfy { finding in
                finding.issues == [finding.key.description.hasSuffix("#A-1002") ? 1 : 2]
            })
    }

    @Test func anIssueThatNamesNoOrderIsAboutTheOnlyOne() throws {
        let issues = ["I was charged twice.", "Order A-1001 was charged twice."]
        let contribution = try answer("billing/charge-review", issues, "A-1001")
        #expect(contribution.answers.map(\.outcome) == [.upheld, .upheld])
        #expect(contribution.remedies.map(\.issue) == [1], "what two issues call for alike is proposed once")
        #expect(contribution.findings.map(\.issues) == [[1, 2], [1, 2], [1, 2]])
    }

    @Test func anIssueThatNamesNoneOfSeveralOrdersIsAskedFor() throws {
        let issues = ["Order A-1001 was charged twice.", "My card was charged twice."]
        let contribution = try answer("billing/charge-review", issues, "A-1001", "A-1002", "A-1004")
        #expect(contribution.answers.map(\.outcome) == [.upheld, .cannotSay])
        #expect(contribution.answers.last?.reasons.first?.contains("A-1001, A-1002 or A-1004") == true)
    }

    @Test(arguments: ["billing/charge-review", "logistics/shipment-trace", "technical/diagnosis"])
    func anUnknownOrderAndNoOrderAreSaid(type: String) throws {
        let words = "I was charged twice, the parcel arrived late, it does not work"
        let unknown = try answer(type, ["\(words): A-9999."], "A-9999")
        #expect(unknown.answers.first?.outcome == .cannotSay)
        #expect(unknown.answers.first?.reasons.first?.contains("Order A-9999 is not in the") == true)
        #expect(unknown.notChecked.first?.contains("A-9999") == true)
        let none = try answer(type, [words])
        #expect(none.answers.first?.outcome == .cannotSay)
        #expect(none.answers.first?.reasons.first?.contains("names no order") == true)
    }

    @Test func anIssueAboutSeveralOrdersIsAnsweredFromAllOfThem() throws {
        let orders = "I was charged twice for A-1001, A-1004 and A-9999, the A-1001 above all."
        let contribution = try answer("billing/charge-review", [orders], "A-1001", "A-1004", "A-9999")
        #expect(contribution.answers.map(\.outcome) == [.partlyUpheld])
        #expect(contribution.answers.first?.reasons.count == 3)
        #expect(value("charge.count#A-1001", in: contribution) == "2")
        #expect(value("charge.count#A-1004", in: contribution) == "1")
    }

    @Test func anotherTypeIsDeclined() throws {
        #expect(try answer("billing/else", ["…"], "A-1001").declined != nil)
    }

    @Test func everyContributionCanBeReadAndNamesTheOrderInEachFact() throws {
        let words = "I was charged twice, the parcel arrived torn, it does not work"
        for department in SampleDepartment.allCases {
            for contract in department.contracts {
                let type = String(contract.prefix { $0 != "@" })
                for number in 1000...1014 {
                    let contribution = try answer(type, [words], "A-\(number)")
                    #expect(try Contribution(parsing: contribution.jsonBytes) == contribution)
                    #expect(contribution.findings.allSatisfy { $0.key.description.hasSuffix("#A-\(number)") })
                }
            }
        }
    }
}
