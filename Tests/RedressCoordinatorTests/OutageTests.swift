import Counterpart
import RedressClient
import RedressContract
import RedressStore
import RedressWire
import Testing

/// A journal that cannot be written, and cannot be recovered for a while.
@Suite(.timeLimit(.minutes(2))) struct OutageTests {
    private let house = TestHouse()

    /// Lets every write to the journal fail, or no longer.
    private func setBroken(_ isBroken: Bool) throws {
        try house.change(
            isBroken
                ? "CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no more paper'); END"
                : "DROP TRIGGER broken")
    }

    /// Says `command`, in a new session where it is asked to register, and waits for its answer.
    private func ask(_ peer: Peer, _ command: Command) async throws -> Command {
        try await peer.say(command)
        while true {
            let answer = await peer.next(.accepted, .answer, .refused, .register)
            if answer.kind != .register, answer.first == command.first { return answer }
            guard answer.kind == .register else { continue }
            try await peer.greet()
            try await peer.say(command)
        }
    }

    /// Asks until the coordinator has troubles, or none; the client registers and asks again as often as it takes.
    private func troubles(of client: Client, are some: Bool) async throws -> JSON {
        while true {
            let troubles = try await client.query(["query": "status"]).at("troubles")
            if (troubles != []) == some { return troubles }
        }
    }

    @Test func everybodyIsToldSoUntilItCanBeWrittenAgainAndNothingIsLost() async throws {
        try await house.serve { endpoint in
            let client = try await Client.connect(to: endpoint, name: "desk")
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            let first = try await ask(peer, .submit(1, "Charged twice.", key: "1"))
            #expect(first.kind == .accepted)
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")

            try setBroken(true)
            try await peer.say(.submit(2, "The pump is broken.", key: "2"))
            let troubles = try await troubles(of: client, are: true)
            let refused = try await ask(peer, .submit(3, "The pump is broken.", key: "2"))
            #expect(refused.refusal == .failed)
            let reason = try refused.json.at("reason").text
            #expect(reason.hasPrefix("The journal cannot be written; nothing is taken until it can."), "\(reason)")
            #expect(reason.contains("no more paper"), "\(reason)")
            #expect(try refused.json.at("retryAfterMilliseconds") == 1000)
            #expect(troubles == [.string(reason)])
            let status = try await client.query(["query": "status"])
            for unknown in ["epoch", "turn", "openCases", "departments", "workers"] {
                #expect(status[unknown] == nil, "\(unknown)")
            }
            for command in [
                Command(.query, first: 4, body: ["query": "cases"]),
                Command(.command, first: 5, body: ["command": "drain", "worker": "worker"]),
            ] {
                #expect(try await ask(peer, command).refusal == .failed)
            }
            try await worker.say(Command(.heartbeat))
            _ = await worker.next(.register)
            try await worker.say(.ready(["billing"]))
            #expect(await worker.next(.refused).refusal == .failed)

            try setBroken(false)
            _ = try await self.troubles(of: client, are: false)
            #expect(try await ask(peer, .submit(6, "The pump is broken.", key: "2")).kind == .accepted)
            let again = try await ask(peer, .submit(7, "Charged twice.", key: "1"))
            #expect(try again.json.at("reference") == first.json.at("reference"), "what was accepted is there")
            #expect(try await client.query(["query": "cases"]).at("cases").elements.count == 2)
            await client.close()
            try await worker.enter("billing")
        }
    }
}
