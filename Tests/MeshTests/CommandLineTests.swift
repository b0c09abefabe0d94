import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import RedressWire
import Testing
import ZeroMQ

/// What people get wrong at the command line: an exit code, a sentence on standard error, nothing on standard output.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CommandLineTests {
    private func expectFailure(_ arguments: [String], input: [UInt8] = [], saying words: String...) async throws {
        let ran = try await Program.run(arguments, input: input)
        #expect(ran.code != 0 && ran.code != nil, "\(arguments) ended with \(ran.code.map(String.init) ?? "a signal")")
        #expect(ran.output == "")
        for word in words { #expect(ran.errors.contains(word), "\"\(word)\" is not in: \(ran.errors)") }
        #expect(!ran.errors.contains("Error: Error:"))
    }

    @Test func aBadComplaintIsRefused() async throws {
        try await withCoordinator { mesh in
            for (bytes, words) in [
                ([], "no words"), (Array(" \n\t ".utf8), "no words"), (Array("caf".utf8) + [0xE9], "not UTF-8"),
                (Array(repeating: 0x78, count: 10 << 20), "1 MiB"),
                (Array(repeating: 0x78, count: 1 << 20 + 1), "1 MiB"),
                (Array(#"{"words": "Charged twice."}"#.utf8), "text"), (Array(#"{"text": 7}"#.utf8), "text"),
                (Array(#"{"text": "#.utf8), "not JSON"),
                (Array("[1]".utf8), "Expected {\"text\""), (Array("\"hello\"".utf8), "expected an object"),
                (Array(#"{"text": "Late.", "foo": 1}"#.utf8), "foo: there is no such member"),
                (Array(#"{"text": "Late.", "prioritty": 1}"#.utf8), "remedySought, priority, customer"),
                (Array(repeating: 0x78, count: 1 << 20 | 1), "submit it in parts"),
            ] as [([UInt8], String)] {
                try await expectFailure(["submit", "--connect", mesh.endpoint, "-"], input: bytes, saying: words)
                let file = "\(mesh.folder)/complaint"
                try Data(bytes).write(to: URL(fileURLWithPath: file))
                try await expectFailure(["submit", "--connect", mesh.endpoint, file], saying: words)
            }
        }
    }

    @Test func aMarkOfByteOrderIsPassedOverAndWordsMayBeginLikeJSON() async throws {
        try await withCoordinator { mesh in
            let mark = "\u{FEFF}"
            for (input, words) in [
                (#"\#(mark){"text": "Charged twice."}"#, "Charged twice."), ("\(mark)Charged twice.", "Charged twice."),
                ("[sic] Charged twice.", "[sic] Charged twice."), (#""Late", they said."#, #""Late", they said."#),
            ] {
                let ran = try await Program.run(
                    ["submit", "--connect", mesh.endpoint, "--format", "json", "-"], input: Array(input.utf8))
                #expect(ran.code == 0, "\(ran.errors)")
                let journal = try await Program.run(
                    "case", "journal", try ran.json.text("reference"), "--connect", mesh.endpoint, "--format", "json")
                let received = try journal.json.elements("rows").first?.elements("entries").first
                #expect(received?["body"]?.text("text") == words)
            }
        }
    }

    @Test func aLongComplaintIsReadWholeWhereThatIsAskedFor() async throws {
        try await withCoordinator { mesh in
            let words = String(repeating: "Charged twice. ", count: 30) + "Twice!"
            let ran = try await Program.run(
                ["submit", "--connect", mesh.endpoint, "-"], input: Array(words.utf8))
            let journal = ["case", "journal", String(ran.output.dropLast()), "--connect", mesh.endpoint]
            #expect(try await Program.run(journal).output.contains("(\(words.count) characters)"))
            #expect(try await Program.run(journal + ["--whole"]).output.contains("Twice!”"))
        }
    }

    @Test func theLineOfAFaultCountsEmptyOnes() async throws {
        let lines = Array("{\"text\": \"Late.\"}\n\n{\"text\": 7}\n".utf8)
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        let ran = try await Program.run(["triage", "--config", configuration.path, "-"], input: lines)
        #expect(ran.code == 1)
        #expect(ran.errors.contains("-:3: text: expected a string"), "\(ran.errors)")
    }

    @Test func whatCannotBeMadeOrFoundIsSaidWithWhatToDo() async throws {
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        try await withCoordinator { mesh in
            let connect = ["--connect", mesh.endpoint]
            let file = "\(mesh.folder)/file"
            try Data("x".utf8).write(to: URL(fileURLWithPath: file))
            let serve = ["coordinator", "--plain", "--config", configuration.path]
            for arguments in [
                serve + ["--data", "\(file)/data", "--bind", "ipc://\(mesh.folder)/other"],
                ["backup", "\(file)/copy"] + connect,
            ] {
                try await expectFailure(
                    arguments, saying: "\(file)/", "Not a directory", "may write to")
            }
            let context = try Context()
            var socket = try Socket(.router, in: context)
            let address = try socket.bind(to: "tcp://127.0.0.1:*")
            try await expectFailure(
                serve + ["--data", "\(mesh.folder)/other", "--bind", address],
                saying: "already in use", "name another address")
            _ = consume socket
            try await expectFailure(["submit", mesh.folder] + connect, saying: "is a folder", "Name a file")
            try await expectFailure(["triage", "--config", configuration.path, mesh.folder], saying: "is a folder")
            for command in [
                ["journal", "verify", "--data", file + "s"], ["restore", file + "s", "--data", file + "t"],
            ] {
                try await expectFailure(command, saying: "There is no journal in \(file)s", "a backup")
            }
            try await expectFailure(["status", "--plain", "--connect", "foo"], saying: "foo", "tcp://HOST:PORT")
            try await expectFailure(["case", "show", "foo"] + connect, saying: "foo", "redress case list")
        }
    }

    @Test func whatIsNotThereIsSaid() async throws {
        try await withCoordinator { mesh in
            let connect = ["--connect", mesh.endpoint]
            try await expectFailure(["submit", "/nowhere/complaint.txt"] + connect, saying: "/nowhere/complaint.txt")
            try await expectFailure(
                ["case", "show", "R-0000-0000-0001-Y"] + connect, saying: "no case R-0000-0000-0001-Y")
            try await expectFailure(
                ["case", "journal", "R-0000-0000-0001-Y"] + connect, saying: "no case R-0000-0000-0001-Y")
            try await expectFailure(["case", "show", "R-0000-0000-0001-Z"] + connect, saying: "check")
            try await expectFailure(["case", "list", "--after", "nonsense"] + connect, saying: "cursor")
            try await expectFailure(["backup", mesh.folder] + connect, saying: "not empty")
            try await expectFailure(["journal", "verify", "--data", "/nowhere"], saying: "/nowhere")
            try await expectFailure(["restore", "/nowhere", "--data", "\(mesh.folder)/restored"], saying: "/nowhere")
        }
    }

    @Test func aKeyUsedForAnotherComplaintIsSaid() async throws {
        try await withCoordinator { mesh in
            let submit = ["submit", "--connect", mesh.endpoint, "--key", "k"]
            let first = try await Program.run(submit, input: Array("One.".utf8))
            let again = try await Program.run(submit, input: Array("One.".utf8))
            #expect(first.code == 0)
            #expect(first.output == again.output)
            try await expectFailure(submit, input: Array("Two.".utf8), saying: "another complaint")
            try await expectFailure(
                submit + ["--priority", "9"], input: Array("One.".utf8), saying: "with another priority")
        }
    }

    @Test func withoutACoordinatorThereIsNoAnswer() async throws {
        let folder = TemporaryFolder()
        let nobody = ["--connect", "ipc://\(folder.path)/nobody"]
        try await expectFailure(["status"] + nobody, saying: folder.path)
        try await expectFailure(["submit"] + nobody, input: Array("Charged twice.".utf8), saying: folder.path)
        try await expectFailure(["status", "--connect", "nonsense"], saying: "nonsense")
    }

    @Test func aBadConfigurationIsNamedByFileAndLine() async throws {
        let configuration = try MeshConfiguration(["lease": "soon"])
        defer { withExtendedLifetime(configuration) {} }
        for command in [["coordinator"], ["demo"], ["mesh"]] {
            try await expectFailure(command + ["--config", configuration.path], saying: "playbooks.yaml:", "soon")
        }
        try await expectFailure(["coordinator", "--config", "/nowhere"], saying: "/nowhere")
    }

    @Test func badArgumentsAreExplained() async throws {
        try await expectFailure(["sumbit"], saying: "sumbit")
        try await expectFailure(["worker", "--department", "billing", "--exec"], saying: "exec")
        try await expectFailure(
            ["worker", "--plain", "--department", "Billing!", "--exec", "true"], saying: "Billing!")
        try await expectFailure(
            ["worker", "--plain", "--department", "billing", "--exec", "/nowhere/program"], saying: "/nowhere/program")
        for program in ["/nowhere/program", "no-such-program"] {
            try await expectFailure(["conformance", "--department", "billing", "--", program], saying: program)
        }
        for command in [
            ["erase", "R-0000-0000-0001-Y"], ["settle", "R-0000-0000-0001-Y", "charge.count", "--value", "2"],
        ] {
            try await expectFailure(
                ["case"] + command, saying: "'--reason <reason>'", "> --reason <reason> [--by <by>]")
        }
        try await expectFailure(["submit", "--timeout", "5"], saying: "goes with --wait", "Usage: redress submit")
        try await expectFailure(["sample", "answer", "billing"], input: Array("{}".utf8), saying: "no brief")
        try await expectFailure(["demo", "-"], saying: "no words")
    }

    @Test func aMistypedOptionOfWhatIsDoneToManyTasksIsNamed() async throws {
        for deed in [["retry"], ["cancel"], ["edit"], ["reassign", "--to", "billing/charge-review"]] {
            try await expectFailure(["task"] + deed + ["--all", "--parkd"], saying: "--parkd", "'--parked'?")
        }
        try await expectFailure(["task", "retry", "--all"], saying: "--all needs", "Usage: redress task retry")
    }

    @Test func whatComesThroughAPipeIsRead() async throws {
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        for file in ["-", "/dev/stdin"] {
            let ran = try await Program.shell(
                #"echo '{"text": "I was charged twice."}' | "$0" triage --config \#(configuration.path) \#(file)"#)
            #expect(ran.code == 0, "\(ran.errors)")
            #expect(ran.output.contains("charged twice"))
        }
        let correct = #""$0" correct R-0000-0000-0001-Y/1 --attempt 1 --department billing --plain --connect ipc:///x"#
        let ran = try await Program.shell(#"echo '{"issues": 7}' | \#(correct) --contribution -"#)
        #expect(ran.code == 1)
        #expect(ran.errors.contains("Standard input is no contribution"), "\(ran.errors)")
        let misspelt = #"{"issues": [{"number": 1, "outcome": "upheld", "reason": ["x"]}], "finding": [1]}"#
        let refused = try await Program.shell("echo '\(misspelt)' | \(correct) --contribution -")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("check how they are spelt: issues[0].reason, finding."), "\(refused.errors)")
    }

    @Test(arguments: [
        ["submit", "--key", ""], ["submit", "--key", String(repeating: "k", count: 129)],
        ["submit", "--priority", "10"],
        ["submit", "--timeout", "0"], ["task", "list", "--case", "foo"], ["task", "list", "--limit", "0"],
        ["case", "show", "foo"], ["keys", "make", "bad name", "--role", "client"],
    ])
    func aWrongCallEndsWith64AndSaysWhatIsWrong(arguments: [String]) async throws {
        let ran = try await Program.run(arguments)
        #expect(ran.code == 64)
        #expect(ran.errors.hasPrefix("Error: "), "\(ran.errors)")
    }

    @Test func aNegativeNumberIsAValue() async throws {
        let ran = try await Program.run([
            "case", "settle", "R-0000-0000-0001-Y", "charge.count", "--value", "-5", "--reason", "r", "--plain",
            "--connect", "bogus",
        ])
        #expect(ran.code != 0)
        #expect(!ran.errors.contains("--value"), "\(ran.errors)")
    }

    @Test func whatCannotBePrintedIsAnErrorAndNoTrap() async throws {
        let listed = try await Program.shell(#""$0" conformance --list > /dev/full"#)
        #expect(listed.code == 1)
        #expect(listed.errors.contains("Standard output cannot be written: No space left"), "\(listed.errors)")
        try await withCoordinator { mesh in
            let client = try await mesh.connect(as: "shop")
            let reference = try await client.submit(MeshTests.complaint, key: "k").reference
            // More than is printed at a time.
            for number in 1...40 { _ = try await client.submit(MeshTests.complaint, key: "k\(number)") }
            await client.close()
            for command in [
                "case show \(reference)", "case show \(reference) --format json", "case list", "task list",
                "submit", "submit --wait",
            ] {
                let complaint = command.hasPrefix("submit") ? "echo Charged twice. |" : ""
                let ran = try await Program.shell(
                    #"\#(complaint) "$0" \#(command) --connect \#(mesh.endpoint) > /dev/full"#)
                #expect(ran.code == 1, "\(command)")
                #expect(ran.errors.contains("Standard output cannot be written"), "\(command): \(ran.errors)")
                #expect(complaint.isEmpty || ran.errors.contains("redress case show R-"), "\(ran.errors)")
            }
        }
        #expect(try await Program.shell(#""$0" task retry --all 2> /dev/full"#).code == 64)
        #expect(try await Program.shell(#""$0" task retry --all 2>&-"#).code == 64)
    }

    @Test func nothingThatIsPrintedTurnsTheOrderOfLettersAround() async throws {
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        let ran = try await Program.run(
            ["triage", "--config", configuration.path, "-"],
            input: Array("{\"text\": \"I was charged\u{202E} twi\u{2066}ce\u{200F}.\"}".utf8))
        #expect(ran.output.contains("I was charged twice."), "\(ran.output)")
    }

    @Test func aSubmissionWithoutAnAnswerTellsItsKey() async throws {
        let counterpart = try Counterpart()
        let submit = ["submit", "--wait", "--timeout", "1", "--plain", "--connect", try await counterpart.open()]
        async let ending = Program.run(submit, input: Array("Late.".utf8))
        try await counterpart.welcome(.hello)
        let key = await counterpart.next(.submit).command.property(Command.Property.submissionKey) ?? []
        let ran = try await ending
        await counterpart.close()
        #expect(ran.code == 1)
        #expect(ran.errors.contains("--key \(String(decoding: key, as: UTF8.self)),"), "\(ran.errors)")
    }

    @Test func aMeshNeedsAPort() async throws {
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        try await expectFailure(
            ["mesh", "--config", configuration.path, "--bind", "tcp://127.0.0.1:*"], saying: "needs a port")
    }

    /// However early it comes, a signal ends what is to run until a signal comes.
    @Test func aSignalInTheFirstMomentsIsHeard() async throws {
        for delay in ["0", "0.02", "0.04", "0.06", "0.08", "0.1", "0.15"] {
            let ran = try await Program.shell(
                #""$0" demo > /dev/null 2>&1 & sleep \#(delay); kill -TERM $!; wait $!; echo $?"#)
            #expect(ran.output == "143\n")
        }
    }

    private func withCoordinator(_ body: (ProcessMesh) async throws -> Void) async throws {
        try await MeshConfiguration().run { mesh in
            try await mesh.startCoordinator()
            let client = try await mesh.connect(as: "test")
            await client.close()
            try await body(mesh)
        }
    }
}
