internal import RedressContract

/// The billing department: was an order charged more than once?
enum Billing {
    static func review(_ brief: Brief) -> Contribution {
        brief.answer(from: BackOffice.accounts, of: "payments ledger") { order, count, account in
            var found = findings(of: order, account, among: count)
            let surplus = account.charges - account.refunds - 1
            if surplus > 0, let due = Money.euros(cents: surplus * account.cents) {
                found.outcome = .upheld
                found.reasons = ["Order \(order) was charged \(account.charges) times; \(due) is too much."]
                found.remedies = brief.issues.map {
                    Contribution.ProposedRemedy(
                        .refund, issue: $0.number, amount: due, note: "Surplus charges of order \(order).")
                }
                found.words = [
                    "We are sorry that order \(order) was charged \(account.charges) times. You will get \(due) back."
                ]
            } else if account.refunds > 0 {
                found.outcome = .notUpheld
                found.reasons = ["Order \(order) was charged twice, and the second charge has been returned already."]
            } else {
                found.outcome = .notUpheld
                found.reasons = ["Order \(order) was charged once, as agreed."]
            }
            return found
        }
    }

    private static func findings(of order: String, _ account: BackOffice.Account, among count: Int) -> Findings {
        var found = Findings()
        func state(_ fact: Fact, _ value: FactValue?) {
            if let value { found.state(fact, value, of: order, among: count, source: "payments ledger") }
        }
        state(.chargeCount, .number(ExactNumber(account.charges)))
        state(.chargeTotal, Money.euros(cents: account.charges * account.cents).map { .money($0) })
        state(
            .refundDue,
            Money.euros(cents: max(0, account.charges - account.refunds - 1) * account.cents).map { .money($0) })
        if let delivered = account.delivered {
            found.state(.deliveryDate, .text(delivered), of: order, among: count, source: "invoice", at: delivered)
        }
        return found
    }
}
