import RedressClient
import RedressContract
import RedressWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct WorkTests {
    private let house = TestHouse()

    /// Submits a complaint and lets a client and a worker of both departments meet over it.
    private func meet(
        _ playbooks: String = Playbooks.usual(), over complaint: String,
        _ body: (_ client: Client, _ worker: Peer, _ receipt: Receipt) async throws -> Void
    ) async throws {
        try await house.serve(playbooks) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing", "technical")
            let receipt = try await client.submit(Complaint(text: complaint), key: "k", following: .record)
            try await body(client, worker, receipt)
            await client.close()
        }
    }

    /// The case as it is shown once its record is made.
    private func record(_ client: Client, _ receipt: Receipt) async throws -> JSON {
        for try await event in try #require(receipt.events) { #expect(event.isLast) }
        return try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
    }

    /// How many entries of each type the case's journal has.
    private func entries(_ client: Client, _ receipt: Receipt) async throws -> [String: Int] {
        let journal = try await client.query(["query": "journal", "reference": .string("\(receipt.reference)")])
        let types = journal.at("rows").elements.flatMap { $0.at("entries").elements.map { $0.at("type").text } }
        return types.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test func twoDepartmentsMakeOneRecord() async throws {
        try await meet(over: Playbooks.complaint) { client, worker, receipt in
            let (billing, technical) = (try await worker.accept(), try await worker.accept())
            #expect(try billing.json.at("issues.0.excerpt") == "I was charged twice.")
            #expect(try technical.json.at("issues.0.excerpt") == "The pump is broken.")
            #expect(try await worker.contribute(upholding(2, ["device.fault": "pump"]), to: technical).first == 1)
            #expect(try await worker.contribute(upholding(1, ["charge.count": 2]), to: billing).first == 1)
            let shown = try await record(client, receipt)
            #expect(shown.at("state") == "reconciled")
            #expect(shown.at("outcome") == "upheld")
            #expect(shown.at("facts")["charge.count"]?.at("value") == 2)
            #expect(shown.at("facts")["device.fault"]?.at("source") == "technical task 2")
            #expect(shown.at("missing") == [])
            #expect(shown.at("openPoints") == 0)
        }
    }

    @Test func aResultSentAgainIsSettledAgainAndCountsOnce() async throws {
        try await meet(over: Playbooks.billingOnly) { client, worker, receipt in
            let offer = try await worker.accept()
            for _ in 1...3 { #expect(try await worker.contribute(upholding(1), to: offer).first == 1) }
            _ = try await record(client, receipt)
            #expect(try await worker.contribute(upholding(1), to: offer).first == 1)
            #expect(try await entries(client, receipt)["contributed"] == 1)
        }
    }

    @Test func anUnknownDepartmentIsRefused() async throws {
        try await house.serve { endpoint in
            let worker = try await Peer.connected(to: endpoint)
            try await worker.say(.ready(["billing", "wine-cellar"]))
            let refused = await worker.next(.refused)
            #expect(refused.refusal == .unknownDepartment)
            #expect(try refused.json.at("reason").text.contains("wine-cellar"))
            try await worker.enter("billing")
        }
    }

    @Test func aFactOfAnotherDepartmentParksTheTask() async throws {
        try await meet(over: Playbooks.billingOnly) { client, worker, receipt in
            let offer = try await worker.accept()
            let settled = try await worker.contribute(upholding(1, ["device.fault": "pump"]), to: offer)
            #expect(settled.first == 4)
            #expect(try settled.json.at("code") == 14)
            let shown = try await record(client, receipt)
            #expect(shown.at("missing.0.department") == "billing")
            #expect(shown.at("missing.0.outcome") == "failed")
            #expect(shown.at("missing.0.reason").text.hasPrefix("parked: "))
            let open: JSON = [
                "kind": "task", "task": 1, "type": "billing/review", "outcome": "failed", "parked": true,
            ]
            #expect(shown.at("open") == [open], "the task and its issue are one point")
            #expect(shown.at("openPoints") == 1)
            #expect(shown.at("issues.0.outcome") == .null)
            #expect(shown.at("contributions") == [])
            #expect(shown.at("facts") == [:])
            #expect(try await entries(client, receipt)["attempt-ended"] == nil)
        }
    }

    @Test(arguments: [
        ("not JSON", Refusal.Code.malformedBody), ("{}", .malformedBody), (#"{"issues":[]}"#, .malformedBody),
        (#"{"issues":[{"number":1,"outcome":"maybe"}]}"#, .malformedBody),
        (#"{"issues":[{"number":2,"outcome":"upheld"}]}"#, .unknownIssue),
    ]) func aContributionThatCannotBeTakenIsTriedAgainThenParked(_ body: String, _ code: Refusal.Code) async throws {
        try await meet(over: Playbooks.billingOnly) { client, worker, receipt in
            for attempt in 1...2 {
                let offer = try await worker.accept()
                #expect(offer.attempt == attempt)
                let task = try #require(offer.task)
                try await worker.say(
                    Command(.contribute, task: task, attempt: offer.attempt, body: Array(body.utf8)[...]))
                let settled = await worker.next(.settled)
                #expect(settled.first == 4)
                #expect(try settled.json.at("code") == .number(ExactNumber(Int(code.rawValue))))
            }
            let shown = try await record(client, receipt)
            #expect(shown.at("missing.0.outcome") == "failed")
            #expect(shown.at("missing.0.reason").text.hasPrefix("parked after 2 of 2 attempts, the last one failed"))
            #expect(try await entries(client, receipt)["attempt-ended"] == 2)
        }
    }

    @Test func aTaskGivenBackIsOfferedAgainAndBurnsNothing() async throws {
        try await meet(Playbooks.usual(attempts: 1), over: Playbooks.billingOnly) { client, worker, receipt in
            for _ in 1...3 {
                let settled = try await worker.answer(worker.accept(), .release, first: 1, ["reason": "Lunch."])
                #expect(settled.first == 1)
            }
            #expect(try await worker.contribute(upholding(1), to: worker.accept()).first == 1)
            #expect(try await record(client, receipt).at("tasks.0.attemptsEnded.released") == 3)
        }
    }

    @Test func aConflictIsOpenByItsKey() async throws {
        try await meet(over: Playbooks.billingOnly) { client, worker, receipt in
            let findings: JSON = .array(
                [1, 2].map { ["key": "charge.count#A-1", "value": .number(ExactNumber($0)), "issues": [1]] })
            let contribution: JSON = ["issues": [["number": 1, "outcome": "upheld"]], "findings": findings]
            #expect(try await worker.contribute(contribution, to: worker.accept()).first == 1)
            let shown = try await record(client, receipt)
            #expect(shown.at("open") == [["kind": "conflict", "key": "charge.count#A-1", "issues": [1]]])
            #expect(shown.at("conflicts.0.statements").elements.map { $0.at("value") } == [1, 2])
            #expect(shown.at("issues.0.outcome") == .null && shown.at("outcome") == "undecided", "it is held up")

            func settle(_ fact: String, _ value: JSON, _ reason: String) async throws {
                _ = try await client.command([
                    "command": "settle", "reference": .string("\(receipt.reference)"), "fact": .string(fact),
                    "value": value, "reason": .string(reason), "by": "anna",
                ])
            }
            for (fact, value, reason, words) in [
                (
                    "charge.count#A-2", 2, "Seen.",
                    "no conflict on charge.count#A-2. It has conflicts on charge.count#A-1."
                ),
                ("charge.count#A-1", 2, "", "Say why"), ("charge.count#A-1", .null, "Seen.", "is required"),
                ("Charge", 2, "Seen.", "a fact's key"),
            ] as [(String, JSON, String, String)] {
                let error = await #expect(throws: ClientError.self) { try await settle(fact, value, reason) }
                #expect(error?.refusal?.sentence.contains(words) == true, "\(String(describing: error))")
            }
            for _ in 1...2 {  // the second time is the same again
                try await settle("charge.count#A-1", 2, "The ledger says so.")
                let settled = try await record(client, receipt)
                #expect(settled.at("state") == "reconciled" && settled.at("records") == 2)
                #expect(settled.at("conflicts") == [] && settled.at("open") == [])
                #expect(settled.at("issues.0.outcome") == "upheld" && settled.at("outcome") == "upheld")
                let fact = settled["facts"]?["charge.count#A-1"] ?? .null
                #expect(fact.at("value") == 2 && fact.at("source") == "settled by client:shop/anna")
                #expect(
                    fact.at("settled.by") == "client:shop/anna" && fact.at("settled.reason") == "The ledger says so.")
                #expect(fact.at("statements").elements.map { $0.at("value") } == [1, 2], "both sides")
            }
            try await settle("charge.count#A-1", 1, "It does not, after all.")
            let otherwise = try await record(client, receipt)
            #expect(otherwise.at("records") == 3)
            #expect(otherwise["facts"]?["charge.count#A-1"]?.at("value") == 1)
        }
    }

    @Test func aFailureSaysItsReasonInTheRecord() async throws {
        try await meet(over: Playbooks.billingOnly) { client, worker, receipt in
            for cause: UInt32 in [1, 2] {
                #expect(
                    try await worker.answer(worker.accept(), .fail, first: cause, ["reason": "Ledger gone."]).first == 1
                )
            }
            let shown = try await record(client, receipt)
            #expect(shown.at("missing.0.reason") == "parked after 2 of 2 attempts, the last one crashed: Ledger gone.")
            #expect(shown.at("tasks.0.attemptsEnded") == ["failed": 1, "crashed": 1])
        }
    }

    @Test func theDeadlineMakesTheRecordWithWhatThereIs() async throws {
        try await house.serve(Playbooks.usual(deadline: "3s")) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            // Offers flow once the first one has come: from then on a task is taken long before its deadline.
            _ = try await client.submit(Complaint(text: Playbooks.billingOnly), key: "first")
            _ = await worker.next(.offer)

            var (receipt, offer, shown): (Receipt, Command, JSON)
            var tries = 0
            repeat {
                tries += 1
                receipt = try await client.submit(
                    Complaint(text: Playbooks.complaint), key: "k\(tries)", following: .record)
                offer = try await worker.accept()
                while offer.reference != receipt.reference { offer = try await worker.accept() }
                shown = try await record(client, receipt)
                // The machine stood still until the deadline had passed: once more.
            } while shown.at("missing.0.outcome") == "no-worker"
            #expect(shown.at("outcome") == "undecided")
            #expect(shown.at("missing").elements.map { $0.at("department") } == ["billing", "technical"])
            #expect(shown.at("missing").elements.map { $0.at("outcome") } == ["timed-out", "no-worker"])
            #expect(shown.at("missing.0.reason") == "no contribution by the case's deadline")
            #expect(shown.at("missing.1.reason") == "no worker took it by the case's deadline")
            var cancelled = await worker.next(.cancel)
            while cancelled.task != offer.task { cancelled = await worker.next(.cancel) }
            #expect(try await worker.contribute(upholding(1), to: offer).first == 2)
            #expect(try await entries(client, receipt)["late"] == 1)
            await client.close()
        }
    }
}
