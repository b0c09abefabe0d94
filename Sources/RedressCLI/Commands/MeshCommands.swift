import ArgumentParser
import Foundation
import Logging
import RedressCase
import RedressClient
import RedressConfiguration
import RedressContract
import RedressTesting
import Synchronization

/// That the person pressed Ctrl-C, or the system asked us to leave.
struct Interruption: Error {
    let signal: Int32

    /// As shells tell it.
    var exitCode: ExitCode { ExitCode(128 + signal) }
}

/// Runs `body`, which is cancelled when a signal asks us to end.
///
/// - Throws: ``Interruption`` once `body` has ended for a signal; what `body` throws.
func untilInterrupted<Outcome: Sendable>(_ body: @escaping @Sendable () async throws -> Outcome) async throws
    -> Outcome
{
    let (signals, heard) = AsyncStream.makeStream(of: Int32.self)
    let (registrations, registered) = AsyncStream.makeStream(of: Void.self)
    // Who is not read any more ends in order all the same.
    signal(SIGPIPE, SIG_IGN)
    let sources = [SIGINT, SIGTERM, SIGHUP].map { signal in
        let source = DispatchSource.makeSignalSource(signal: signal)
        source.setEventHandler { heard.yield(signal) }
        source.setRegistrationHandler { registered.yield() }
        source.resume()
        return source
    }
    defer { for source in sources { source.cancel() } }
    // Until all are heard, a signal ends the process, which has made nothing yet.
    var waiting = registrations.makeAsyncIterator()
    for _ in sources { await waiting.next() }
    return try await withThrowingTaskGroup(of: Outcome.self) { group in
        group.addTask { try await body() }
        group.addTask {
            for await signal in signals { throw Interruption(signal: signal) }
            throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let outcome = try await group.next() else { throw CancellationError() }
        return outcome
    }
}

struct MeshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesh",
        abstract: "Starts what Config/ describes, as processes of this machine; Ctrl-C ends it in order.",
        discussion: "All speak with keys that are made for this run and thrown away after it.")

    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "The data folder. (default: coordinator.data of mesh.yaml)")
    var data: String?
    @Option(help: "Where the coordinator listens. (default: coordinator.bind of mesh.yaml)")
    var bind: String?
    @OptionGroup var log: LogOption

    func run() async throws {
        let configuration = try configuration.read()
        let folder = self.configuration.config
        let (data, endpoint) = (data ?? configuration.coordinator.dataFolder, bind ?? configuration.coordinator.bind)
        guard !endpoint.hasSuffix(":*") else {
            throw Failure("A mesh needs a port that its workers know: \(endpoint) names none.")
        }
        let level = log.logLevel.rawValue
        do {
            try await untilInterrupted { try await Self.run(configuration, folder, endpoint, data, level) }
        } catch is Interruption {
            // That is how a mesh ends.
        }
    }

    private static func run(
        _ configuration: Configuration, _ folder: String, _ endpoint: String, _ data: String, _ level: String
    ) async throws {
        try await ProcessMesh.run(
            program: LocalMesh.program, configuration: folder, endpoint: endpoint, data: data, echoesLogs: true
        ) { mesh in
            try await mesh.startCoordinator(["--log-level", level])
            let client = try await mesh.connect(as: "mesh")
            await client.close()
            try await LocalMesh.startWorkers(configuration.mesh, in: mesh, logLevel: level)
            print(
                """
                The mesh is up at \(endpoint), its data in \(data). In another terminal:
                  export REDRESS_CONNECT=\(endpoint) REDRESS_KEY=\(mesh.keyFile)
                  redress submit --wait complaint.txt
                  redress status
                Ctrl-C ends it.
                """)
            try Output.flush()
            try await watch(mesh)
        }
    }

    /// Waits until a process ends that nobody has asked to, and says at once which.
    ///
    /// - Throws: `ExitCode` then. A worker that was asked to leave, as `redress drain` does, is said and missed by nobody.
    static func watch(_ mesh: ProcessMesh) async throws {
        for await (name, ending) in await mesh.endings {
            if name != "coordinator", ending == .exited(0) {
                Output.note("\(name) has left in order; the mesh goes on.")
            } else {
                Output.note("Error: \(name) \(ending); the mesh ends.\(mesh.lastWords(of: name))")
                throw ExitCode.failure
            }
        }
        throw CancellationError()
    }
}

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "The main job in one command: a mesh, a complaint, one case record.",
        discussion: """
            Starts a coordinator and the sample departments as processes in a folder of their own, submits a complaint,
            shows the progress and the record, and leaves nothing behind.
            """)

    @Argument(help: "A complaint, plain text or JSON; - for standard input. (default: a built-in one)")
    var file: String?
    @Flag(help: "Leave the mesh running until Ctrl-C, and say how to talk to it.")
    var keep = false
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var format: FormatOption

    func run() async throws {
        let configuration = try configuration.read()
        let folder = self.configuration.config
        let complaint = try file.map { try ComplaintSource.read($0) } ?? Complaint(text: Self.complaint)
        // What would be refused is refused before anything is said.
        _ = try complaint.submission(key: "demo", following: nil)
        let (keep, format) = (keep, format.format)
        if format == .text {
            print(Output.bold("The complaint"))
            print(Output.wrapped(String(complaint.text.prefix(4000)), indent: "  "))
        }
        let record = Shown()
        do {
            try await untilInterrupted {
                try await ProcessMesh.run(program: LocalMesh.program, configuration: folder) { mesh in
                    try await mesh.startCoordinator()
                    let client = try await mesh.connect(as: "demo")
                    try await withThrowingTaskGroup { group in
                        group.addTask {
                            try await LocalMesh.startWorkers(configuration.mesh, in: mesh, logLevel: "info")
                            let reference = try await Self.show(complaint, client, configuration.policy, format)
                            guard keep else { return }
                            record.isShown.store(true, ordering: .relaxed)
                            Self.explain(mesh, reference)
                        }
                        group.addTask { try await MeshCommand.watch(mesh) }
                        defer { group.cancelAll() }
                        try await group.next()
                        if keep { try await group.next() }
                    }
                }
            }
        } catch let interruption as Interruption {
            // A mesh that was kept was to be ended so.
            guard record.isShown.load(ordering: .relaxed) else { throw interruption }
        }
    }

    /// Whether the record is out, for several threads.
    private final class Shown: Sendable {
        let isShown = Atomic(false)
    }

    /// Submits the complaint, tells what happens, and prints the record.
    private static func show(_ complaint: Complaint, _ client: Client, _ policy: Policy, _ format: Format) async throws
        -> CaseReference
    {
        if format == .text { print(Output.bold("What happens")) }
        let receipt = try await client.submit(complaint, key: UUID().uuidString, following: .everyEntry)
        try await CaseProgress.follow(
            receipt, client, quiet: format == .json,
            within: .milliseconds(policy.caseDeadlineMilliseconds) + .seconds(60))
        if format == .text { print() }
        try await CaseShowCommand.show(receipt.reference, client, format)
        await client.close()
        return receipt.reference
    }

    /// Says how to go on with a mesh that stays.
    private static func explain(_ mesh: ProcessMesh, _ reference: CaseReference) {
        Output.note(
            """

            The mesh goes on; its logs are in \(mesh.folder). In another terminal:
              export REDRESS_CONNECT=\(mesh.endpoint) REDRESS_KEY=\(mesh.keyFile)
              redress status
              redress case journal \(reference)
              redress submit --wait complaint.txt
            Ctrl-C ends it.
            """)
    }

    /// Six issues of three departments about three orders. Whether a replacement can be sent depends on the diagnosis; what
    /// no department knows, the price that was advertised and how a call went, is left for the case owner.
    static let complaint = """
        I am writing about three orders, and I am at the end of my patience. You charged my card twice for order A-1001, \
        49.90 each time, and nobody has refunded the second payment. The price on its invoice is higher than the one you \
        advertised. My parcel with the headphones, order A-1002, never arrived although your courier's page has said "on \
        its way" for two weeks. The coffee maker from order A-1003 stopped working after five days: the pump is broken and \
        it leaks. The box that A-1003 came in was torn and dented. Your customer service hung up on me. I have been a \
        customer for eleven years.
        """
}
