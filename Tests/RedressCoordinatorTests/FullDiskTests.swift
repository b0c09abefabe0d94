import RedressClient
import RedressContract
import RedressStore
import RedressWire
import Testing

/// A coordinator whose disk is nearly full says so, and goes on by itself when there is room.
@Suite(.timeLimit(.minutes(2)), .enabled("A small disk needs root.") { SmallDisk.isAvailable })
struct FullDiskTests {
    private let house = TestHouse()

    /// Submits one complaint after another until one comes to `kind`.
    private func submit(_ peer: Peer, _ number: inout UInt32, until kind: CommandKind) async throws -> Command {
        while true {
            number += 1
            try await peer.say(.submit(number, "Complaint.", key: "\(number)"))
            let answer = await peer.next(.accepted, .refused, .register)
            if answer.kind == kind { return answer }
            if answer.kind == .register { try await peer.greet() }
        }
    }

    @Test func intakeIsRefusedBelowTheMarkAndGoesOnAboveIt() async throws {
        let disk = try SmallDisk(mebibytes: 96)
        try await house.serve(data: disk.data) { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            var number: UInt32 = 0
            _ = try await submit(peer, &number, until: .accepted)
            disk.fill(leaving: 40 << 20)
            let refused = try await submit(peer, &number, until: .refused)
            #expect(refused.refusal == .diskLow)
            #expect(try refused.json.at("reason").text.contains("MiB left"))
            try await peer.say(Command(.query, first: 1, body: ["query": "cases"]))
            #expect(await peer.next(.answer).first == 1)
            disk.clear()
            _ = try await submit(peer, &number, until: .accepted)
        }
        withExtendedLifetime(disk) {}
    }
}
