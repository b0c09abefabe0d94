import Dispatch
import RedressCase
import RedressClient
import RedressContract
import RedressStore
import RedressWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct RestartTests {
    private let house = TestHouse()

    private func shown(_ reference: CaseReference, by client: Client) async throws -> JSON {
        try await client.query(["query": "case", "reference": .string("\(reference)")])
    }

    @Test func aBackupOfARunningCoordinatorRestoresToTheSameCases() async throws {
        let backup = house.folder("backup")
        let restored = house.folder("restored")
        let (reference, before) = try await house.serveClient { client in
            let receipt = try await client.submit(
                Complaint(text: Playbooks.complaint), key: "k", following: .everyEntry)
            for try await event in try #require(receipt.events) where event.type == "ready" { break }
            let copied = try await client.command(["command": "backup", "to": .string(backup.path)])
            #expect(copied.at("cases") == 1)
            let error = await #expect(throws: ClientError.self) {
                try await client.command(["command": "backup", "to": .string(backup.path)])
            }
            #expect(error?.refusal?.code == .failed)
            _ = try await client.submit(Complaint(text: "After the backup."), key: "later")
            return (receipt.reference, try await shown(receipt.reference, by: client))
        }
        #expect(try JournalVerification(backup).fault == nil)
        #expect(try JournalBackup.copy(from: backup, to: restored).cases == 1)
        try await house.serveClient(data: restored) { client in
            let after = try await shown(reference, by: client)
            #expect(after == before)
            let cases = try await client.query(["query": "cases"]).at("cases").elements
            #expect(cases.count == 1)
        }
    }

    @Test func anOpenCaseStaysOnItsPolicy() async throws {
        let old = try await house.serveClient { client in
            let receipt = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "old")
            return (reference: receipt.reference, policy: try await client.query(["query": "status"]).at("policy"))
        }
        try await house.serve(Playbooks.usual(billingMayState: "refund.due")) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let policy = try await client.query(["query": "status"]).at("policy")
            #expect(policy != old.policy)
            let new = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "new").reference
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            var settlements: [CaseReference: UInt32] = [:]
            for _ in 1...2 {
                let offer = try await worker.accept()
                let settled = try await worker.contribute(upholding(1, ["charge.count": 2]), to: offer)
                if let reference = offer.reference { settlements[reference] = settled.first }
            }
            #expect(settlements == [old.reference: 1, new: 4])
            #expect(try await shown(old.reference, by: client).at("facts")["charge.count"]?.at("value") == 2)
            let journal = try await client.query(["query": "journal", "reference": .string("\(old.reference)")])
            #expect(journal.at("rows.0.entries.0.policy") == old.policy)
            await client.close()
        }
    }

    @Test func openCasesAndTheirViewsAreThereAfterARestart() async throws {
        let (before, list) = try await house.serveClient { client in
            for number in 1...3 {
                let receipt = try await client.submit(
                    Complaint(text: Playbooks.complaint), key: "\(number)", following: .everyEntry)
                for try await event in try #require(receipt.events) where event.type == "ready" { break }
            }
            let list = try await client.query(["query": "cases"])
            return (try await client.query(["query": "status"]), list)
        }
        try await house.serveClient { client in
            #expect(try await client.query(["query": "cases"]) == list)
            let status = try await client.query(["query": "status"])
            #expect(status.at("openCases") == 3)
            #expect(status.at("policy") == before.at("policy"))
            #expect(status.at("departments").elements.map { $0.at("waiting") } == [3, 3])
            #expect(status.at("epoch") != before.at("epoch"))
        }
        #expect(try JournalVerification(house.data).fault == nil)
    }

    @Test func whatAWorkerHoldsItKeepsOverARestart() async throws {
        let (reference, offer) = try await house.serve { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            let reference = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "k").reference
            let offer = try await worker.accept()
            try await worker.settle()
            await client.close()
            return (reference, offer)
        }
        try await house.serveClient { client in
            let state = try await shown(reference, by: client).at("tasks.0.state")
            #expect(state == "accepted")
        }
        try await house.serve { endpoint in
            let worker = try await Peer.connected(to: endpoint)
            let task = try #require(offer.task)
            try await worker.say(
                .init(
                    .ready,
                    body: [
                        "worker": "worker", "incarnation": "a", "departments": ["billing"],
                        "holding": [["task": .string("\(task)"), "attempt": 1, "state": "running"]],
                    ]))
            let orders = await worker.next(.orders)
            #expect(orders.task == task)
            #expect(orders.first == 0)
            #expect(try await worker.contribute(upholding(1), to: offer).first == 1)
            let client = try await Client.connect(to: endpoint, name: "shop")
            let after = try await shown(reference, by: client)
            #expect(after.at("state") == "reconciled")
            #expect(after.at("contributions.0.attempt") == 1)
            #expect(after.at("tasks.0")["attemptsEnded"] == nil)
            await client.close()
        }
    }

    @Test func aCaseThatCannotBeFoldedIsSetAsideAndTheOthersGoOn() async throws {
        let good = try await house.serveClient {
            try await $0.submit(Complaint(text: Playbooks.complaint), key: "good").reference
        }
        let bad = try #require(CaseReference(rawValue: 0x0123_4567_89AB_CDE))
        try append(bad) { _ in
            [StoredEntry(structure: Array(#"{"type":"apocalypse","at":1,"actor":"nobody"}"#.utf8))]
        }
        try await house.serveClient { client in
            let status = try await client.query(["query": "status"])
            #expect(status.at("setAside").elements.map { $0.at("reference").text } == ["\(bad)"])
            #expect(status.at("setAside.0.reason").text.contains("apocalypse"))
            #expect(status.at("openCases") == 1)
            #expect(try await shown(good, by: client).at("issues").elements.count == 2)

            let aside = try await shown(bad, by: client)
            #expect(aside.at("state") == "set-aside")
            #expect(aside.at("reason").text.contains("apocalypse"))
            let journal = try await client.query(["query": "journal", "reference": .string("\(bad)")])
            #expect(journal.at("setAside").text.contains("redress journal verify"))
            #expect(journal.at("rows.0.entries.0.type") == "apocalypse")
            let listed = try await client.query(["query": "cases"])
            #expect(
                listed.at("cases").elements.first { $0.at("reference").text == "\(good)" }?.at("state")
                    == "investigating")

            let receipt = try await client.submit(Complaint(text: Playbooks.complaint), key: "next")
            #expect(try await shown(receipt.reference, by: client).at("reference").text == "\(receipt.reference)")
        }
        #expect(try JournalVerification(house.data).fault == nil)
    }

    @Test func whatARecoveryDecidesIsDecidedOnceWhoeverSpeaksOfTheCaseMeanwhile() async throws {
        let playbooks = Playbooks.usual().replacing(
            "  - { type: technical/diagnosis, attempts: 2 }",
            with: """
                  - { type: technical/diagnosis }
                  - { type: technical/sequel, after: [technical/diagnosis], within: 1d, on-failure: cancel }
                """)
        let open = try await house.serveClient(playbooks) { client in
            let receipt = try await client.submit(
                Complaint(text: "The pump is broken."), key: "k", following: .everyEntry)
            for try await event in try #require(receipt.events) where event.type == "ready" { break }
            return receipt.reference
        }
        // The same case, two days old: its join fires while it is recovered, and ends it.
        let due = try #require(CaseReference(rawValue: 0x0123_4567_89AB_CDE))
        try append(due) { journal in
            try journal.entries(of: .case(open)).map { stored in
                var entry = try Entry(stored)
                entry.at.milliseconds -= 2 * 86_400_000
                return entry.stored
            }
        }
        let said = DispatchSemaphore(value: 0)
        let pause: @Sendable () -> Void = { said.wait() }
        try await house.serve(playbooks, pause: pause) { endpoint in
            let worker = try await Peer.connected(to: endpoint)
            let ready: JSON = [
                "worker": "worker", "incarnation": "a", "departments": ["technical"],
                "holding": [["task": .string("\(due)/1"), "attempt": 1, "state": "running"]],
            ]
            try await worker.say(Command(.ready, body: ready))
            said.signal()
            _ = await worker.next(.welcome)
            try await worker.settle()
        }
        let types = try entries(of: due).map { try JSON(parsing: $0.structure).at("type").text }
        #expect(types.dropFirst(4) == ["ended", "ended", "reconciled"])
        #expect(try Case(due, stored: entries(of: due)).recordCount == 1)
    }

    private func entries(of reference: CaseReference) throws -> [StoredEntry] {
        let journal = try SQLiteJournal(house.data)
        defer { journal.close() }
        return try journal.entries(of: .case(reference))
    }

    /// Writes a case that no program of Redress would.
    private func append(_ reference: CaseReference, _ entries: (SQLiteJournal) throws -> [StoredEntry]) throws {
        let journal = try SQLiteJournal(house.data)
        defer { journal.close() }
        let row = Turn.Row(stream: .case(reference), entries: try entries(journal))
        _ = try journal.append(
            Turn(
                number: journal.durableTurn + 1, epoch: journal.epoch,
                intakes: [Turn.Intake(reference: reference, key: .zero, body: .zero)], rows: [row]))
    }
}
