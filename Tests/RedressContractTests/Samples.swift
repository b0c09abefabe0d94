import RedressContract

/// Bodies that use every member there is.
enum Samples {
    static let contributions: [Contribution] = {
        guard let count = FactKey("charge.count#A-1001"), let amount = FactKey("charge.amount"),
            let flag = FactKey("card.known"),
            let cause = FactKey("cause"), let tags = FactKey("tags"),
            let money = money("49.90")
        else { return [] }
        let full = Contribution(
            answers: [
                .init(issue: 1, .upheld, reasons: ["The card was charged \"twice\".", "Zweimal – 2×."]),
                .init(issue: 2, .notUpheld),
                .init(issue: 65_535, .cannotSay), .init(issue: 0, .partlyUpheld),
            ],
            findings: [
                Finding(
                    count, .number(ExactNumber(2)), issues: [1, 2], source: "payments ledger",
                    at: Timestamp("2026-05-03T10:00:00Z"), confidence: 100),
                Finding(amount, .money(money)), Finding(flag, .flag(false), confidence: 0),
                Finding(cause, .text("a\n\u{1}😀")),
                Finding(tags, .words(["a", "b"])),
            ],
            remedies: [
                .init(.refund, issue: 1, amount: money, note: "To the card."), .init(.apology),
            ],
            words: "We are sorry.", notChecked: ["The terminal's log."])
        return [full, Contribution(answers: [.init(issue: 1, .upheld)]), .declining("Not ours.")]
            + RemedyKind.allCases.map { Contribution(answers: [.init(issue: 1, .upheld)], remedies: [.init($0)]) }
    }()

    static let contributionText =
        #"{"issues":[{"number":1,"outcome":"upheld","reasons":["The card was charged \"twice\".","Zweimal – 2×."]},"#
        + #"{"number":2,"outcome":"not-upheld"},{"number":65535,"outcome":"cannot-say"},{"number":0,"outcome":"partly-upheld"}],"#
        + #""findings":[{"key":"charge.count#A-1001","value":2,"issues":[1,2],"source":"payments ledger","at":"2026-05-03T10:00:00.000Z","confidence":100},"#
        + #"{"key":"charge.amount","value":{"amount":49.9,"currency":"EUR"}},{"key":"card.known","value":false,"confidence":0},"#
        + #"{"key":"cause","value":"a\n\u0001😀"},{"key":"tags","value":["a","b"]}],"#
        + #""remedies":[{"kind":"refund","issue":1,"amount":{"amount":49.9,"currency":"EUR"},"note":"To the card."},{"kind":"apology"}],"#
        + #""words":"We are sorry.","notChecked":["The terminal's log."]}"#

    static let briefs: [Brief] = {
        guard let task = TaskID("R-0000-0000-0001-Y/1"), let type = TaskType("billing/charge-review"),
            let key = FactKey("order.total"),
            let money = money("49.90")
        else { return [] }
        return [
            Brief(
                task: task, attempt: 2, type: type,
                issues: [.init(number: 1, excerpt: "I was charged twice."), .init(number: 3, excerpt: "")],
                particulars: [.init(name: "order", value: "A-1001")],
                findings: [Finding(key, .money(money), issues: [1])]),
            Brief(task: task, attempt: .max, type: type, issues: []),
        ]
    }()

    static let briefText =
        #"{"task":"R-0000-0000-0001-Y/1","attempt":2,"type":"billing/charge-review","#
        + #""issues":[{"number":1,"excerpt":"I was charged twice."},{"number":3,"excerpt":""}],"#
        + #""particulars":[{"name":"order","value":"A-1001"}],"#
        + #""findings":[{"key":"order.total","value":{"amount":49.9,"currency":"EUR"},"issues":[1]}]}"#

    private static func money(_ amount: String) -> Money? {
        ExactNumber(amount.utf8).flatMap { Money(amount: $0, currency: "EUR") }
    }
}
