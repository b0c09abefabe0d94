import Counterpart
import Foundation
import RedressClient
import RedressContract
import RedressTesting
import Testing

/// The power fails at any moment of a coordinator's life, and what the client had been told by then is there afterwards.
@Suite(
    .serialized, .timeLimit(.minutes(FaultRun.minutes)),
    .enabled("Recording what is written to disk needs a C compiler, cc or clang.") {
        await RecordedDisk.isAvailable()
    })
struct PowerFailureTests {
    private static let failures = FaultRun.asked ?? 12
    private static let complaints = 40
    private static let inFlight = 6

    /// What the client was told, and how long the recording was when it had heard it. The power failing at that moment or
    /// later must not undo it.
    private struct Promise: Sendable {
        var key: String
        var receipt: Receipt
        /// When ACCEPTED had come.
        var acceptedAt: Int
        /// When the last event, the record, had come.
        var recordedAt: Int
    }

    @Test func whateverHadBeenToldWhenThePowerFailsIsThereAndWorkGoesOn() async throws {
        let configuration = try MeshConfiguration(["case-deadline": "1h"], attempts: 100)
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let recording = "\(folder.path)/recording"
        let recorder = try #require(await RecordedDisk.recorder(in: folder.path))
        let data = "\(folder.path)/data"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let launcher = [
            "env", "LD_PRELOAD=\(recorder)", "REDRESS_DISK_FOLDER=\(data)", "REDRESS_DISK_RECORD=\(recording)",
        ]
        let promises = try await configuration.run(data: data) { mesh in
            try await mesh.startCoordinator(by: launcher)
            for department in ["billing", "logistics", "technical"] { try await mesh.startSample(department) }
            let client = try await mesh.connect(as: "test")
            let promises = try await Self.submit(by: client, in: mesh, by: launcher) { Self.size(of: recording) }
            await client.close()
            return promises
        }

        let disk = try RecordedDisk(reading: recording)
        var random = SeededGenerator(seed: UInt64(FaultRun.seed))
        var kept = 0
        for number in 1...Self.failures {
            // Half of them at the very moment when the client has heard something.
            let told = promises.flatMap { [$0.acceptedAt, $0.recordedAt] }.randomElement(using: &random) ?? 0
            let time =
                number.isMultiple(of: 2)
                ? Int.random(in: disk.moments.indices, using: &random)
                : disk.moments.firstIndex { $0 >= told } ?? disk.moments.count - 1
            let luck = RecordedDisk.Luck.allCases.randomElement(using: &random) ?? .none
            let copy = "\(folder.path)/after-\(number)"
            try disk.write(to: copy, at: time, luck: luck, using: &random)
            let comment: Comment = "seed \(FaultRun.seed), failure \(number) at \(time), \(luck)"
            let due = promises.filter { $0.acceptedAt <= disk.moments[time] }
            kept += due.count
            try await configuration.run(data: copy) { mesh in
                try await mesh.startCoordinator()
                let client = try await mesh.connect(as: "test")
                for promise in due {
                    let again = try await client.submit(MeshTests.complaint, key: promise.key)
                    #expect(again.isRepeated && again.reference == promise.receipt.reference, comment)
                    guard promise.recordedAt <= disk.moments[time] else { continue }
                    let shown = try await client.query([
                        "query": "case", "reference": .string("\(promise.receipt.reference)"),
                    ])
                    #expect(shown.text("state") == "reconciled", comment)
                    #expect(shown.elements("contributions").count == 4, comment)
                }
                let next = try await client.submit(MeshTests.complaint, key: "after all")
                #expect(!next.isRepeated, comment)
                await client.close()
            }
            try await expectGoodJournal(copy, due.map(\.receipt))
            try FileManager.default.removeItem(atPath: copy)
        }
        print(
            """
            power failures: \(Self.failures) among \(disk.moments.count) writes and syncs, seed \(FaultRun.seed); \
            \(promises.count) complaints, \(kept) times one was to be there
            """)
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Submits complaints and follows each to its record. In the middle the coordinator is asked to leave and comes back, so
    /// that its log is written back too.
    private static func submit(
        by client: Client, in mesh: ProcessMesh, by launcher: [String], moment: @escaping @Sendable () -> Int
    ) async throws -> [Promise] {
        try await withThrowingTaskGroup(of: Promise.self) { group in
            var promises: [Promise] = []
            var submitted = 0
            func submitNext() {
                submitted += 1
                let key = "complaint \(submitted)"
                group.addTask {
                    let receipt = try await client.submit(
                        MeshTests.complaint, key: key, following: .everyEntry)
                    let acceptedAt = moment()
                    for try await _ in try #require(receipt.events) {}
                    return Promise(key: key, receipt: receipt, acceptedAt: acceptedAt, recordedAt: moment())
                }
            }
            for _ in 1...inFlight { submitNext() }
            while let promise = try await group.next() {
                promises.append(promise)
                if submitted < complaints { submitNext() }
                guard promises.count == complaints / 2 else { continue }
                await mesh.signal("coordinator", SIGTERM)
                #expect(await mesh.ending(of: "coordinator") == .exited(0))
                try await mesh.startCoordinator(by: launcher)
            }
            return promises
        }
    }
}
