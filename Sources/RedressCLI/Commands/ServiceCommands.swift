import ArgumentParser
import Logging
import RedressConfiguration
import RedressContract
import RedressCoordinator
import RedressKeys
import RedressStore
import RedressWorker
import SampleDepartments
import ServiceLifecycle
import UnixSignals
import ZeroMQ

/// Runs `service` until it ends, or SIGTERM or SIGINT asks it to leave.
private func serve(_ service: any Service, _ logger: Logger) async throws {
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [
                .init(
                    service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do {
        try await group.run()
    } catch let error as ZeroMQError {
        throw Failure("\(error).\(error.advice)")
    }
}

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "The service that holds the record.",
        discussion: """
            SIGTERM ends it in order, within a second or so: what is acknowledged is on disk, workers keep what they hold
            and wait for the next coordinator. Only who has a key on the list in the folder of the keys is let in.
            """)

    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "The data folder. (default: coordinator.data of mesh.yaml)")
    var data: String?
    @Option(help: "Where to listen. (default: coordinator.bind of mesh.yaml)")
    var bind: String?
    @Option(help: "The folder of the keys; see `redress keys`. (default: \(KeysOption.folderDefault))")
    var keys: String?
    @Flag(help: "Take plain text, from everybody; on loopback and ipc endpoints only.")
    var plain = false
    @OptionGroup var log: LogOption

    func validate() throws {
        if plain, keys != nil {
            throw ValidationError("--plain serves without keys: leave out one of --plain and --keys.")
        }
    }

    func run() async throws {
        let configuration = try configuration.read()
        let logger = log.logger("redress.coordinator")
        let coordinator = try Coordinator(
            configuration: configuration, folder: DataFolder(data ?? configuration.coordinator.dataFolder),
            endpoint: bind ?? configuration.coordinator.bind,
            keys: plain ? nil : KeyFolder(keys ?? KeysOption.folderDefault), logger: logger)
        try await serve(coordinator, logger)
    }
}

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Any program as a department.",
        discussion: """
            For each task the program is started: the brief comes as JSON on its standard input, and its contribution is read
            as JSON from its standard output. Exit 0: contributed. 75: try again later. Anything else: failed, with the end
            of its standard error as the reason. A program that takes longer than the task's time limit is ended, with
            whatever it has started. SIGTERM: takes nothing new, finishes and delivers within 30 seconds.
            """)

    @Option(help: "The department, as playbooks.yaml names it.")
    var department: String
    @OptionGroup var connect: ConnectOption
    @Option(
        help: ArgumentHelp(
            "A type of task that the program does, in a version or in all: billing/charge-review@2. May be repeated. (default: all of the department's)",
            valueName: "type[@version]"),
        transform: { text in
            guard let contract = Contract(text) else {
                throw ValidationError("\"\(text)\" is no contract, such as billing/charge-review@2.")
            }
            return contract
        })
    var contract: [Contract] = []
    @Option(help: "How many tasks at once.")
    var concurrency = 4
    @Option(help: "A name for this worker: its key's, or that, a hyphen and more. (default: the key's name)")
    var name: String?
    @Option(parsing: .remaining, help: "The program and its arguments; comes last.")
    var exec: [String]
    @OptionGroup var log: LogOption

    func validate() throws {
        guard !exec.isEmpty else { throw ValidationError("--exec needs a program.") }
        for contract in contract where contract.type.department.description != department {
            throw ValidationError("\(contract) is not a task of \(department).")
        }
    }

    func run() async throws {
        var handler = try await ProgramHandler(program: exec[0], arguments: Array(exec.dropFirst()))
        handler.logger = log.logger("redress.worker")
        var worker = try Worker(
            department: department, connect: connect.endpoint, key: connect.keyFile(), concurrency: concurrency
        ) { [handler] brief, task in
            try await handler.answer(brief, task)
        }
        worker.contracts = contract.map(\.description)
        try await WorkerCommand.run(&worker, name: name, log)
    }

    static func run(_ worker: inout Worker, name: String?, _ log: LogOption) async throws {
        if let name { worker.name = name }
        // Programs that run on are ended before the mesh, or the lifeline, ends us without asking.
        if Lifeline.isHeld { worker.drainLimit = .seconds(3) }
        worker.logger = log.logger("redress.worker")
        try await serve(worker, worker.logger)
    }
}

struct SampleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "The sample departments: billing, logistics, technical.",
        subcommands: [SampleWorkerCommand.self, SampleAnswerCommand.self, SampleEchoCommand.self])
}

extension SampleDepartment: ExpressibleByArgument {}

struct SampleWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "A sample department's worker.")

    @Option(help: "billing, logistics or technical.")
    var department: SampleDepartment
    @OptionGroup var connect: ConnectOption
    @Option(help: "How many tasks at once.")
    var concurrency = 8
    @Option(help: "A name for this worker: its key's, or that, a hyphen and more. (default: the key's name)")
    var name: String?
    @OptionGroup var log: LogOption

    func run() async throws {
        var worker = try department.worker(
            connect: connect.endpoint, key: connect.keyFile(), concurrency: concurrency)
        try await WorkerCommand.run(&worker, name: name, log)
    }
}

struct SampleAnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "A sample department as a program for --exec: one brief in, one contribution out.")

    @Argument(help: "billing, logistics or technical.")
    var department: SampleDepartment

    func run() async throws {
        var bytes: [UInt8] = []
        while let line = readLine(strippingNewline: false) { bytes += Array(line.utf8) }
        do {
            let brief = try Brief(parsing: bytes)
            guard brief.type.department.description == department.rawValue else {
                throw Failure("A task of the type \(brief.type) is not for \(department.rawValue).")
            }
            print(String(decoding: try await SampleDepartment.work(on: brief).jsonBytes, as: UTF8.self))
        } catch let error as JSONError {
            throw Failure("Standard input is no brief: \(error).")
        }
    }
}

struct SampleEchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "A worker that upholds everything at once, for measurements.",
        shouldDisplay: false)

    @Option var department: String
    @OptionGroup var connect: ConnectOption
    @Option var concurrency = Worker.concurrencyMaximum
    @Option(help: "The size of each contribution, in bytes.")
    var bytes = 400
    @OptionGroup var log: LogOption

    func run() async throws {
        @Sendable func echo(_ issues: [Int], words: String?) -> Contribution {
            var echo = Contribution(
                answers: issues.map { .init(issue: $0, .upheld, reasons: ["Checked."]) },
                findings: FactKey("\(department).echo").map { [Finding($0, .flag(true), source: "echo")] } ?? [])
            echo.words = words
            return echo
        }
        let words = String(repeating: "x", count: max(bytes - echo([1], words: "").jsonBytes.count, 0))
        var worker = try Worker(
            department: department, connect: connect.endpoint, key: connect.keyFile(), concurrency: concurrency
        ) { brief, _ in
            let contribution = echo(brief.issues.map(\.number), words: words)
            return contribution
        }
        try await WorkerCommand.run(&worker, name: nil, log)
    }
}
