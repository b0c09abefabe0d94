internal import RedressContract

/// The billing department: was an order charged more than once?
enum Billing {
    private static let repeats = "twice double* duplicate* thrice triple* times again second"
    private static let charges = "charg* overcharg* billed payment* paid took money debit* deduct* refund* card"
    private static let others =
        "price* pricing advertis* discount* coupon* voucher* fee fees rate* interest loan* invoice* expensive worth"

    private static let ledger = Register(
        name: "payments ledger", rows: BackOffice.accounts,
        limits:
            "The payments ledger says how often an order was charged and what was returned, but nothing about this; "
            + "a person has to look into it."
    ) { $0.speak(of: charges) && ($0.speak(of: repeats) || !$0.speak(of: others)) }

    static func review(_ brief: Brief) -> Contribution {
        ledger.answer(brief) { found, words, order, account in
            let surplus = max(0, account.charges - account.refunds - 1)
            let due = Money.euros(cents: surplus * account.cents)
            found.state(.chargeCount, .number(ExactNumber(account.charges)), source: ledger.name)
            found.state(.chargeTotal, .money(.euros(cents: account.charges * account.cents)), source: ledger.name)
            found.state(.refundDue, .money(due), source: ledger.name)
            if let delivered = account.delivered {
                found.state(.deliveryDate, .text(delivered), source: "invoice", at: delivered)
            }
            let often = ["never", "once", "twice", "three times"][min(account.charges, 3)]
            let price = Money.euros(cents: account.cents)
            if surplus > 0 {
                found.answer(.upheld, "Order \(order) was charged \(often), \(price) each time: \(due) too much.")
                found.propose(.refund, due, note: "Charged too much for order \(order).")
                found.tell("We are sorry that order \(order) was charged \(often). You will get \(due) back.")
            } else if account.refunds > 0 {
                found.answer(
                    .notUpheld, "Order \(order) was charged \(often), and the surplus has been returned already.")
            } else if words.speak(of: repeats) {
                found.answer(.notUpheld, "Order \(order) was charged \(often), \(price).")
            } else {
                found.answer(.cannotSay, "Order \(order) was charged \(often), \(price); the ledger says no more.")
            }
        }
    }
}
