import Counterpart
import Foundation
import Logging
import RedressContract
import RedressTesting
import RedressWorker
import Testing

/// Workers in several languages against the specification; workers with a fault, which must be found.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ConformanceTests {
    /// Runs `redress conformance` against a worker that `command` starts.
    private func expectConformance(_ command: [String], _ options: String...) async throws {
        let ran = try await Program.run(["conformance", "--department", "billing"] + options + ["--"] + command)
        #expect(ran.code == 0, "\(ran.output)\(ran.errors)")
        #expect(ran.output.contains("The worker conforms: \(WorkerConformance.scenarios.count) scenarios."))
    }

    @Test func theSampleWorkerConforms() async throws {
        try await expectConformance([
            try Program.found(), "sample", "worker", "--department", "{department}", "--connect", "{endpoint}",
            "--plain",
        ])
    }

    @Test func aProgramBehindTheWorkerConforms() async throws {
        let program = try Program.found()
        // It finds the endpoint in the environment.
        try await expectConformance([
            program, "worker", "--plain", "--department", "{department}", "--exec", program, "sample", "answer",
            "{department}",
        ])
    }

    @Test(.enabled(if: ReferenceWorker.interpreter != nil, "no python3 here has pyzmq: apt-get install python3-zmq"))
    func theWorkerInPythonConforms() async throws {
        let text = try String(contentsOf: ReferenceWorker.python, encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
        let worker = [try #require(ReferenceWorker.interpreter), ReferenceWorker.python.path]
        try await expectConformance(worker + ["{endpoint}", "{department}", "{key}"], "--keys")
        try await expectConformance(worker + ["{endpoint}", "{department}", "-", "1"])
    }

    @Test func aWorkerConformsWithItsKey() async throws {
        let program = try Program.found()
        // It finds its key in the environment.
        try await expectConformance(
            [program, "sample", "worker", "--department", "{department}", "--connect", "{endpoint}"], "--keys")
    }

    @Test(arguments: [
        (["--plain"], "Opening and closing"), (["--key-file", "{key}", "--name", "billing"], "Security"),
    ])
    func aKeyThatIsNotUsedAsItShouldIsFound(_ arguments: [String], _ section: String) async throws {
        let program = try Program.found()
        let ran = try await Program.run(
            [
                "conformance", "--department", "billing", "--keys", "--only", "registers", "--format", "json", "--",
                program, "sample", "worker", "--department", "{department}", "--connect", "{endpoint}",
            ] + arguments)
        #expect(ran.code == 1, "\(ran.errors)")
        #expect(try ran.json.elements("scenarios").first?.text("section") == section)
    }

    @Test(.enabled("there is no C compiler here, or no libzmq to compile with") { await ReferenceWorker.canCompile() })
    func theWorkerInCConforms() async throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let program = try #require(await ReferenceWorker.compiled(in: folder.path))
        try await expectConformance([program, "{endpoint}", "{department}"])
    }

    /// What is wrong with a worker, as a change to the one in Python, and a scenario that must show it.
    struct Mutant: Sendable {
        let fault: String
        let correct: String
        let wrong: String
        let scenario: String

        init(_ fault: String, _ correct: String, _ wrong: String, in scenario: String) {
            (self.fault, self.correct, self.wrong, self.scenario) = (fault, correct, wrong, scenario)
        }
    }

    private static let mutants = [
        Mutant(
            "speaks before WELCOME", "if self.session or kind == READY", "if True", in: "keeps-results-until-WELCOME"),
        Mutant(
            "has the same incarnation after each start", "secrets.token_hex(8)", "\"00c0ffee00c0ffee\"",
            in: "draws-a-new-incarnation"),
        Mutant("never gives up when refused", "or sys.exit(", "or 100; print(", in: "leaves-when-refused"),
        Mutant(
            "tries again at once when refused for now", "self.heard += wait / 1000 - 3 * self.heartbeat",
            "self.register()", in: "waits-when-refused-for-now"),
        Mutant("never renews", "self.say(RENEW, key)", "None", in: "renews-its-leases"),
        Mutant(
            "renews too late", "third=lease / 3000, due=now + lease / 3000", "third=lease / 500, due=now + lease / 500",
            in: "works"),
        Mutant("renews all the time", "third=lease / 3000", "third=0", in: "renews-its-leases"),
        Mutant(
            "does one task after the other", "len(self.handlers | self.held.keys()) >= self.room",
            "len(self.handlers) > 0", in: "keeps-its-credit"),
        Mutant("takes an offer that comes twice for two", "if task:  #", "if False:  #", in: "knows-an-offer-again"),
        Mutant("cannot read a brief", "json.loads(brief)", "brief[\"task\"]", in: "works"),
        Mutant("knows no keys", "{zmq.IMMEDIATE: 1, **self.security}", "{zmq.IMMEDIATE: 1}", in: "registers"),
        Mutant(
            "goes on with a refused key", "second == KEY_REFUSED or not self.session", "not self.session",
            in: "leaves-when-its-key-is-refused"),
        Mutant(
            "calls itself what it likes", "worker=self.name", "worker=self.department", in: "registers"),
        Mutant(
            "takes a pause for the end", "kind == ORDERS and first == 1", "kind == ORDERS and first",
            in: "goes-through-a-pause"),
        Mutant("ignores CANCEL", "(kind == CANCEL or kind ==", "(kind ==", in: "stops-when-cancelled"),
        Mutant(
            "ignores ORDERS to cancel", "(kind == CANCEL or kind == ORDERS and first == 1)", "kind == CANCEL",
            in: "stops-when-ordered"),
        Mutant(
            "contributes what was cancelled", "self.held.pop(key).cancelled.set()", "task.cancelled.set()",
            in: "stops-when-cancelled"),
        Mutant("knows no time limit", "task.limit_at <= now", "False", in: "keeps-the-time-limit"),
        Mutant(
            "takes no new time limit", "task.limit_at = task.accepted + second / 1000", "pass",
            in: "takes-a-new-time-limit"),
        Mutant(
            "takes what is of another session", "elif session != self.session or not session:", "elif False:",
            in: "passes-over-what-it-does-not-hold"),
        Mutant(
            "takes new tasks while it drains", "full, now = self.draining or", "full, now =", in: "leaves-when-asked-to"
        ),
        Mutant("does not answer DRAIN", "        self.say(DRAIN)", "        pass", in: "leaves-when-asked-to"),
        Mutant("ignores DRAIN", "            self.drain()", "            pass", in: "leaves-when-asked-to"),
        Mutant(
            "says a result once", "self.finish(key, *task.result) if task.result else self.say(RENEW, key)",
            "None if task.result else self.say(RENEW, key)", in: "repeats-a-result"),
        Mutant("never forgets", "            del self.held[key]", "            pass", in: "forgets-what-is-settled"),
        Mutant(
            "does not know attempts apart", "(case, number, attempt), session", "(case, number, 1), session",
            in: "keeps-attempts-apart"),
        Mutant("knows no limit", "<= self.largest", "< 1 << 30", in: "keeps-to-the-limits-of-WELCOME"),
        Mutant(
            "ignores REGISTER", "kind == REGISTER or kind == REFUSED", "kind == REFUSED", in: "registers-again"),
        Mutant(
            "ignores unknownSession", "kind == REGISTER or kind == REFUSED and second == UNKNOWN_SESSION",
            "kind == REGISTER", in: "registers-again-after-unknownSession"),
        Mutant(
            "lists nothing", "for key, task in self.held.items()]))", "for key, task in []]))",
            in: "outlives-the-coordinator"),
        Mutant(
            "forgets a result with its session", "self.session, self.outbox, self.heard = 0, [], time.monotonic()",
            "self.session, self.outbox, self.heard, self.held = 0, [], time.monotonic(), {}",
            in: "registers-again-after-unknownSession"),
        Mutant(
            "gives credit for what it has no room for", "max(0, self.room - len(self.held))", "self.room",
            in: "registers-again"),
        Mutant(
            "waits for ever", "self.heard + 3 * self.heartbeat <= now", "False", in: "gives-up-a-silent-coordinator"),
        Mutant(
            "is impatient", "self.heard + 3 * self.heartbeat <= now", "self.heard + self.heartbeat / 2 <= now",
            in: "gives-up-a-silent-coordinator"),
        Mutant("is silent", "self.say(HEARTBEAT)", "pass", in: "sends-heartbeats"),
        Mutant(
            "dies of an unknown command", "except (struct.error, ValueError, AttributeError)",
            "except ZeroDivisionError",
            in: "survives-garbage"),
        Mutant(
            "takes one command of a message", "for frame in frames[1:] if", "for frame in frames[1:2] if",
            in: "takes-many-commands-at-once"),
        Mutant(
            "drops what is finished when it is cancelled", "elif task and not task.result and (", "elif task and (",
            in: "keeps-what-is-finished"),
        Mutant("lists every attempt as the first", "\"attempt\": key[2]", "\"attempt\": 1", in: "registers-again"),
        Mutant(
            "counts a new time limit from its arrival", "task.accepted + second", "time.monotonic() + second",
            in: "takes-a-new-time-limit"),
        Mutant(
            "renews after the time limit", "\"The time limit has passed.\"})",
            "\"The time limit has passed.\"}); self.say(RENEW, key)", in: "keeps-the-time-limit"),
        Mutant(
            "says a failure once", "self.finish(key, *task.result) if task.result else self.say(RENEW, key)",
            "task.result[0] != FAIL and self.finish(key, *task.result) if task.result else self.say(RENEW, key)",
            in: "keeps-the-time-limit"),
        Mutant(
            "obeys a CANCEL of another session", "elif session != self.session or not session:",
            "elif kind != CANCEL and session != self.session:", in: "passes-over-what-it-does-not-hold"),
        Mutant(
            "stops at a CANCEL of another attempt", "task = self.held.get(key)\n",
            "key = next((held for held in self.held if kind == CANCEL and held[:2] == key[:2]), key)\n"
                + "        task = self.held.get(key)\n", in: "passes-over-what-it-does-not-hold"),
    ]

    @Test(.enabled(if: ReferenceWorker.interpreter != nil, "no python3 here has pyzmq: apt-get install python3-zmq"))
    func faultsAreFound() async throws {
        let interpreter = try #require(ReferenceWorker.interpreter)
        let sections = try Self.sections()
        // A few at a time: a worker that waits for its turn on the processor is as slow as one with a fault.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, mutant) in Self.mutants.enumerated() {
                if number >= 4 { try await group.next() }
                group.addTask {
                    let scenario = try #require(WorkerConformance.scenarios.first { $0.name == mutant.scenario })
                    let (folder, path) = try ReferenceWorker.python(mutant.correct, mutant.wrong)
                    defer { withExtendedLifetime(folder) {} }
                    var conformance = try WorkerConformance(
                        department: "billing", keys: "\(folder.path)/keys",
                        command: [interpreter, path, "{endpoint}", "{department}", "{key}"])
                    conformance.patience = .seconds(4)
                    let verdict = try await conformance.check(scenario)
                    guard case .broken(let breach) = verdict else {
                        Issue.record("A worker that \(mutant.fault) gets through \(scenario): \(verdict)")
                        return
                    }
                    #expect(sections.contains(breach.section), "\(breach)")
                }
            }
            try await group.waitForAll()
        }
    }

    private static func sections() throws -> Set<String> {
        let text = try String(contentsOf: ReferenceWorker.specification, encoding: .utf8)
        return Set(
            text.split(separator: "\n").filter { $0.hasPrefix("##") }
                .map { $0.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces) })
    }

    @Test func scenariosNameSectionsOfTheSpecification() throws {
        let sections = try Self.sections()
        for scenario in WorkerConformance.scenarios { #expect(sections.contains(scenario.section), "\(scenario)") }
        #expect(Set(WorkerConformance.scenarios.map(\.name)).count == WorkerConformance.scenarios.count)
    }

    @Test(arguments: ["works", "leaves-when-asked-to", "registers-again"])
    func aWorkerOfTheSameProcessIsChecked(_ name: String) async throws {
        let scenario = try #require(WorkerConformance.scenarios.first { $0.name == name })
        let conformance = try WorkerConformance(department: "billing") { endpoint in
            var worker = try Worker(department: "billing", connect: endpoint) { brief, _ in
                let seconds = brief.particulars("conformance-seconds").first.flatMap { Int($0) } ?? 0
                try await Task.sleep(for: .seconds(seconds))  // the handler under test takes so long
                return Contribution(answers: brief.issues.map { .init(issue: $0.number, .upheld) })
            }
            worker.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            try await worker.run()
        }
        #expect(try await conformance.check(scenario) == .passed)
    }

    @Test func aWorkerThatDoesNotStartIsSaidOnce() async throws {
        let ran = try await Program.run(
            "conformance", "--department", "billing", "--format", "json", "--", "/bin/sh", "-c",
            "echo no such luck >&2; exit 3")
        #expect(ran.code == 1)
        let json = try ran.json
        #expect(json["broken"] == 1)
        guard case .array(let scenarios)? = json["scenarios"] else { throw Program.Missing() }
        #expect(scenarios.count == 1)
        #expect(scenarios.first?["verdict"] == "broken")
        guard case .string(let came)? = scenarios.first?["came"] else { throw Program.Missing() }
        #expect(came.contains("exited with 3") && came.contains("no such luck"))
    }

    @Test func aWorkerThatIsStartedByHandIsAwaited() async throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let endpoint = "ipc://\(folder.path)/coordinator"
        let conformance = try WorkerConformance(department: "billing", at: endpoint)
        let worker = Task {
            var worker = try Worker(department: "billing", connect: endpoint) { brief, _ in
                Contribution(answers: brief.issues.map { .init(issue: $0.number, .upheld) })
            }
            worker.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            try await worker.run()
        }
        for scenario in WorkerConformance.scenarios where ["registers", "keeps-attempts-apart"].contains(scenario.name)
        {
            #expect(try await conformance.check(scenario) == .passed)
        }
        worker.cancel()
        _ = await worker.result
    }
}
