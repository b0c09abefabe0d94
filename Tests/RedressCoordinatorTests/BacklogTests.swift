import RedressClient
import RedressContract
import RedressWire
import Testing

/// What a client that asks and does not read can have the coordinator hold for it.
@Suite(.timeLimit(.minutes(2))) struct BacklogTests {
    private let house = TestHouse()
    /// One case's complaint: its journal is an answer of as many bytes, and some.
    private static let complaint = String(repeating: "x", count: 1_000_000)
    /// No more than fit into one message, so that none is answered before all have come.
    private static let questions: UInt32 = 60

    /// Asks for the journal of `reference` many times at once.
    private func flood(_ peer: Peer, _ reference: CaseReference) async throws {
        let question: JSON = ["query": "journal", "reference": .string("\(reference)")]
        try await peer.say((1...Self.questions).map { Command(.query, first: $0, body: question.bytes[...]) })
    }

    private func submit(_ peer: Peer) async throws -> CaseReference {
        try await peer.greet()
        try await peer.say(.submit(1, Self.complaint, key: "k"))
        return try #require(await peer.next(.accepted).reference)
    }

    @Test func questionsBeyondAFewAtATimeAreRefusedForNow() async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            let reference = try await submit(peer)
            try await flood(peer, reference)
            var refused = 0
            for _ in 1...Self.questions {
                let answer = await peer.next(.answer, .refused)
                guard answer.kind == .refused else { continue }
                #expect(answer.refusal == .busy)
                #expect(try answer.json.at("retryAfterMilliseconds") != .null)
                refused += 1
            }
            #expect(refused > 0)
            try await peer.say(Command(.query, first: 1, body: ["query": "status"]))
            #expect(await peer.next(.answer).first == 1)
        }
    }

    @Test func oneSessionIsSentSoManyBytesAndTheNextOneGoesOn() async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            let reference = try await submit(peer)
            let question: JSON = ["query": "journal", "reference": .string("\(reference)")]
            var bytes = 0
            while true {
                try await peer.say(Command(.query, first: 1, body: question))
                let answer = await peer.next(.answer, .refused, .register)
                if answer.kind == .register { break }
                if answer.kind == .refused { #expect(answer.refusal == .busy) }
                bytes += answer.kind == .answer ? answer.body.count : 0
                try #require(bytes <= Limits.sessionBytesMaximum)
            }
            #expect(bytes > Limits.sessionBytesMaximum - 2_000_000)
            try await peer.greet()
            try await peer.say(Command(.query, first: 2, body: question))
            #expect(await peer.next(.answer).first == 2)
        }
    }

    @Test func aClientThatReadsGetsAllThatItAsksFor() async throws {
        try await house.serveClient { client in
            let reference = try await client.submit(Complaint(text: Self.complaint), key: "k").reference
            let question: JSON = ["query": "journal", "reference": .string("\(reference)")]
            try await withThrowingTaskGroup { group in
                for _ in 0..<100 {
                    group.addTask { try await client.query(bytes: question.bytes).count }
                }
                for try await count in group { #expect(count > 1_000_000) }
            }
        }
    }
}
