import RedressCase
import RedressClient
import RedressContract
import RedressStore
import RedressWire
import Testing

/// What a coordinator makes of a folder that somebody, or a disk, has changed while it was stopped.
@Suite(.timeLimit(.minutes(2))) struct DamageTests {
    private let house = TestHouse()

    /// Takes in two complaints, pauses and resumes them, and stops when both are planned and shown: four rows each.
    private func takeIn() async throws -> (bad: CaseReference, good: CaseReference) {
        try await house.serveClient { client in
            var references: [CaseReference] = []
            for key in ["bad", "good"] {
                let receipt = try await client.submit(
                    Complaint(text: Playbooks.complaint), key: key, following: .everyEntry)
                for try await event in try #require(receipt.events) where event.type == "ready" { break }
                for command in ["pause", "resume"] {
                    _ = try await client.command([
                        "command": .string(command), "reference": .string("\(receipt.reference)"), "reason": "Asked.",
                    ])
                }
                references.append(receipt.reference)
            }
            return (references[0], references[1])
        }
    }

    private func verified() throws -> JournalFault? {
        try JournalVerification(house.data, views: CaseView.init(folding:_:)).fault
    }

    @Test(arguments: [
        "UPDATE journal SET entries = x'00ff' WHERE row = (SELECT min(row) FROM journal WHERE stream = 1)",
        "UPDATE journal SET parts = x'00ff' WHERE row = (SELECT min(row) FROM journal WHERE stream = 1)",
        "UPDATE journal SET hash = x'00' WHERE row = (SELECT max(row) FROM journal WHERE stream = 1)",
        "UPDATE journal SET entries = CAST(replace(entries, '\"type\"', '\"tipe\"') AS BLOB) WHERE stream = 1",
        "UPDATE journal SET entries = CAST(replace(entries, '{\"type\"', '}\"type\"') AS BLOB) WHERE stream = 1",
        "UPDATE journal SET parts = CAST(replace(parts, 'charged', 'changed') AS BLOB) WHERE stream = 1",
        "UPDATE journal SET entries = CAST(replace(entries, '\"deadline\":1', '\"deadline\":2') AS BLOB) WHERE stream = 1",
        "DELETE FROM journal WHERE row IN (SELECT row FROM journal WHERE stream = 1 ORDER BY row LIMIT 1 OFFSET 2)",
        "UPDATE journal SET parts = NULL WHERE stream = 1", "DELETE FROM journal WHERE stream = 1",
    ])
    func aCaseWithADamagedRowIsSetAsideAndTheOthersGoOn(sql: String) async throws {
        let (bad, good) = try await takeIn()
        try house.change(sql)
        for _ in 1...2 {
            try await house.serveClient { client in
                let status = try await client.query(["query": "status"])
                #expect(status.at("openCases") == 1)
                #expect(status.at("setAside").elements.map { $0.at("reference").text } == ["\(bad)"])
                let reason = status.at("setAside.0.reason").text
                #expect(reason.contains("redress journal verify --data \(house.data.path)"), "\(reason)")
                let cases = try await client.query(["query": "cases"]).at("cases").elements
                #expect(cases.map { $0.at("state").text } == ["set-aside", "investigating"])
                #expect(cases.map { $0["receivedAt"] == nil } == [true, false], "its time is not known")
                let shown = try await client.query(["query": "case", "reference": .string("\(good)")])
                #expect(shown.at("issues").elements.count == 2)
                let aside = try await client.query(["query": "case", "reference": .string("\(bad)")])
                #expect(aside.at("state") == "set-aside")
                #expect(aside.at("reason").text == reason)
                let retried = try await client.command(["command": "retry", "tasks": [.string("\(bad)/1")]])
                #expect(retried.at("results.0.refusal.name") == "needsPerson")
            }
        }
        #expect(try verified() != nil)
    }

    @Test(arguments: [
        "UPDATE cases SET unfinished = 0", "DELETE FROM cases", "DELETE FROM cases WHERE stream = 2",
        "UPDATE cases SET unfinished = 0; DELETE FROM tasks; DELETE FROM conflicts",
    ])
    func lostViewsAreMadeAnewAndEveryCaseGoesOn(sql: String) async throws {
        let references = try await takeIn()
        #expect(try verified() == nil)
        try house.change(sql)
        #expect(try verified()?.kind == .wrongView)
        try await house.serve { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let status = try await client.query(["query": "status"])
            #expect(status.at("openCases") == 2)
            let cases = try await client.query(["query": "cases"]).at("cases").elements
            #expect(cases.map { $0.at("reference").text } == ["\(references.bad)", "\(references.good)"])
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            for _ in 1...2 { #expect(try await worker.contribute(upholding(1), to: worker.accept()).first == 1) }
            await client.close()
        }
        #expect(try verified() == nil)
    }

    @Test(arguments: [
        "UPDATE journal SET entries = x'00ff' WHERE row = 1", "DELETE FROM journal WHERE row = 1",
        "UPDATE journal SET entries = CAST(replace(entries, '\"at\":1', '\"at\":2') AS BLOB) WHERE row = 1",
        "UPDATE journal SET entries = CAST(replace(entries, '{\"type\"', '}\"type\"') AS BLOB) WHERE row = 1",
    ])
    func aHouseThatIsDamagedIsRefusedWithWhatToDo(sql: String) async throws {
        _ = try await takeIn()
        try house.change(sql)
        #expect(try verified() != nil)
        let error = await #expect(throws: JournalError.self) { try await house.serveClient { _ in } }
        #expect(error?.code == .broken)
        #expect(error?.sentence.contains("redress restore BACKUP --data NEW") == true, "\(String(describing: error))")
    }

    @Test func aJournalThatLostItsLastTurnIsRefusedWithWhatToDo() async throws {
        _ = try await takeIn()
        try house.change("DELETE FROM turns WHERE number = (SELECT max(number) FROM turns)")
        let error = await #expect(throws: JournalError.self) { try await house.serveClient { _ in } }
        #expect(error?.code == .broken)
        #expect(error?.sentence.contains("redress restore BACKUP --data NEW") == true, "\(String(describing: error))")
    }

    @Test func aCaseThatWasSetAsideIsShownAtEveryStartAndGoesOnOnceItCan() async throws {
        let (bad, _) = try await takeIn()
        try house.change(
            "UPDATE journal SET parts = CAST(replace(parts, 'charged', 'changed') AS BLOB) WHERE stream = 1")
        for _ in 1...2 {
            try await house.serveClient { client in
                let status = try await client.query(["query": "status"])
                #expect(status.at("setAside.0.reference").text == "\(bad)")
            }
        }
        try house.change(
            "UPDATE journal SET parts = CAST(replace(parts, 'changed', 'charged') AS BLOB) WHERE stream = 1")
        try await house.serveClient { client in
            let status = try await client.query(["query": "status"])
            #expect(status.at("openCases") == 2)
            #expect(status.at("setAside").elements.isEmpty)
            let cases = try await client.query(["query": "cases"]).at("cases").elements
            #expect(cases.map { $0.at("state").text } == ["investigating", "investigating"])
        }
        #expect(try verified() == nil)
    }
}
