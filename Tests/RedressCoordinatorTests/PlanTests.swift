import RedressClient
import RedressContract
import RedressStore
import RedressWire
import Testing

/// Plans that change while a case is worked on and after its record, over sockets.
@Suite(.timeLimit(.minutes(2))) struct PlanTests {
    private let house = TestHouse()

    /// Billing may ask technical for a second look, which no issue calls for; its tasks have version 2.
    private let playbooks = Playbooks.usual().replacing(
        "  - { type: technical/diagnosis, attempts: 2 }",
        with: """
              - { type: technical/diagnosis, attempts: 2, version: 2 }
              - { type: technical/second-look, on-request: true, asked-by: [billing] }
            """)

    private func shown(_ reference: CaseReference, by client: Client) async throws -> JSON {
        try await client.query(["query": "case", "reference": .string("\(reference)")])
    }

    private func meet(
        _ body: (_ client: Client, _ worker: Peer, _ reference: CaseReference) async throws -> Void
    ) async throws {
        try await house.serve(playbooks) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing", "technical")
            let receipt = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "k")
            try await body(client, worker, receipt.reference)
            await client.close()
        }
        #expect(try JournalVerification(house.data).fault == nil)
    }

    @Test func aDepartmentAsksAnotherOneBeforeTheRecordIsMade() async throws {
        try await meet { client, worker, reference in
            let offer = try await worker.accept()
            let asking: JSON = [
                "issues": [["number": 1, "outcome": "upheld"]],
                "findings": [["key": "charge.count", "value": 2]],
                "ask": [["type": "technical/second-look", "reason": "The till may be broken."]],
            ]
            #expect(try await worker.contribute(asking, to: offer).first == 1)
            let second = try await worker.accept()
            #expect(try second.json.at("type") == "technical/second-look")
            #expect(try second.json.at("findings.0.key") == "charge.count")
            let before = try await shown(reference, by: client)
            #expect(before.at("state") == "investigating" && before["outcome"] == .null, "no record, no outcome")
            #expect(try await worker.contribute(upholding(1), to: second).first == 1)
            let after = try await shown(reference, by: client)
            #expect(after.at("state") == "reconciled")
            #expect(after.at("tasks.1.askedBy") == 1)
            #expect(after.at("contributions").elements.count == 2)
        }
    }

    @Test func aCorrectionAfterTheRecordMakesAnotherOneAndBothAreKept() async throws {
        try await meet { client, worker, reference in
            let offer = try await worker.accept()
            #expect(try await worker.contribute(upholding(1), to: offer).first == 1)
            #expect(try await shown(reference, by: client).at("outcome") == "upheld")
            let task = try #require(offer.task)
            let correction: JSON = ["issues": [["number": 1, "outcome": "not-upheld"]], "corrects": 1]
            for _ in 1...2 {
                try await worker.say(Command(.contribute, task: task, attempt: 2, body: correction.bytes[...]))
                #expect(await worker.next(.settled).first == 1)
            }
            let after = try await shown(reference, by: client)
            #expect(after.at("state") == "reconciled")
            #expect(after.at("outcome") == "not-upheld")
            #expect(after.at("contributions.0.attempt") == 2)
            #expect(after.at("earlierRecords").elements.map { $0.at("outcome") } == ["upheld"])
            var types: [String] = []
            for try await event in await client.follow(reference) { types.append(event.type) }
            #expect(types.suffix(4) == ["reconciled", "reopened", "corrected", "reconciled"])
            var records: [JSON] = []
            for try await event in await client.follow(reference, scope: .record) { records.append(event.entry) }
            #expect(records.map { $0.at("outcome") } == ["not-upheld"], "the one that stands")
        }
    }

    @Test func whatIsSaidOfACaseThatCannotBeReadNowIsSaidAgain() async throws {
        try await meet { client, worker, reference in
            let offer = try await worker.accept()
            #expect(try await worker.contribute(upholding(1), to: offer).first == 1)
            #expect(try await shown(reference, by: client).at("state") == "reconciled")
            let task = try #require(offer.task)
            try house.change("ALTER TABLE journal RENAME TO elsewhere")
            let correction: JSON = ["issues": [["number": 1, "outcome": "not-upheld"]], "corrects": 1]
            let contribute = Command(.contribute, task: task, attempt: 2, body: correction.bytes[...])
            try await worker.say(contribute)
            try await worker.settle()
            #expect(await worker.count(of: .settled) == 0, "not moot")
            let retried = try await client.command(["command": "retry", "tasks": [.string("\(task)")]])
            #expect(retried.at("results.0.refusal.name") == "failed")
            let error = await #expect(throws: ClientError.self) {
                for try await _ in await client.follow(reference) {}
            }
            #expect(error?.refusal?.code == .failed)
            try house.change("ALTER TABLE elsewhere RENAME TO journal")
            try await worker.say(contribute)
            #expect(await worker.next(.settled).first == 1)
            #expect(try await shown(reference, by: client).at("outcome") == "not-upheld")
        }
    }

    @Test func theOwnerAddsATaskAndAdoptsWhatCameLate() async throws {
        try await meet { client, worker, reference in
            let offer = try await worker.accept()
            let task = try #require(offer.task)
            #expect(try await worker.contribute(["declined": "No."], to: offer).first == 1)
            try await worker.say(Command(.contribute, task: task, attempt: 2, body: upholding(1).bytes[...]))
            #expect(await worker.next(.settled).first == 2)
            #expect(try await shown(reference, by: client).at("tasks.0.late.0.attempt") == 2)

            let adopted = try await client.command([
                "command": "adopt", "task": .string("\(task)"), "attempt": 2, "reason": "They are right.",
            ])
            #expect(adopted.at("task").text == "\(task)")
            #expect(try await shown(reference, by: client).at("outcome") == "upheld")

            let added = try await client.command([
                "command": "add", "reference": .string("\(reference)"), "type": "technical/second-look",
                "issues": [1], "after": [1], "reason": "To be sure.",
            ])
            #expect(added.at("task").text == "\(reference)/2")
            #expect(try await shown(reference, by: client).at("state") == "investigating")
            let second = try await worker.accept()
            #expect(second.task == TaskID(reference, 2))
            #expect(try await worker.contribute(upholding(1), to: second).first == 1)
            let after = try await shown(reference, by: client)
            #expect(after.at("state") == "reconciled")
            #expect(after.at("earlierRecords").elements.count == 2)
        }
    }

    @Test func whatCannotBeDoneToAPlanIsRefused() async throws {
        try await meet { client, _, reference in
            let name = JSON.string("\(reference)")
            let unknown = JSON.string("\(try #require(CaseReference(rawValue: 7)))")
            for (order, code) in [
                (["command": "add", "reference": unknown, "type": "billing/review", "reason": ""], .unknownCase),
                (["command": "add", "reference": name, "type": "wine/tasting", "reason": ""], .unknownContract),
                (["command": "add", "reference": name, "type": "billing"], .malformedBody),
                (
                    ["command": "add", "reference": name, "type": "billing/review", "after": [70000], "reason": ""],
                    .malformedBody
                ),
                (["command": "adopt", "task": "R-1", "attempt": 1, "reason": ""], .malformedBody),
            ] as [(JSON, Refusal.Code)] {
                let error = await #expect(throws: ClientError.self) { try await client.command(order) }
                #expect(error?.refusal?.code == code)
            }
        }
    }

    @Test func theStatusSaysWhichContractNobodyServes() async throws {
        try await house.serve(playbooks) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.say(
                Command(
                    .ready,
                    body: [
                        "worker": "old", "incarnation": "a", "departments": ["technical"],
                        "contracts": ["technical/diagnosis@1"], "holding": [],
                    ]))
            _ = await worker.next(.welcome)
            try await worker.say(Command(.credit, first: 8, second: 1 << 20))
            let receipt = try await client.submit(
                Complaint(text: "The pump is broken."), key: "k", following: .everyEntry)
            for try await event in try #require(receipt.events) where event.type == "ready" { break }
            let status = try await client.query(["query": "status"])
            #expect(status.at("workers.0.contracts") == ["technical/diagnosis@1"])
            #expect(status.at("unserved") == [["contract": "technical/diagnosis@2", "waiting": 1]])
            #expect(await worker.count(of: .offer) == 0)
            let next = try await Peer.connected(to: endpoint)
            try await next.enter("technical", incarnation: "b")
            #expect(try await next.accept().json.at("version") == 2)
            await client.close()
        }
    }
}
