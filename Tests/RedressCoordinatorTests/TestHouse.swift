import Counterpart
import Foundation
import GRDB
import Logging
import RedressClient
import RedressConfiguration
import RedressCoordinator
import RedressKeys
import RedressStore

/// A coordinator of this process with a folder of its own: configuration, data and sockets.
struct TestHouse {
    private let folder = TemporaryFolder()

    /// The folder of the journal.
    var data: DataFolder { folder("data") }

    /// The folder for keys, empty.
    var keys: KeyFolder { KeyFolder("\(folder.path)/keys") }

    /// A folder for another journal.
    func folder(_ name: String) -> DataFolder { DataFolder("\(folder.path)/\(name)") }

    /// Changes the database of the journal, as somebody or a disk would; waits where the coordinator writes just then.
    func change(_ sql: String) throws {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(60)
        let database = try DatabaseQueue(path: data.path + "/journal.sqlite", configuration: configuration)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    /// Runs a coordinator for as long as `body` runs; may be called again, for the next one on the same data.
    ///
    /// - Parameters:
    ///   - playbooks: `playbooks.yaml`.
    ///   - mesh: `mesh.yaml`.
    ///   - data: another folder of the journal.
    ///   - keys: those who are heard; everybody if nil.
    ///   - bind: another endpoint.
    ///   - pause: what the coordinator's thread does between binding and its first turn.
    func serve<Outcome>(
        _ playbooks: String = Playbooks.usual(), mesh: String = "departments: []\n", data: DataFolder? = nil,
        keys: KeyFolder? = nil, bind: String? = nil,
        pause: @escaping @Sendable () -> Void = {},
        _ body: (_ endpoint: String) async throws -> Outcome
    ) async throws -> Outcome {
        let (readiness, ready) = AsyncStream.makeStream(of: String.self)
        let coordinator = try Coordinator(
            configuration: try configuration(playbooks, mesh), folder: data ?? self.data,
            endpoint: bind ?? "ipc://\(folder.path)/\(UInt32.random(in: 0 ... .max))", keys: keys,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onReady: {
                ready.yield($0)
                pause()
            })
        let service = Task {
            defer { ready.finish() }
            try await coordinator.run()
        }
        guard let endpoint = await readiness.first(where: { _ in true }) else {
            try await service.value
            throw CancellationError()
        }
        let outcome: Result<Outcome, any Error>
        do {
            outcome = .success(try await body(endpoint))
        } catch {
            outcome = .failure(error)
        }
        service.cancel()
        try await service.value
        return try outcome.get()
    }

    /// As ``serve(_:mesh:data:_:)``, with a client that is connected.
    func serveClient<Outcome>(
        _ playbooks: String = Playbooks.usual(), data: DataFolder? = nil, _ body: (Client) async throws -> Outcome
    ) async throws -> Outcome {
        try await serve(playbooks, data: data) { endpoint in
            let client = try await Client.connect(to: endpoint, name: "shop")
            let outcome: Result<Outcome, any Error>
            do {
                outcome = .success(try await body(client))
            } catch {
                outcome = .failure(error)
            }
            await client.close()
            return try outcome.get()
        }
    }

    /// A copy of the journal as it is now, as the next coordinator would find it.
    func copy() throws -> DataFolder {
        let copy = folder("copy")
        try JournalBackup.copy(from: data, to: copy)
        return copy
    }

    private func configuration(_ playbooks: String, _ mesh: String) throws -> RedressConfiguration.Configuration {
        let path = "\(folder.path)/config"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in [
            ("playbooks.yaml", playbooks), ("triage.yaml", Playbooks.triage), ("mesh.yaml", mesh),
        ] {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
        return try RedressConfiguration.Configuration.read(folder: path)
    }
}

/// Two departments, billing and technical, with one kind of task each.
enum Playbooks {
    static func usual(deadline: String = "15m", attempts: Int = 2, billingMayState fact: String = "charge.count")
        -> String
    {
        """
        departments:
          - { name: billing, answers: Money. }
          - { name: technical, answers: Things. }
        tasks:
          - { type: billing/review, attempts: \(attempts) }
          - { type: technical/diagnosis, attempts: \(attempts) }
        facts:
          - { key: \(fact), owners: [billing], rule: owner }
          - { key: device.fault, owners: [technical], rule: owner }
        limits:
          case-deadline: \(deadline)
          lease: 1h
          retry-first: 1ms
          retry-longest: 1ms

        """
    }

    static let triage = """
        departments:
          - name: billing
            matters:
              - name: charges
                strong: [charged twice]
          - name: technical
            matters:
              - name: faults
                strong: [broken]

        """

    /// A complaint with an issue for each department.
    static let complaint = "I was charged twice. The pump is broken."
    /// A complaint for billing alone.
    static let billingOnly = "I was charged twice."
}
