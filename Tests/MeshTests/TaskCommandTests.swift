import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// What people do about tasks at the command line, with real workers and programs.
@Suite(.serialized, .timeLimit(.minutes(3))) struct TaskCommandTests {
    private static let complaint = Complaint(text: "I was charged twice for order A-1001.")

    /// Runs a mesh whose billing department is `script`, with `complaint` submitted.
    private func withCase(
        _ script: String, of complaint: Complaint = complaint, _ limits: [String: String] = [:], attempts: Int = 1,
        _ body: (_ mesh: ProcessMesh, _ client: Client, _ receipt: Receipt) async throws -> Void
    ) async throws {
        let limits = limits.merging(["retry-first": "10ms", "retry-longest": "10ms"]) { old, _ in old }
        try await MeshConfiguration(limits, attempts: attempts).run { mesh in
            try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            try await mesh.start(
                "billing",
                [
                    "worker", "--department", "billing", "--name", "till-7", "--connect", mesh.endpoint, "--exec", "sh",
                    "-c", script,
                ])
            let receipt = try await client.submit(complaint, key: "k", following: .everyEntry)
            try await body(mesh, client, receipt)
            await client.close()
        }
    }

    private func redress(_ mesh: ProcessMesh, _ arguments: String...) async throws -> Program.Ran {
        try await Program.run(arguments + ["--connect", mesh.endpoint])
    }

    private func correct(
        _ mesh: ProcessMesh, _ task: String, _ attempt: Int, _ file: String, as department: String = "technical"
    ) async throws -> Program.Ran {
        try await redress(
            mesh, "correct", task, "--attempt", "\(attempt)", "--department", department, "--contribution", file,
            "--key-file", "\(mesh.folder)/keys/\(department).key", "--format", "json")
    }

    private static func attempt(of type: String, in tasks: [JSON]) -> JSON? {
        tasks.first { $0.text("type") == type }?["attempt"]
    }

    private func wait(for type: String, _ events: inout CaseEvents.AsyncIterator) async throws {
        while let event = try await events.next(), event.type != type {}
    }

    @Test func aParkedTaskIsFoundAndTriedAgain() async throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let answer = #"{"issues":[{"number":1,"outcome":"upheld"}]}"#
        let script = "test -e '\(folder.path)/ledger' || { echo The ledger is gone. >&2; exit 3; }; echo '\(answer)'"
        try await withCase(script) { mesh, client, receipt in
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "reconciled", &events)
            let task = "\(receipt.reference)/1"
            let listed = try await redress(mesh, "task", "list", "--parked")
            #expect(listed.code == 0)
            #expect(listed.output.contains(task) && listed.output.contains("The ledger is gone."), "\(listed.output)")
            let explained = try await redress(mesh, "explain", task).output.split(whereSeparator: \.isWhitespace)
            #expect(
                explained.joined(separator: " ").contains(
                    "parked – It is parked after 1 of 1 attempt, the last one failed: The program exited with 3. It said: "
                        + "The ledger is gone. Ended so far: failed 1 of 1. No attempt follows until a person retries it."
                ),
                "\(explained)")
            let shown = try await redress(mesh, "task", "show", task)
            #expect(shown.output.contains("parked") && shown.output.contains("attempt 1 failed\n"), "\(shown.output)")
            let summary = try await redress(mesh, "case", "show", "\(receipt.reference)")
            for words in [
                "Open for the case owner: 1\n", "task 1 billing/charge-review: parked after 1 of 1",
                "redress task retry \(task)", "The ledger is gone.",
            ] {
                #expect(summary.output.contains(words), "\(summary.output)")
            }
            let journal = try await redress(mesh, "case", "journal", "\(receipt.reference)")
            for words in [
                "task 1 billing/charge-review taken by till-7, attempt 1", "“\(Self.complaint.text)”",
                "task 1 billing/charge-review parked after 1 of 1 attempt,", "1 issue (billing), 0 sentences in none",
            ] {
                #expect(journal.output.contains(words), "\(journal.output)")
            }
            #expect(!journal.output.contains("{"), "\(journal.output)")
            let json = try await redress(mesh, "task", "list", "--parked", "--format", "json").json
            #expect(json.elements("tasks").map { $0.text("task") } == [task])

            try Data().write(to: URL(fileURLWithPath: "\(folder.path)/ledger"))
            let edited = try await redress(
                mesh, "task", "edit", task, "--attempts", "5", "--note", "Order A-1001.", "--reason", "New ledger.")
            #expect(edited.output == "edit: 1 of 1 task\n", "\(edited.errors)")
            let retried = try await redress(
                mesh, "task", "retry", "--all", "--parked", "--worker", "till-7", "--by", "anna", "--format", "json")
            #expect(retried.code == 0, "\(retried.errors)")
            #expect(try retried.json.elements("results").map { $0["done"] } == [true])
            // From here on the first record no longer stands: following goes on to the second one.
            let again = await client.follow(receipt.reference, scope: .everyEntry, after: nil)
            var records = 0
            for try await event in again where event.type == "reconciled" {
                records += 1
                if records == 2 { break }
            }
            #expect(records == 2)
            let record = try await client.query(["query": "case", "reference": .string("\(receipt.reference)")])
            #expect(record.text("outcome") == "upheld")
            #expect(try await redress(mesh, "task", "list", "--format", "json").json.elements("tasks") == [])
        }
    }

    @Test func aCaseThatRunsSaysWhomItWaitsForAndTheOwnersDeskIsEmptied() async throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let answer = #"{"issues":[{"number":1,"outcome":"upheld"}]}"#
        let script = "while ! test -e '\(folder.path)/go'; do sleep 0.1; done; echo '\(answer)'"
        let complaint = Complaint(text: "\(Self.complaint.text) The sky is blue.", complainant: "Ada")
        try await withCase(script, of: complaint) { mesh, client, receipt in
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "accepted", &events)
            let running = try await redress(mesh, "case", "show", "\(receipt.reference)").output
            #expect(running.contains("accepted by till-7, attempt 1"), "\(running)")
            #expect(running.contains("waits for the case owner") && running.contains("Complainant: Ada"), "\(running)")
            #expect(running.contains("Open for the case owner: known once the case is reconciled"), "\(running)")
            try Data().write(to: URL(fileURLWithPath: "\(folder.path)/go"))
            try await wait(for: "reconciled", &events)
            let task = "\(receipt.reference)/2"
            let listed = try await redress(mesh, "task", "list").output
            #expect(listed.contains("Waiting for the case owner, beside these: 1 "), "\(listed)")
            #expect(try await redress(mesh, "task", "list", "--department", "owner").output.contains(task))
            let shown = try await redress(mesh, "task", "show", task).output
            #expect(shown.contains("waiting-for-owner") && !shown.contains("may fail"), "\(shown)")
            let open = try await redress(mesh, "case", "show", "\(receipt.reference)").output
            #expect(open.contains("Open for the case owner: 1\n  Sentences in no issue:\n      – “The sky is blue.”"))
            let all = try await redress(mesh, "task", "cancel", "--all", "--case", "\(receipt.reference)")
            #expect(all.output == "cancel: 0 of 0 tasks\n", "only who names the owner means the owner's own")
            #expect(try await redress(mesh, "task", "cancel", task, "--reason", "Read it.").code == 0)
            let ended = try await redress(mesh, "case", "show", "\(receipt.reference)").output
            #expect(
                ended.contains("Open for the case owner: nothing") && ended.contains("The sky is blue."), "\(ended)")
        }
    }

    @Test func aCancelEndsARunningProgramThoughItIgnoresTheFirstSignal() async throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let script = """
            trap 'echo term >> \(folder.path)/signals' TERM
            echo $$ > \(folder.path)/pid.new; mv \(folder.path)/pid.new \(folder.path)/pid
            while :; do sleep 0.1; done
            """
        try await withCase(script) { mesh, client, receipt in
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "accepted", &events)
            let task = "\(receipt.reference)/1"
            while !FileManager.default.fileExists(atPath: "\(folder.path)/pid") { await Task.yield() }
            let text = try String(contentsOfFile: "\(folder.path)/pid", encoding: .utf8)
            let program = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            let explained = try await redress(mesh, "explain", task)
            #expect(explained.output.contains("till-7 is at work on it, attempt 1"), "\(explained.output)")
            let cancelled = try await redress(mesh, "task", "cancel", task, "--reason", "The customer withdrew.")
            #expect(cancelled.output == "cancel: 1 of 1 task\n", "\(cancelled.errors)")
            try await wait(for: "reconciled", &events)
            try await ProcessWatch.end(of: program)
            #expect(try String(contentsOfFile: "\(folder.path)/signals", encoding: .utf8) == "term\n")
        }
    }

    @Test func aDepartmentCorrectsItselfAndWhoWasToldTheOldFindingsDoesItsTaskAgain() async throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try await MeshConfiguration().run { mesh in
            try await mesh.startCoordinator()
            let departments = ["billing", "logistics", "technical"]
            for department in departments { try await mesh.startSample(department) }
            let client = try await mesh.connect(as: "test")
            let receipt = try await client.submit(MeshTests.complaint, key: "k", following: .everyEntry)
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "reconciled", &events)
            let question: JSON = ["query": "case", "reference": .string("\(receipt.reference)")]
            let before = try await client.query(question).elements("tasks")
            let task = try #require(before.first { $0.text("type") == "technical/diagnosis" })
            guard case .number(let number)? = task["number"], case .array(let issues)? = task["issues"] else {
                throw Program.Missing()
            }

            let file = "\(folder.path)/correction.json"
            let correction: JSON = [
                "issues": [["number": issues[0], "outcome": "not-upheld", "reasons": ["The device works."]]]
            ]
            try Data(correction.bytes).write(to: URL(fileURLWithPath: file))
            for _ in 1...2 {  // the second time is the same again
                let corrected = try await correct(mesh, "\(receipt.reference)/\(number)", 1, file)
                #expect(corrected.code == 0, "\(corrected.errors)")
                #expect(try corrected.json.text("settlement") == "taken")
            }
            let late = try await correct(mesh, "\(receipt.reference)/\(number)", 7, file)
            #expect(late.code == 1)
            #expect(try late.json.text("settlement") == "late", "\(late.errors)")
            let foreign = try await correct(mesh, "\(receipt.reference)/\(number)", 1, file, as: "billing")
            #expect(foreign.code == 1)
            #expect(try foreign.json.text("reason").contains("is for technical"), "\(foreign.errors)")

            var types: [String] = []
            for try await event in await client.follow(receipt.reference, scope: .everyEntry, after: nil) {
                types.append(event.type)
            }
            #expect(types.count { $0 == "corrected" } == 1)
            #expect(types.count { $0 == "reconciled" } == 2)
            let after = try await client.query(question)
            #expect(after.elements("earlierRecords").count == 1)
            #expect(Self.attempt(of: "logistics/replacement-shipment", in: before) == 1)
            #expect(
                Self.attempt(of: "logistics/replacement-shipment", in: after.elements("tasks")) != 1,
                "it was done again")
            #expect(
                Self.attempt(of: "logistics/shipment-trace", in: after.elements("tasks")) == 1,
                "it was told nothing of it")
            await client.close()
        }
    }

    @Test func aFinishedCaseIsErasedAndItsFolderVerifiedAndRebuilt() async throws {
        let answer = #"{"issues":[{"number":1,"outcome":"upheld"}]}"#
        try await withCase("echo '\(answer)'") { mesh, client, receipt in
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "reconciled", &events)
            let reference = "\(receipt.reference)"
            #expect(try await redress(mesh, "case", "erase", reference).code == 64, "it needs a reason")
            let erased = try await redress(mesh, "case", "erase", reference, "--reason", "On request.", "--by", "anna")
            #expect(erased.output == "erased: \(reference)\n", "\(erased.errors)")
            let shown = try await redress(mesh, "case", "show", reference)
            #expect(shown.code == 0)
            #expect(!shown.output.contains("A-1001"), "\(shown.output)")
            let journal = try await redress(mesh, "case", "journal", reference)
            #expect(journal.output.contains("On request."), "\(journal.output)")

            let running = try await Program.run("journal", "rebuild", "--data", mesh.data)
            #expect(running.code == 1)
            #expect(running.errors.contains("in use by process"), "\(running.errors)")
            await mesh.signal("coordinator", SIGTERM)
            #expect(await mesh.ending(of: "coordinator") == .exited(0))
            let rebuilt = try await Program.run("journal", "rebuild", "--data", mesh.data)
            let words = "The views of 1 case in \(mesh.data) are made anew."
            #expect(rebuilt.output.hasPrefix(words), "\(rebuilt.errors)")
            let verified = try await Program.run("journal", "verify", "--data", mesh.data)
            #expect(verified.code == 0, "\(verified.errors)")
            let missing = try await Program.run("journal", "rebuild", "--data", "\(mesh.data)/none")
            #expect(missing.code == 1)
            #expect(!FileManager.default.fileExists(atPath: "\(mesh.data)/none"), "nothing is made where nothing was")
        }
    }

    @Test func whatIsPausedIsSeenAndResumed() async throws {
        let answer = #"{"issues":[{"number":1,"outcome":"upheld"}]}"#
        try await withCase("echo '\(answer)'") { mesh, client, receipt in
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "reconciled", &events)
            let paused = try await redress(mesh, "pause", "department", "billing", "--reason", "Audit.", "--by", "anna")
            #expect(paused.output == "paused: department billing\n", "\(paused.errors)")
            let second = try await client.submit(Self.complaint, key: "second", following: .everyEntry)
            var later = try #require(second.events).makeAsyncIterator()
            try await wait(for: "ready", &later)
            let status = try await redress(mesh, "status")
            #expect(status.output.contains("Department billing is paused by client:cli/anna"), "\(status.output)")
            let explained = try await redress(mesh, "explain", "\(second.reference)/1")
            #expect(explained.output.contains("was paused by client:cli/anna"), "\(explained.output)")
            #expect(try await redress(mesh, "resume", "department", "billing").code == 0)
            try await wait(for: "reconciled", &later)
        }
    }

    @Test func aConflictIsSettledByAPersonAndTheRecordSaysWhoAndWhy() async throws {
        let findings = [2, 3].map { #"{"key":"charge.count#A-1001","value":\#($0),"source":"till \#($0)"}"# }
        let answer = #"{"issues":[{"number":1,"outcome":"upheld"}],"findings":[\#(findings.joined(separator: ","))]}"#
        try await withCase("echo '\(answer)'") { mesh, _, receipt in
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "reconciled", &events)
            let reference = "\(receipt.reference)"
            let settle = ["case", "settle", reference, "charge.count#A-1001", "--value"]
            let open = try await redress(mesh, "case", "show", reference).output
            #expect(open.contains("Open for the case owner: 1\n  Conflict on charge.count#A-1001"), "\(open)")
            #expect(open.contains("redress \(settle.joined(separator: " "))"), "\(open)")
            for (rest, words) in [
                (["2"], "--reason"), (["two", "--reason", "Seen."], "is not JSON"),
                (["null", "--reason", "Seen."], "is required"), (["3", "--reason", ""], "Say why"),
            ] {
                let refused = try await Program.run(settle + rest + ["--connect", mesh.endpoint])
                #expect(refused.code != 0 && refused.errors.contains(words), "\(refused.errors)")
            }
            let settled = try await Program.run(
                settle + ["3", "--reason", "The bank says so.", "--by", "anna", "--connect", mesh.endpoint])
            #expect(settled.output == "settled: charge.count#A-1001 of \(reference)\n", "\(settled.errors)")
            let shown = try await redress(mesh, "case", "show", reference).output
            for words in [
                "settled by client:cli/anna\n      “The bank says so.”\n      – billing says 2 (till 2)\n",
                "says 3 (till 3)",
                "Open for the case owner: nothing", "An earlier record of",
            ] { #expect(shown.contains(words), "\(shown)") }
            let journal = try await redress(mesh, "case", "journal", reference).output
            #expect(
                journal.contains("conflict on charge.count#A-1001 settled: 3\n      “The bank says so.”"), "\(journal)")
            #expect(try await redress(mesh, "case", "erase", reference, "--reason", "On request.").code == 0)
            let erased = try await redress(mesh, "case", "show", reference).output
            #expect(
                erased.contains(
                    /charge\.count +\(erased\) +settled by client:cli\/anna\n      “\(erased\)”\n      – billing says \(erased\)\n/
                ),
                "\(erased)")
        }
    }

    @Test func aWorkerTakesOnlyTheContractsThatItNames() async throws {
        try await MeshConfiguration().run { mesh in
            try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            let worker = ["worker", "--department", "billing", "--connect", mesh.endpoint, "--contract"]
            try await mesh.start("billing", worker + ["billing/charge-review@2", "--exec", "false"])
            let receipt = try await client.submit(Self.complaint, key: "k", following: .everyEntry)
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "ready", &events)
            var status = ""
            while !status.contains("serves billing/charge-review@2") {
                status = try await redress(mesh, "status").output
            }
            let explained = try await redress(mesh, "explain", "\(receipt.reference)/1", "--format", "json").json
            #expect(explained.elements("reasons").map { $0.text("reason") } == ["no-contract"], "\(explained)")
            for (contract, words) in [
                ("billing", "is no contract"), ("technical/diagnosis@1", "is not a task of billing"),
            ] {
                let refused = try await Program.run(worker + [contract, "--exec", "false"])
                #expect(refused.code == 64 && refused.errors.contains(words), "\(refused.errors)")
            }
            await client.close()
        }
    }

    @Test func whatCannotBeDoneIsSaidInASentence() async throws {
        try await withCase("exit 3") { mesh, _, receipt in
            var events = try #require(receipt.events).makeAsyncIterator()
            try await wait(for: "reconciled", &events)
            let task = "\(receipt.reference)/1"
            let unknown = "R-0000-0000-0001-Y/1"
            for (arguments, word) in [
                (["task", "show", "nonsense"], "is not a task"), (["task", "show", unknown], "no case"),
                (["task", "show", "\(receipt.reference)/9"], "no task 9"), (["explain", unknown], "no case"),
                (["task", "retry", unknown], "no case"), (["task", "retry"], "Name tasks"),
                (["task", "retry", "--all"], "--all needs"), (["task", "retry", task, "--parked"], "goes with --all"),
                (["task", "retry", task, "--worker", "nobody"], "No worker called nobody"),
                (["task", "edit", task], "--time-limit"), (["task", "edit", task, "--time-limit", "soon"], "duration"),
                (["task", "edit", task, "--attempts", "0"], "from 1 to 100"),
                (["task", "reassign", task, "--to", "billing"], "is not a type"),
                (["task", "reassign", task, "--to", "billing/rev"], "has no task billing/rev"),
                (["pause", "department", "wine"], "no department"),
                (["pause", "worker", "x"], "No worker called x is known"),
                (["resume", "worker", "x"], "No worker called x is known"),
                (["resume", "worker", "till-7"], "is not paused"),
                (["task", "list", "--case", "R-0000-0000-0001-Y"], "no case"),
                (["task", "cancel", "--all", "--case", "R-0000-0000-0001-Y"], "no case"),
                (["task", "list", "--department", "wine"], "no department"),
                (["task", "cancel", "--all", "--department", "wine"], "no department"),
                (["pause", "case", "R-1"], "is not a case's reference"),
                (["drain", "nobody"], "No worker called nobody"),
            ] {
                let ran = try await Program.run(arguments + ["--connect", mesh.endpoint])
                #expect(ran.code != 0 && ran.code != nil, "\(arguments)")
                #expect(ran.errors.contains(word), "\(arguments): \(ran.errors)")
            }
        }
    }
}
