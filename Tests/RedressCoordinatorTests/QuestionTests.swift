import RedressClient
import RedressContract
import RedressWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct QuestionTests {
    private let house = TestHouse()

    private func refusal(of question: JSON, by client: Client) async -> Refusal.Code? {
        let error = await #expect(throws: ClientError.self) { try await client.query(question) }
        return error?.refusal?.code
    }

    @Test func aCaseIsShownWithItsIssuesAndTasksBeforeItsRecordIsMade() async throws {
        try await house.serveClient { client in
            let receipt = try await client.submit(
                Complaint(text: Playbooks.complaint), key: "k", following: .everyEntry)
            for try await event in try #require(receipt.events) where event.type == "ready" { break }
            let shown = try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
            #expect(shown.at("reference").text == "\(receipt.reference)")
            #expect(shown.at("state") == "investigating")
            #expect(shown.at("client") == "client:shop")
            #expect(shown["outcome"] == .null)
            #expect(
                shown.at("issues").elements.map { $0.at("excerpt") } == ["I was charged twice.", "The pump is broken."])
            #expect(shown.at("tasks").elements.map { $0.at("type") } == ["billing/review", "technical/diagnosis"])
            #expect(shown.at("tasks").elements.map { $0.at("state") } == ["ready", "ready"])
        }
    }

    @Test func casesAreListedPageByPage() async throws {
        try await house.serveClient { client in
            var submitted: [String] = []
            for number in 1...5 {
                submitted.append(
                    "\(try await client.submit(Complaint(text: "Complaint."), key: "\(number)").reference)")
            }
            var listed: [String] = []
            var question: JSON = ["query": "cases", "limit": 2]
            while true {
                let page = try await client.query(question)
                listed += page.at("cases").elements.map { $0.at("reference").text }
                guard let next = page["next"] else { break }
                question = ["query": "cases", "limit": 2, "after": next]
            }
            #expect(listed == submitted)
        }
    }

    @Test func theJournalIsShownWithItsChain() async throws {
        try await house.serveClient { client in
            let receipt = try await client.submit(
                Complaint(text: Playbooks.complaint), key: "k", following: .everyEntry)
            for try await event in try #require(receipt.events) where event.type == "ready" { break }
            let journal = try await client.query(["query": "journal", "reference": .string("\(receipt.reference)")])
            #expect(journal.at("rows.0.head").text == receipt.head)
            #expect(journal.at("rows.0.turn") == .number(ExactNumber(Int(receipt.turn))))
            let entries = journal.at("rows").elements.flatMap { $0.at("entries").elements }
            #expect(entries.map { $0.at("type") } == ["received", "assessed", "planned", "ready"])
        }
    }

    @Test func theStatusNamesWhoIsHere() async throws {
        try await house.serve { endpoint in
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing", name: "till-7")
            try await worker.settle()
            let client = try await Client.connect(to: endpoint, name: "shop")
            _ = try await client.submit(Complaint(text: "Complaint."), key: "k")
            let status = try await client.query(["query": "status"])
            #expect(status.at("protocol") == "RDP/1")
            #expect(status.at("clients") == ["shop"])
            #expect(status.at("workers.0.name") == "till-7")
            #expect(status.at("workers.0.credit") == 8)
            #expect(status.at("departments").elements.map { $0.at("workers") } == [1, 0])
            #expect(status.at("setAside") == [])

            try await worker.settle()
            let asked = try await client.command(["command": "drain", "worker": "till-7"])
            try #require(asked == ["asked": 1])
            _ = await worker.next(.drain)
            #expect(try await client.command(["command": "drain", "worker": "nobody"]) == ["asked": 0])
            await client.close()
        }
    }

    @Test func whatCannotBeAnsweredIsRefused() async throws {
        try await house.serveClient { client in
            let unknown = try #require(CaseReference(rawValue: 7))
            #expect(await refusal(of: ["query": "weather"], by: client) == .unknownQuestion)
            #expect(await refusal(of: ["question": "case"], by: client) == .malformedBody)
            #expect(await refusal(of: [1, 2], by: client) == .malformedBody)
            #expect(await refusal(of: ["query": "case"], by: client) == .malformedBody)
            #expect(await refusal(of: ["query": "case", "reference": "R-1"], by: client) == .malformedBody)
            #expect(await refusal(of: ["query": "cases", "limit": -1], by: client) == .malformedBody)
            #expect(await refusal(of: ["query": "cases", "after": "nonsense"], by: client) == .malformedBody)
            for query in ["case", "journal"] {
                let question: JSON = ["query": .string(query), "reference": .string("\(unknown)")]
                #expect(await refusal(of: question, by: client) == .unknownCase)
            }
            let error = await #expect(throws: ClientError.self) {
                try await client.command(["command": "explode", "to": "/nowhere"])
            }
            #expect(error?.refusal?.code == .unknownQuestion)
        }
    }
}
