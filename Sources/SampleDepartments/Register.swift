internal import RedressContract

/// A department's table, by order, and what can be asked of it.
struct Register<Row: Sendable>: Sendable {
    /// Its name, as the source of findings.
    var name: String
    var rows: [String: Row]
    /// What it does not know, as the reason for which an issue about something else cannot be answered from it.
    var limits: String
    /// Whether an issue in these words is about what the register knows.
    var covers: @Sendable (IssueWords) -> Bool

    /// Answers each issue of `brief` by what `find` makes of the orders that its own words name; an issue that names none
    /// is about the complaint's only order.
    func answer(
        _ brief: Brief, _ find: (inout Findings, _ words: IssueWords, _ order: String, _ row: Row) -> Void
    ) -> Contribution {
        let known = brief.orders
        var found = Findings()
        for issue in brief.issues {
            found.look(at: issue.number)
            let words = IssueWords(issue.excerpt)
            guard covers(words) else {
                found.answer(.cannotSay, limits)
                continue
            }
            let named = known.filter { words.name($0) }
            let orders = named.isEmpty && known.count == 1 ? known : named
            if orders.isEmpty {
                found.answer(.cannotSay, question(known))
                found.leave("The \(name), for want of an order's number.")
            }
            for order in orders {
                found.look(at: issue.number, order)
                if let row = rows[order] {
                    find(&found, words, order, row)
                } else {
                    found.answer(.cannotSay, "Order \(order) is not in the \(name); please look at its number again.")
                    found.leave("Order \(order), which is not in the \(name).")
                }
            }
        }
        return found.contribution
    }

    /// Asks for the order of an issue that names none of `known`.
    private func question(_ known: [String]) -> String {
        guard let last = known.last else {
            return "The complaint names no order; please tell us its number, such as A-1001."
        }
        return "This part names no order; please tell us which is meant: "
            + known.dropLast().joined(separator: ", ") + " or \(last)."
    }
}

extension Brief {
    /// The orders that the complaint names, as the back office writes them, each once.
    var orders: [String] {
        var orders: [String] = []
        for order in particulars("order").map({ $0.uppercased() }) where !orders.contains(order) {
            orders.append(order)
        }
        return orders
    }
}
