import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// What became of acknowledged complaints, each with the four tasks of ``MeshTests/complaint``: what was lost, what was done
/// twice.
struct CaseAudit: CustomStringConvertible {
    /// Acknowledged complaints.
    private(set) var complaints = 0
    /// Cases that are not there, have no record, or have a record without one of the contributions.
    private(set) var lost: Set<CaseReference> = []
    /// Cases with anything twice, and cases that nobody submitted.
    private(set) var double: Set<CaseReference> = []

    /// Whether nothing was lost or done twice.
    var isClean: Bool { lost.isEmpty && double.isEmpty }

    var description: String {
        "\(complaints) complaints, \(lost.count) lost \(lost.sorted()), \(double.count) double \(double.sorted())"
    }

    /// Looks at every case that the coordinator has, all of which were submitted under one of `acknowledged`.
    init(of acknowledged: [CaseReference], by client: Client) async throws {
        complaints = acknowledged.count
        var seen: Set<CaseReference> = []
        for reference in acknowledged where !seen.insert(reference).inserted { double.insert(reference) }
        lost = seen
        var page: JSON = ["query": "cases", "limit": 1000]
        while true {
            let answer = try await client.query(page)
            for reference in answer.elements("cases").compactMap({ CaseReference($0.text("reference")) }) {
                try await audit(reference, by: client)
                if !seen.contains(reference) { double.insert(reference) }
            }
            guard case .string(let next)? = answer["next"] else { break }
            page = ["query": "cases", "limit": 1000, "after": .string(next)]
        }
        let status = try await client.query(["query": "status"])
        #expect(status["openCases"] == 0)
        #expect(status["setAside"] == [])
    }

    /// Whether the journal of a case tells of one intake, one record, and one contribution to each task.
    private mutating func audit(_ reference: CaseReference, by client: Client) async throws {
        let journal = try await client.query(["query": "journal", "reference": .string("\(reference)")])
        let entries = journal.elements("rows").flatMap { $0.elements("entries") }
        func count(_ type: String) -> Int { entries.count { $0.text("type") == type } }
        let once = ["received", "assessed", "planned", "reconciled"].map(count)
        let contributed = entries.filter { $0.text("type") == "contributed" }.compactMap { $0["task"] }
        let shown = try await client.query(["query": "case", "reference": .string("\(reference)")])
        if once.contains(where: { $0 > 1 }) || Set(contributed).count < contributed.count {
            double.insert(reference)
        }
        if once.allSatisfy({ $0 > 0 }), Set(contributed).count == 4, count("ended") == 0,
            shown.text("state") == "reconciled", shown.elements("contributions").count == 4, shown["missing"] == []
        {
            lost.remove(reference)
        }
    }
}

/// Expects that the chains of the journal in `folder` are whole, and hold what was acknowledged.
func expectGoodJournal(_ folder: String, _ receipts: [Receipt]) async throws {
    let verified = try await Program.run(
        ["journal", "verify", "--data", folder]
            + receipts.flatMap { ["--anchor", "\($0.reference)=\($0.head)"] })
    #expect(verified.code == 0, "\(verified.errors)")
}
