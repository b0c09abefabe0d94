import RedressClient
import RedressContract
import RedressWire
import Testing

/// What people order about tasks, over real sockets and through restarts.
@Suite(.timeLimit(.minutes(2))) struct DeskTests {
    private let house = TestHouse()

    private func follow(_ receipt: Receipt) async throws {
        for try await event in try #require(receipt.events) { #expect(event.isLast) }
    }

    @Test func whatIsCancelledTogetherIsCancelledOnceAndNothingIsSkippedBefore() async throws {
        let dependent = Playbooks.usual().replacing(
            "{ type: technical/diagnosis,",
            with: "{ type: technical/diagnosis, after: [billing/review], on-failure: skip,")
        try await house.serveClient(dependent) { client in
            let reference = try await client.submit(Complaint(text: Playbooks.complaint), key: "1").reference
            while try await client.query(["query": "tasks"]).at("tasks").elements.count < 2 {}
            let tasks: [JSON] = [1, 2, 1].map { .string("\(reference)/\($0)") }
            let results = try await client.command(
                ["command": "cancel", "by": "anna", "reason": "Withdrawn.", "tasks": .array(tasks)])
            #expect(results.at("results").elements.map { $0.at("task") } == Array(tasks.prefix(2)))
            #expect(results.at("results").elements.map { $0.at("done") } == [true, true])
        }
    }

    @Test func aParkedTaskIsListedShownRetriedAndReconciledAgain() async throws {
        try await house.serve(Playbooks.usual(attempts: 1)) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "desk")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing", name: "till-7")
            let receipt = try await client.submit(
                Complaint(text: Playbooks.billingOnly), key: "k", following: .record)
            #expect(try await worker.answer(worker.accept(), .fail, first: 1, ["reason": "Ledger gone."]).first == 1)
            try await follow(receipt)
            let task = "\(receipt.reference)/1"

            let listed = try await client.query(["query": "tasks", "parked": true, "department": "billing"])
            #expect(listed.at("tasks").elements.map { $0.at("task").text } == [task])
            #expect(listed.at("tasks.0.state") == "parked")
            #expect(listed.at("tasks.0.reason").text.hasSuffix("the last one failed: Ledger gone."))
            #expect(try await client.query(["query": "tasks", "department": "technical"]).at("tasks") == [])
            let shown = try await client.query(["query": "task", "task": .string(task)])
            #expect(shown.at("explanation.state") == "parked")
            #expect(
                shown.at("history").elements.map { $0.at("type").text } == [
                    "planned", "ready", "accepted", "attempt-ended", "ended",
                ])

            let retry: JSON = [
                "command": "retry", "by": "anna", "reason": "The ledger is back.", "worker": "till-7",
                "tasks": [.string(task), .string("\(receipt.reference)/7")],
            ]
            let results = try await client.command(retry)
            #expect(results.at("results.0.done") == true)
            #expect(results.at("results.1.refusal.code") == 13)
            let offer = try await worker.accept()
            #expect(offer.attempt == 2)
            let listedAgain = try await client.query(["query": "cases"]).at("cases.0")
            #expect(listedAgain.at("state") == "investigating" && listedAgain["outcome"] == nil, "\(listedAgain)")
            let again = await client.follow(receipt.reference, scope: .record)
            #expect(try await worker.contribute(upholding(1), to: offer).first == 1)
            for try await event in again { #expect(event.isLast) }
            let record = try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
            #expect(record.at("state") == "reconciled")
            #expect(record.at("outcome") == "upheld")
            #expect(record.at("records") == 2)
            #expect(try await client.query(["query": "tasks"]).at("tasks") == [])
            let journal = try await client.query(["query": "journal", "reference": .string("\(receipt.reference)")])
            let entries = journal.at("rows").elements.flatMap { $0.at("entries").elements }
            #expect(entries.count { $0.at("type") == "reconciled" } == 2, "both records are kept")
            let retried = try #require(entries.first { $0.at("type") == "retried" })
            #expect(retried.at("actor") == "client:desk/anna")
            #expect(retried.at("body") == "The ledger is back.")
            for (type, member) in [
                ("received", "deadline"), ("attempt-ended", "retryAt"), ("reopened", "deadline"),
                ("retried", "othersFrom"),
            ] {
                let time = try #require(entries.first { $0.at("type").text == type }).at(member)
                #expect(Timestamp(time.text) != nil, "\(member) of \(type) is \(time)")
            }
            await client.close()
        }
    }

    /// Leaves two finished cases behind, each with its task 1 parked.
    private func parkTwoTasks() async throws -> [CaseReference] {
        var references: [CaseReference] = []
        try await house.serve(Playbooks.usual(attempts: 1)) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "desk")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            for key in ["a", "b"] {
                let receipt = try await client.submit(
                    Complaint(text: Playbooks.billingOnly), key: key, following: .record)
                #expect(try await worker.answer(worker.accept(), .fail, first: 1, ["reason": "Gone."]).first == 1)
                try await follow(receipt)
                references.append(receipt.reference)
            }
            await client.close()
        }
        return references
    }

    /// What `redress task list --parked` lists.
    private func parkedTasks(_ client: Client) async throws -> [JSON] {
        try await client.query(["query": "tasks", "parked": true]).at("tasks").elements
    }

    @Test func aParkedTaskWhoseWordsWereErasedWaitsForNobody() async throws {
        let references = try await parkTwoTasks()
        try await house.serveClient { client in
            #expect(try await parkedTasks(client).count == 2)
            _ = try await client.command(
                ["command": "erase", "reference": .string("\(references[0])"), "reason": "On request.", "by": "anna"])
            #expect(try await parkedTasks(client).map { $0.at("task").text } == ["\(references[1])/1"])
        }
    }

    @Test func aListGoesOnPastACaseThatCannotBeRead() async throws {
        let references = try await parkTwoTasks()
        try house.change("UPDATE journal SET parts = x'00ff' WHERE stream = 1 AND parts IS NOT NULL")
        try await house.serveClient { client in
            let listed = try await parkedTasks(client)
            #expect(listed.map { $0.at("task").text } == references.map { "\($0)/1" })
            #expect(listed.map { $0.at("state").text } == ["set-aside", "parked"])
            #expect(listed[0].at("reason").text.contains("redress journal verify"))
        }
    }

    @Test func theOwnersDeskIsListedAndEmptiedAndTheRecordStands() async throws {
        try await house.serve { endpoint in
            let client = try await Client.connect(to: endpoint, name: "desk")
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            let receipt = try await client.submit(
                Complaint(
                    text: "\(Playbooks.billingOnly) The sky is blue.", complainant: "Ada", remedySought: "A refund."),
                key: "k", following: .record)
            let task = "\(receipt.reference)/2"
            let reference = JSON.string("\(receipt.reference)")
            let offer = try await worker.accept()
            let running = try await client.query(["query": "case", "reference": reference])
            #expect(running.at("openPoints") == 0 && running.at("open") == [])
            #expect(running.at("complainant") == "Ada")
            #expect(running.at("remedySought") == "A refund.")
            let ofCase = try await client.query(["query": "tasks", "reference": reference])
            #expect(ofCase.at("tasks").elements.map { $0.at("state") } == ["accepted", "waiting-for-owner"])
            #expect(try await worker.contribute(upholding(1), to: offer).first == 1)
            try await follow(receipt)

            let all = try await client.query(["query": "tasks"])
            #expect(all.at("tasks") == [])
            #expect(all.at("waitingForOwner") == 1)
            let listed = try await client.query(["query": "tasks", "department": "owner"])
            #expect(listed.at("tasks").elements.map { $0.at("task").text } == [task])
            #expect(listed["waitingForOwner"] == nil)
            let open = try await client.query(["query": "case", "reference": reference])
            #expect(open.at("openPoints") == 1)
            #expect(open.at("open") == [["kind": "unplaced", "sentences": 1, "task": 2]])
            #expect(try await client.query(["query": "cases"]).at("cases.0.openPoints") == 1)

            let cancel: JSON = ["command": "cancel", "by": "anna", "reason": "Read it.", "tasks": [.string(task)]]
            #expect(try await client.command(cancel).at("results.0.done") == true)
            #expect(try await client.query(["query": "tasks", "department": "owner"]).at("tasks") == [])
            #expect(try await client.query(["query": "tasks"]).at("waitingForOwner") == 0)
            #expect(try await client.query(["query": "cases"]).at("cases.0.openPoints") == 0)
            let ended = try await client.query(["query": "case", "reference": reference])
            #expect(ended.at("state") == "reconciled" && ended.at("records") == 1)
            #expect(ended.at("openPoints") == 0 && ended.at("open") == [])
            #expect(ended.at("unplaced") == ["The sky is blue."])
            let shown = try await client.query(["query": "task", "task": .string(task)])
            #expect(shown.at("reason") == "cancelled by client:desk/anna: Read it.")
            #expect(try await client.command(cancel).at("results.0.done") == false)
            await client.close()
        }
    }

    @Test func pausesOutliveTheCoordinator() async throws {
        try await house.serve { endpoint in
            let client = try await Client.connect(to: endpoint, name: "desk")
            let receipt = try await client.submit(
                Complaint(text: Playbooks.complaint), key: "k", following: .everyEntry)
            for try await event in try #require(receipt.events) where event.type == "ready" { break }
            _ = try await client.command(["command": "pause", "department": "billing", "reason": "Audit."])
            _ = try await client.command(["command": "pause", "reference": .string("\(receipt.reference)")])
            let error = await #expect(throws: ClientError.self) {
                try await client.command(["command": "pause", "department": "billing"])
            }
            #expect(error?.refusal?.code == .wrongState)
            await client.close()
        }
        try await house.serve { endpoint in
            let client = try await Client.connect(to: endpoint, name: "desk")
            let status = try await client.query(["query": "status"])
            #expect(status.at("paused.0.department") == "billing")
            #expect(status.at("paused.0.reason") == "Audit.")
            let reference = status.at("pausedCases.0.reference").text
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing", "technical")
            _ = try await client.command(["command": "resume", "reference": .string(reference)])
            let offer = try await worker.accept()
            #expect(offer.task?.number == 2, "billing is still paused")
            let explained = try await client.query(["query": "explain", "task": .string("\(reference)/1")])
            #expect(explained.at("reasons.0.reason") == "paused")
            #expect(explained.at("reasons.0.by") == "client:desk")
            _ = try await client.command(["command": "resume", "department": "billing"])
            #expect(try await worker.accept().task?.number == 1)
            await client.close()
        }
    }

    @Test func aClientKeepsToThePaceThatItIsAllowed() async throws {
        let mesh = """
            scheduling:
              clients:
                - { name: shop, per-second: 20 }
              other-clients: { at-once: 2 }

            """
        try await house.serve(mesh: mesh) { endpoint in
            let shop = try await Client.connect(to: endpoint, name: "shop")
            try await withThrowingTaskGroup(of: CaseReference.self) { group in
                for number in 1...40 {
                    group.addTask {
                        try await shop.submit(Complaint(text: "Complaint."), key: "\(number)").reference
                    }
                }
                var taken: Set<CaseReference> = []
                for try await reference in group { taken.insert(reference) }
                #expect(taken.count == 40, "refused for now, submitted again by the client itself")
            }
            await shop.close()
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet(as: "other")
            for number in 1...3 as ClosedRange<UInt32> {
                try await peer.say(.submit(number, Playbooks.billingOnly, key: "\(number)"))
            }
            let refused = await peer.next(.refused)
            #expect(refused.first == 3)
            #expect(refused.refusal == .limit)
            #expect(try refused.json.at("retryAfterMilliseconds") == 1000)
        }
    }

    @Test func requestsOfAllKindsCountTogether() async throws {
        let mesh = """
            scheduling:
              other-clients: { per-second: 4 }

            """
        try await house.serve(mesh: mesh) { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            let reference = try #require(CaseReference(rawValue: 7))
            try await peer.say(
                Command(.query, first: 1, body: ["query": "status"]),
                Command(.follow, reference: reference, first: 2, second: 1),
                Command(.command, first: 3, body: ["command": "drain", "worker": "nobody"]),
                .submit(4, "Complaint.", key: "k"), Command(.query, first: 5, body: ["query": "status"]))
            var answers: [UInt32: Command] = [:]
            for _ in 1...5 {
                let answer = await peer.next(.answer, .accepted, .refused)
                answers[answer.first] = answer
            }
            #expect(answers[1]?.kind == .answer)
            #expect(answers[2]?.refusal == .unknownCase)
            #expect(answers[3]?.kind == .answer)
            #expect(answers[4]?.kind == .accepted)
            #expect(answers[5]?.refusal == .limit)
        }
    }

    @Test func priorityAndCustomerAreCheckedAndKept() async throws {
        try await house.serveClient { client in
            let urgent = Complaint(text: Playbooks.billingOnly, priority: 9, customer: "4711")
            let receipt = try await client.submit(urgent, key: "k")
            let shown = try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
            #expect(shown.at("priority") == 9)
            let journal = try await client.query(["query": "journal", "reference": .string("\(receipt.reference)")])
            let received = journal.at("rows.0.entries.0")
            #expect(received.at("customer").text.count > 8, "a digest, and not the name")
            for wrong in [
                Complaint(text: "Late.", priority: 10), Complaint(text: "Late.", customer: ""),
            ] {
                let error = await #expect(throws: ClientError.self) { try await client.submit(wrong, key: "w") }
                #expect(error?.refusal?.code == .malformedBody)
            }
        }
    }
}
