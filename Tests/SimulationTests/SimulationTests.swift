import Foundation
import RedressCase
import RedressContract
import RedressTesting
import Testing

/// Random meshes in which everything goes wrong for a while, each from one seed.
@Suite struct SimulationTests {
    /// `REDRESS_SEED` plays one seed again.
    static let replayed = ProcessInfo.processInfo.environment["REDRESS_SEED"].flatMap { UInt64($0) }
    /// `REDRESS_SEEDS` times as many seeds are played.
    static let times = ProcessInfo.processInfo.environment["REDRESS_SEEDS"].flatMap { UInt64($0) } ?? 1

    static func seeds(_ count: UInt64) -> [UInt64] { replayed.map { [$0] } ?? Array(1...count * max(times, 1)) }

    static func replay(_ seed: UInt64, _ test: String) -> Comment {
        "REDRESS_SEED=\(seed) swift test --filter SimulationTests/\(test)"
    }

    @Test(arguments: seeds(250))
    func everyComplaintEndsInOneRecordWithEachContributionOnce(seed: UInt64) throws {
        let replay = Self.replay(seed, "everyComplaintEndsInOneRecordWithEachContributionOnce")
        let world = World(seed: seed, attempts: 10_000)
        #expect(world.run(), replay)
        #expect(world.mesh.verify() == [], replay)
        for submission in world.submissions {
            let tasks = world.mesh.tasks(of: submission).filter { !$0.isOwners }
            #expect(!tasks.isEmpty, replay)
            #expect(tasks.allSatisfy { $0.outcome == .contributed }, replay)
            #expect(world.mesh.record(of: submission)?["missing"] == [], replay)
        }
    }

    @Test(arguments: seeds(100))
    func everyComplaintEndsInOneRecordWhenTasksFailAndTimeRunsOut(seed: UInt64) throws {
        let replay = Self.replay(seed, "everyComplaintEndsInOneRecordWhenTasksFailAndTimeRunsOut")
        let world = World(seed: seed, attempts: 2, deadline: .seconds(90), failures: 0.4)
        #expect(world.run(), replay)
        #expect(world.mesh.verify() == [], replay)
        for task in world.submissions.flatMap({ world.mesh.tasks(of: $0) }) {
            #expect(task.attemptsBurnt <= 2, replay)
            if task.outcome == .failed { #expect(task.attemptsBurnt == 2, replay) }
        }
    }

    @Test(arguments: seeds(5))
    func theSameSeedIsTheSameMesh(seed: UInt64) {
        func log() -> [String] {
            let world = World(seed: seed, attempts: 10_000)
            world.mesh.isLogging = true
            world.mesh.runUntilReconciled(within: .seconds(3600))
            return world.mesh.log.map(\.description)
        }
        #expect(log() == log(), Self.replay(seed, "theSameSeedIsTheSameMesh"))
    }
}

/// A random mesh: a playbook, workers, complaints and faults.
private struct World {
    let mesh: SimulatedMesh
    /// In the order of their submission.
    let submissions: [SimulatedMesh.Submission]

    init(seed: UInt64, attempts: Int, deadline: Duration = .seconds(100_000), failures: Double = 0.1) {
        var generator = SeededGenerator(seed: seed &* 31)
        var playbook = Playbook(
            deadline: deadline, lease: .milliseconds([300, 2000, 10_000].randomElement(using: &generator) ?? 10_000),
            retryLongest: .seconds(5))
        let departments = ["billing", "logistics", "technical"].prefix(Int.random(in: 1...3, using: &generator))
        for department in departments {
            playbook.addTask("\(department)/review", timeLimit: .seconds(20), attempts: attempts)
            playbook.addFact("\(department).count", owners: [department], rule: .sum)
        }
        for department in departments where Bool.random(using: &generator) {
            playbook.addTask(
                "\(department)/sequel", issuesOf: departments.first, required: Bool.random(using: &generator),
                after: ["\(departments.randomElement(using: &generator) ?? department)/review"],
                timeLimit: .seconds(20),
                attempts: attempts)
        }
        mesh = SimulatedMesh(playbook, seed: seed, faults: .some(using: &generator))
        mesh.isLogging = SimulationTests.replayed != nil
        for department in departments {
            for number in 1...Int.random(in: 1...3, using: &generator) {
                let luck = Luck(generator.next(), failures)
                mesh.addWorker(
                    "\(department)-\(number)", for: [department], concurrency: Int.random(in: 1...3, using: &generator),
                    takes: .milliseconds(1)...(.milliseconds(Int.random(in: 2...4000, using: &generator)))
                ) { brief in
                    if luck.fails { throw Trouble() }
                    return answer(brief)
                }
            }
        }
        var submissions: [SimulatedMesh.Submission] = []
        for number in 1...Int.random(in: 1...6, using: &generator) {
            let issues = (1...Int.random(in: 1...4, using: &generator)).map { issue in
                (
                    department: departments.randomElement(using: &generator) ?? "",
                    words: "Complaint \(number), issue \(issue)."
                )
            }
            submissions.append(mesh.submit(issues, unplaced: Bool.random(using: &generator) ? ["Hello."] : []))
            mesh.run(for: .milliseconds(Int.random(in: 0...5000, using: &generator)))
        }
        self.submissions = submissions
    }
}

extension World {
    /// Runs until all is reconciled; a seed that is played again tells what happened.
    func run() -> Bool {
        defer { if mesh.isLogging { for event in mesh.log { print(event) } } }
        return mesh.runUntilReconciled(within: .seconds(3600))
    }
}

/// Whether a handler fails this time.
private final class Luck {
    private var generator: SeededGenerator
    private let failures: Double

    init(_ seed: UInt64, _ failures: Double) {
        generator = SeededGenerator(seed: seed)
        self.failures = failures
    }

    var fails: Bool { Double.random(in: 0..<1, using: &generator) < failures }
}

private struct Trouble: Error {}

private func answer(_ brief: Brief) -> Contribution {
    Contribution(
        answers: brief.issues.map { Contribution.Answer(issue: $0.number, .upheld) },
        findings: FactKey("\(brief.type.department).count").map { [Finding($0, .number(ExactNumber(1)))] } ?? [])
}
