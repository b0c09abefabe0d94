import RedressContract
import Testing

/// `redress simulate`, as a person or a script would run it.
@Suite(.timeLimit(.minutes(2))) struct SimulateTests {
    @Test func aSeedIsTheSameMeshInEachProcess() async throws {
        let arguments = ["simulate", "--seeds", "8", "--seed", "11", "--format", "json"]
        let (one, other) = (try await Program.run(arguments), try await Program.run(arguments))
        for ran in [one, other] { #expect(ran.code == 0, "\(ran.ending): \(ran.output) \(ran.errors)") }
        #expect(one.output == other.output)
        #expect(try one.json["ok"] == true)
        #expect(try one.json["seeds"] == 8)
    }

    @Test func aHouseOfOnesOwnIsPlayed() async throws {
        let configuration = try MeshConfiguration()
        defer { withExtendedLifetime(configuration) {} }
        let ran = try await Program.run("simulate", "--seeds", "5", "--config", configuration.path)
        #expect(ran.code == 0, "\(ran.output) \(ran.errors)")
        #expect(ran.output.contains("5 seeds"))
    }

    @Test func whatBreaksIsToldWithTheCommandThatPlaysItAgain() async throws {
        let broken = try await Program.run("simulate", "--seeds", "40", "--sabotage", "loses-turns", "--format", "json")
        #expect(broken.code == 1)
        let failed = try #require(try broken.json["failed"])
        guard case .string(let replay)? = failed["replay"] else { return #expect(Bool(false), "no command") }
        let again = try await Program.run(replay.split(separator: " ").dropFirst().map(String.init))
        #expect(again.code == 1)
        #expect(again.output.contains(replay))
        #expect(again.output.contains("The end of its story"))
    }
}
