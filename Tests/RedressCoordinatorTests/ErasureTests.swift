import Foundation
import RedressCase
import RedressClient
import RedressContract
import RedressKeys
import RedressStore
import RedressWire
import Testing

/// Erasing what a case says of the complainant, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct ErasureTests {
    private let house = TestHouse()

    private static let text = "I, Zoë Zander, was charged twice."

    private func erase(_ reference: CaseReference, _ client: Client) async throws -> JSON {
        try await client.command([
            "command": "erase", "reference": .string("\(reference)"), "reason": "On request.", "by": "anna",
        ])
    }

    /// Whether a file of the data folder has `text` in it.
    private func holds(_ text: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: house.data.path).contains { name in
            try Data(contentsOf: URL(fileURLWithPath: "\(house.data.path)/\(name)")).range(of: Data(text.utf8)) != nil
        }
    }

    private func verified() throws -> JournalFault? {
        try JournalVerification(house.data, views: CaseView.init(folding:_:)).fault
    }

    @Test func aFinishedCaseIsErasedOnceThatIsOnDiskAndStaysSo() async throws {
        let reference = try await house.serve { endpoint in
            let client = try await Client.connect(to: endpoint, name: "desk")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing", name: "till-7")
            let receipt = try await client.submit(Complaint(text: Self.text), key: "k", following: .record)
            let reference = receipt.reference
            let offer = try await worker.accept()

            let early = await #expect(throws: ClientError.self) { try await erase(reference, client) }
            #expect(early?.refusal?.code == .wrongState)
            #expect(early?.refusal?.description.contains("not finished") == true)

            let finding: JSON = [
                "issues": [["number": 1, "outcome": "upheld", "reasons": ["Ms Zander is right."]]],
                "findings": [["key": "charge.count", "value": "seventeen"]],
            ]
            #expect(try await worker.contribute(finding, to: offer).first == 1)
            for try await event in try #require(receipt.events) { #expect(event.isLast) }
            #expect(try holds("Zander"))
            #expect(try holds("seventeen"))

            let answer = try await erase(reference, client)
            #expect(answer.at("reference").text == "\(reference)")
            #expect(answer.at("logEmptied") == true)
            #expect(try !holds("Zander"))
            #expect(try !holds("seventeen"))
            #expect(try verified() == nil)

            let shown = try await client.query(["query": "case", "reference": .string("\(reference)")])
            #expect(shown.at("state") == "reconciled")
            #expect(shown.at("outcome") == "upheld")
            #expect(shown.at("erased") == true)
            #expect(shown.at("issues.0.excerpt") == "(erased)")
            let journal = try await client.query(["query": "journal", "reference": .string("\(reference)")])
            let last = try #require(journal.at("rows").elements.last?.at("entries").elements.last)
            #expect(last.at("type") == "erased")
            #expect(last.at("actor") == "client:desk/anna")
            #expect(last.at("person") == "complainant")
            #expect(last.at("reason") == "On request.")
            #expect(journal.at("rows.0.entries.0.body") == ["erased": true])

            let task: JSON = .string("\(reference)/1")
            let retried = try await client.command(["command": "retry", "tasks": [task]])
            #expect(retried.at("results.0.refusal.name") == "wrongState")
            let again = try await worker.contribute(finding, to: offer)
            #expect(again.first == 1, "what counts goes on counting")
            var other = offer
            other.attempt += 1
            #expect(try await worker.contribute(finding, to: other).first == 3, "nothing is kept for later")
            let correction: JSON = ["issues": [["number": 1, "outcome": "not-upheld"]], "corrects": 1]
            #expect(try await worker.contribute(correction, to: other).first == 3, "what counts stays")
            let added = await #expect(throws: ClientError.self) {
                try await client.command([
                    "command": "add", "reference": .string("\(reference)"), "type": "billing/charge-review",
                    "issues": [1],
                ])
            }
            #expect(added?.refusal?.code == .wrongState)
            #expect(try !holds("Zander"))
            await client.close()
            return reference
        }
        try await house.serveClient { client in
            let cases = try await client.query(["query": "cases"])
            #expect(cases.at("cases.0.outcome") == "upheld")
            let again = try await erase(reference, client)
            #expect(again.at("logEmptied") == true, "once more does no harm")
        }
        #expect(try verified() == nil)
    }

    @Test func anErasureIsRefusedWithoutAReasonOrACase() async throws {
        try await house.serveClient { client in
            let unreasoned = await #expect(throws: ClientError.self) {
                try await client.command(["command": "erase", "reference": "R-0000-0000-0001-Y"])
            }
            #expect(unreasoned?.refusal?.code == .malformedBody)
            let unknown = await #expect(throws: ClientError.self) {
                try await erase(try #require(CaseReference("R-0000-0000-0001-Y")), client)
            }
            #expect(unknown?.refusal?.code == .unknownCase)
        }
    }
}
