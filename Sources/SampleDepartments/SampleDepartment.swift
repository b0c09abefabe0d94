package import RedressContract
package import RedressWorker

/// The three departments of the sample mesh. Each answers from its own table of the ``BackOffice``, so that what they
/// find on an issue follows from the order that it names and from what it is about; what no table knows, they cannot say.
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
