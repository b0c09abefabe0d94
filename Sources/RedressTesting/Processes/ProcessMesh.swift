internal import Foundation
internal import Glibc
internal import RedressContract
internal import RedressKeys
internal import RedressWorker
internal import Subprocess
internal import SystemPackage

/// A mesh of real processes of the program `redress` on this machine, each of which can be killed and started again.
///
/// ```swift
/// try await ProcessMesh.run(program: redress, configuration: "Config") { mesh in
///     try await mesh.startCoordinator()
///     try await mesh.start("billing-1", ["sample", "worker", "--department", "billing", "--connect", mesh.endpoint])
///     let client = try await mesh.connect(as: "test")
///     …
/// }
/// ```
///
/// The processes live in a folder of their own and speak over a socket in it, so that any number of meshes can run side by
/// side. When `run` returns, throws or is cancelled, no process is left: workers are asked to leave first, the coordinator
/// last, and whoever stays is killed. Each has a key of its own, made for this run: a worker's for the departments that its
/// arguments name with `--department`, everybody else an owner's. If the program that runs the mesh is itself killed, its processes notice that their
/// standard input has ended, and leave.
public actor ProcessMesh {
    /// How a process ended.
    public enum Ending: Sendable, Hashable, CustomStringConvertible {
        /// It exited by itself with this code.
        case exited(Int32)
        /// This signal ended it.
        case killed(Int32)
        /// It could not be started, for the reason given.
        case notStarted(String)

        public var description: String {
            switch self {
            case .exited(let code): "exited with \(code)"
            case .killed(let signal): "ended by signal \(signal)"
            case .notStarted(let reason): "could not be started: \(reason)"
            }
        }
    }

    /// Where the coordinator listens.
    public nonisolated let endpoint: String
    /// The folder of the mesh, gone when it ends: sockets, the processes' logs, and the data unless given elsewhere.
    public nonisolated let folder: String
    /// The coordinator's data folder.
    public nonisolated let data: String
    /// The file of an owner's key, for `redress` as a person would run it: it lies where `redress` looks for it, beside the
    /// socket of a mesh that has its socket in its own folder.
    public nonisolated var keyFile: String { "\(folder)/mesh.key" }
    /// Nil in plain text.
    private let keys: KeyFolder?
    private let program: String
    private let configuration: String
    private let echoesLogs: Bool
    /// Its write end is held by this process alone: its end tells the processes that we are gone.
    private let lifeline: (read: FileDescriptor, write: FileDescriptor)
    /// All that were started, in the order of their start; the system gives identifiers of ended ones out again.
    private var started: [Started] = []
    /// The last of each name, by its place in ``started``.
    private var places: [String: Int] = [:]
    /// In the order of their first start.
    private var names: [String] = []

    /// Who hears of every end.
    private var listening: [AsyncStream<(name: String, ending: Ending)>.Continuation] = []

    private struct Started {
        let name: String
        let identifier: pid_t
        /// Whether it has ended, which is known a little before how: from then on its identifier may be given out again.
        var isOver = false
        var ending: Ending?
        var waiting: [AsyncStream<Ending>.Continuation] = []
    }

    /// Runs a mesh for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - program: the path of the executable `redress`.
    ///   - configuration: the folder of the configuration.
    ///   - endpoint: where the coordinator is to listen; a socket in the mesh's own folder if nil.
    ///   - data: the coordinator's data folder; one in the mesh's own folder if nil.
    ///   - isPlain: whether all speak plain text, without keys; what is started needs `--plain` then.
    ///   - echoesLogs: whether the processes' logs go to this process's standard error rather than to files.
    /// - Throws: what `body` throws, or the operating system's error.
    public static func run<Outcome: Sendable>(
        program: String, configuration: String, endpoint: String? = nil, data: String? = nil, isPlain: Bool = false,
        echoesLogs: Bool = false, _ body: (ProcessMesh) async throws -> Outcome
    ) async throws -> Outcome {
        let mesh = try ProcessMesh(
            program: program, configuration: configuration, endpoint: endpoint, data: data, isPlain: isPlain,
            echoesLogs: echoesLogs)
        let outcome: Result<Outcome, any Error>
        do {
            outcome = .success(try await body(mesh))
        } catch {
            outcome = .failure(error)
        }
        // Also when this task is cancelled: the mesh is taken down in order.
        await Task.detached { await mesh.stop() }.value
        return try outcome.get()
    }

    private init(
        program: String, configuration: String, endpoint: String?, data: String?, isPlain: Bool, echoesLogs: Bool
    ) throws {
        var template = Array("/tmp/redress-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Errno(rawValue: errno) }
        folder = String(cString: made)
        self.endpoint = endpoint ?? "ipc://\(folder)/mesh"
        self.data = data ?? "\(folder)/data"
        self.program = program
        self.configuration = configuration
        self.echoesLogs = echoesLogs
        let ends = try FileDescriptor.pipe()
        for end in [ends.readEnd, ends.writeEnd] where fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) == -1 {
            throw Errno(rawValue: errno)
        }
        lifeline = (ends.readEnd, ends.writeEnd)
        keys = isPlain ? nil : KeyFolder("\(folder)/keys")
        if let keys {
            try keys.create()
            try keys.make("cli", .owner, to: keyFile)
        }
    }

    // MARK: Processes

    /// Starts the coordinator under the name `coordinator`.
    @discardableResult
    public func startCoordinator(_ arguments: [String] = [], by launcher: [String] = []) async throws -> Int32 {
        try await start(
            "coordinator",
            ["coordinator", "--config", configuration, "--data", data, "--bind", endpoint]
                + (keys.map { ["--keys", $0.path] } ?? ["--plain"]) + arguments,
            by: launcher)
    }

    /// The file of the key called `name`, which is made where there is none yet; nil in plain text.
    ///
    /// - Parameter departments: of a worker; an owner's key if empty.
    func key(_ name: String, departments: [String] = []) throws -> String? {
        guard let keys else { return nil }
        let file = keys.file(of: name)
        if !FileManager.default.fileExists(atPath: file) {
            try keys.make(name, departments.isEmpty ? .owner : .worker(departments.compactMap { DepartmentName($0) }))
        }
        return file
    }

    /// The file of the key for a process with these arguments; nil in plain text, and for the coordinator, which has its
    /// own.
    private func key(_ name: String, for arguments: [String]) throws -> String? {
        guard arguments.first != "coordinator" else { return nil }
        let options = arguments.prefix { $0 != "--exec" }
        let values = zip(options, options.dropFirst())
        return try key(
            values.first { $0.0 == "--name" }?.1 ?? name, departments: values.filter { $0.0 == "--department" }.map(\.1)
        )
    }

    /// Starts `redress` with `arguments` under `name`, which may be that of a process that has ended.
    ///
    /// - Parameter launcher: a command that becomes the one that follows it, such as `env` or `nsenter`, and its own
    ///   arguments; none by default.
    /// - Returns: its process identifier.
    @discardableResult
    public func start(_ name: String, _ arguments: [String], by launcher: [String] = []) async throws -> Int32 {
        let (beginnings, begun) = AsyncStream.makeStream(of: Beginning.self)
        let log: FileDescriptor =
            echoesLogs
            ? .standardError
            : try .open(
                FilePath(log(of: name)), .writeOnly, options: [.create, .append, .closeOnExec],
                permissions: [.ownerReadWrite])
        let command = launcher + [program] + arguments
        let input = lifeline.read
        var environment: [Environment.Key: String?] = [.init(stringLiteral: Self.lifelineVariable): "1"]
        if let key = try key(name, for: arguments) { environment["REDRESS_KEY"] = key }
        let surroundings = Environment.inherit.updating(environment)
        Task.detached {
            var place: Int?
            let ending: Ending
            do {
                var options = PlatformOptions()
                // Not in the terminal's foreground group: Ctrl-C is for us, and we end the others in order.
                options.processGroupID = 0
                let result = try await Subprocess.run(
                    launcher.isEmpty ? .path(FilePath(command[0])) : .name(command[0]),
                    arguments: Arguments(Array(command.dropFirst())),
                    environment: surroundings,
                    platformOptions: options,
                    input: .fileDescriptor(input, closeAfterSpawningProcess: false),
                    output: .fileDescriptor(log, closeAfterSpawningProcess: false),
                    error: .fileDescriptor(log, closeAfterSpawningProcess: false)
                ) { execution in
                    let identifier = execution.processIdentifier.value
                    place = await self.began(name, identifier)
                    begun.yield(.running(identifier))
                    await execution.ended()
                    await self.isOver(place)
                }
                switch result.terminationStatus {
                case .exited(let code): ending = .exited(code)
                case .signaled(let signal): ending = .killed(signal)
                }
            } catch {
                ending = .notStarted("\(error)")
            }
            if log != .standardError { try? log.close() }
            if let place { await self.ended(place, ending) } else { begun.yield(.failed(ending)) }
        }
        for await beginning in beginnings {
            switch beginning {
            case .failed(let ending): throw MeshError("\(name) \(ending).")
            case .running(let identifier): return identifier
            }
        }
        throw CancellationError()
    }

    private enum Beginning: Sendable {
        case running(pid_t)
        case failed(Ending)
    }

    /// - Returns: its place among those that were started.
    private func began(_ name: String, _ identifier: pid_t) -> Int {
        if !names.contains(name) { names.append(name) }
        places[name] = started.count
        started.append(Started(name: name, identifier: identifier))
        return started.count - 1
    }

    private func isOver(_ place: Int?) { if let place { started[place].isOver = true } }

    private func ended(_ place: Int, _ ending: Ending) {
        started[place].ending = ending
        for waiting in started[place].waiting { waiting.yield(ending) }
        started[place].waiting = []
        for listener in listening { listener.yield((started[place].name, ending)) }
    }

    /// The environment variable that makes `redress` leave when its standard input ends.
    public static let lifelineVariable = "REDRESS_LIFELINE"

    /// The process identifier of a process that runs.
    public func identifier(of name: String) -> Int32? {
        places[name].flatMap { started[$0].isOver ? nil : started[$0].identifier }
    }

    /// Sends `signal` to a process, unless it has ended.
    public func signal(_ name: String, _ signal: Int32) {
        if let identifier = identifier(of: name) { Glibc.kill(identifier, signal) }
    }

    /// Sends `signal` to the process of the mesh that has this identifier, unless it has ended.
    public func signal(_ identifier: Int32, _ signal: Int32) {
        if started.contains(where: { $0.identifier == identifier && !$0.isOver }) { Glibc.kill(identifier, signal) }
    }

    /// Kills a process with SIGKILL and waits for its end.
    public func kill(_ name: String) async {
        signal(name, SIGKILL)
        _ = await ending(of: name)
    }

    /// Waits until a process has ended; nil where there is none of the name, or the waiting task is cancelled.
    public func ending(of name: String) async -> Ending? {
        guard let place = places[name] else { return nil }
        if let ending = started[place].ending { return ending }
        let (stream, continuation) = AsyncStream.makeStream(of: Ending.self)
        started[place].waiting.append(continuation)
        for await ending in stream { return ending }
        return nil
    }

    /// The ends of all processes: those that have ended so far, then each as it ends.
    public var endings: AsyncStream<(name: String, ending: Ending)> {
        let (stream, listener) = AsyncStream.makeStream(of: (name: String, ending: Ending).self)
        for started in started { if let ending = started.ending { listener.yield((started.name, ending)) } }
        listening.append(listener)
        return stream
    }

    /// The names of the processes that run.
    public var processes: [String] { names.filter { name in places[name].map { started[$0].ending == nil } ?? false } }

    /// Where a process writes its log, unless logs are echoed.
    public nonisolated func log(of name: String) -> String { "\(folder)/\(name).log" }

    /// Asks all to leave, the coordinator last, and kills whoever has not left after ten seconds.
    private func stop() async {
        let workers = processes.filter { $0 != "coordinator" }
        for names in [workers, processes.filter { $0 == "coordinator" }] {
            for name in names { signal(name, SIGTERM) }
            let deadline = Task {
                try await Task.sleep(for: .seconds(10))
                for name in names { signal(name, SIGKILL) }
            }
            for name in names { _ = await ending(of: name) }
            deadline.cancel()
        }
        try? lifeline.write.close()
        try? lifeline.read.close()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Why a mesh could not do what it was asked.
public struct MeshError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened.
    public let description: String

    package init(_ description: String) { self.description = description }
}
