package import RedressContract
package import RedressWorker

/// The three departments of the sample mesh. Each answers from its own table of the ``BackOffice``, so that what they
/// find follows from the orders named in the complaint.
package enum SampleDepartment: String, Sendable, CaseIterable {
    case billing, logistics, technical

    /// The types of task that the department takes, with their version.
    package var contracts: [String] {
        switch self {
        case .billing: ["billing/charge-review@1"]
        case .logistics: ["logistics/shipment-trace@1", "logistics/replacement-shipment@1"]
        case .technical: ["technical/diagnosis@1"]
        }
    }

    /// A worker of the department.
    package func worker(
        connect endpoint: String, key file: String? = nil, concurrency: Int = 4
    ) throws(WorkerError) -> Worker {
        var worker = try Worker(department: rawValue, connect: endpoint, key: file, concurrency: concurrency) {
            brief, _ in
            try await Self.work(on: brief)
        }
        worker.contracts = contracts
        return worker
    }

    /// Takes the time that `redress conformance` asks for in its briefs, and answers.
    package static func work(on brief: Brief) async throws -> Contribution {
        if let seconds = brief.particulars("conformance-seconds").first.flatMap({ UInt16($0) }), seconds > 0 {
            try await Task.sleep(for: .seconds(seconds))
        }
        return answer(brief)
    }

    /// What the department that `brief` is for finds. The whole of a department: the workers' handler, and a program's for
    /// `redress worker --exec`, are hardly more than this.
    package static func answer(_ brief: Brief) -> Contribution {
        switch brief.type.description {
        case "billing/charge-review": Billing.review(brief)
        case "logistics/shipment-trace": Logistics.trace(brief)
        case "logistics/replacement-shipment": Logistics.replacement(brief)
        case "technical/diagnosis": Technical.diagnose(brief)
        default: .declining("The sample departments do not know tasks of the type \(brief.type).")
        }
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

    /// `outcome` on every issue of the task.
    func answers(_ outcome: Outcome, _ reasons: [String]) -> [Contribution.Answer] {
        issues.map { Contribution.Answer(issue: $0.number, outcome, reasons: reasons) }
    }

    /// The contribution of a department that would have to know the order.
    func cannotSay(_ reason: String, notChecked: String) -> Contribution {
        Contribution(answers: answers(.cannotSay, [reason]), notChecked: [notChecked])
    }

    /// Answers by what `find` makes of each order of this department's table that the complaint names, given how many
    /// there are.
    func answer<Row>(
        from table: [String: Row], of source: String, _ find: (_ order: String, _ count: Int, _ row: Row) -> Findings
    ) -> Contribution {
        let orders = orders
        guard !orders.isEmpty else {
            return cannotSay(
                "The complaint names no order; please tell us its number, such as A-1001.",
                notChecked: "The \(source), for want of an order's number.")
        }
        var total = Findings()
        for order in orders {
            if let row = table[order] {
                total.add(find(order, orders.count, row))
            } else {
                total.notChecked.append("Order \(order) is not in the \(source).")
            }
        }
        guard let outcome = total.outcome else {
            return cannotSay(
                "No order \(orders.joined(separator: ", ")) is known here.",
                notChecked: total.notChecked.joined(separator: " "))
        }
        return Contribution(
            answers: answers(outcome, total.reasons), findings: total.findings, remedies: total.remedies,
            words: total.words.isEmpty ? nil : total.words.joined(separator: " "), notChecked: total.notChecked)
    }
}
