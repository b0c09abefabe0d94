import RedressCase
import RedressClient
import RedressContract
import RedressStore
import RedressWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct IntakeTests {
    private let house = TestHouse()

    @Test func aKeyOpensOneCaseHoweverOftenItIsSaid() async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            try await peer.say(.submit(1, Playbooks.complaint, key: "k"))
            let first = await peer.next(.accepted)
            #expect((first.first, first.second) == (1, 0))
            try await peer.say(.submit(2, Playbooks.complaint, key: "k"))
            let again = await peer.next(.accepted)
            #expect((again.first, again.second) == (2, 1))
            #expect(again.reference == first.reference)
            #expect(try again.json == first.json)

            try await peer.say(.submit(3, "Another complaint.", key: "k"))
            let refused = await peer.next(.refused)
            #expect(refused.refusal == .keyConflict)
            #expect(refused.first == 3)

            let other = try await Peer.connected(to: endpoint)
            try await other.greet(as: "another shop")
            try await other.say(.submit(1, "Another complaint.", key: "k"))
            let others = await other.next(.accepted)
            #expect(others.second == 0)
            #expect(others.reference != first.reference)
        }
    }

    @Test func aKeyIsKnownAfterARestart() async throws {
        let before = try await house.serveClient { try await $0.submit(Complaint(text: "Charged twice."), key: "k") }
        try await house.serveClient { client in
            let after = try await client.submit(Complaint(text: "Charged twice."), key: "k")
            #expect(after.isRepeated)
            #expect(after.reference == before.reference)
            #expect(after.head == before.head)
            let error = await #expect(throws: ClientError.self) {
                try await client.submit(Complaint(text: "Something else."), key: "k")
            }
            #expect(error?.refusal?.code == .keyConflict)
        }
    }

    @Test func aKeyTwiceInOneMessageOpensOneCase() async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            try await peer.say(
                .submit(1, "One.", key: "k"), .submit(2, "One.", key: "k"), .submit(3, "Two.", key: "k"))
            let (first, second) = (await peer.next(.accepted), await peer.next(.accepted))
            #expect(first.reference == second.reference)
            #expect([first.second, second.second] == [0, 1])
            #expect(try first.json == second.json)
            let refused = await peer.next(.refused)
            #expect(refused.refusal == .keyConflict)
            #expect(refused.first == 3)
        }
    }

    @Test func keysSaidOnManyLinesAtOnceOpenOneCaseEach() async throws {
        try await house.serve { endpoint in
            let keys = (1...100).map { "key \($0)" }
            let receipts = try await withThrowingTaskGroup(of: [JSON].self) { group in
                for _ in 1...4 {
                    group.addTask {
                        let peer = try await Peer.connected(to: endpoint)
                        try await peer.greet()
                        for (number, key) in keys.enumerated() {
                            try await peer.say(.submit(UInt32(number), "About \(key).", key: key))
                        }
                        var receipts = [JSON](repeating: .null, count: keys.count)
                        for _ in keys {
                            let answer = await peer.next(.accepted, .refused)
                            receipts[Int(answer.first)] = try answer.json
                        }
                        return receipts
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(receipts.allSatisfy { $0 == receipts[0] })
            let verification = try JournalVerification(house.data, anchors: receipts[0].map { try anchor($0) })
            #expect(verification.cases == keys.count)
            #expect(verification.fault == nil)
        }
    }

    private func anchor(_ receipt: JSON) throws -> JournalVerification.Anchor {
        JournalVerification.Anchor(
            reference: try #require(CaseReference(receipt.at("reference").text)),
            head: try #require(.init(hexadecimal: receipt.at("head").text)))
    }

    @Test func whatIsAcknowledgedIsOnDisk() async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            for number in 1...20 {
                try await peer.say(.submit(UInt32(number), "Complaint \(number).", key: "\(number)"))
                let receipt = try await peer.next(.accepted).json
                let verification = try JournalVerification(house.data, anchors: [anchor(receipt)])
                #expect(verification.fault == nil)
                #expect(verification.cases == number)
            }
        }
    }

    @Test(arguments: [
        (#"{"text":""}"#, Refusal.Code.emptyComplaint), (#"{"text":" \n\t\u00a0"}"#, .emptyComplaint),
        (#"{"words":"Charged twice."}"#, .malformedBody), (#"{"text":7}"#, .malformedBody), ("[]", .malformedBody),
        ("Charged twice.", .malformedBody), ("", .malformedBody), ("{\"text\":\"\u{1}\"}", .malformedBody),
    ]) func aBodyOfTheWrongShapeIsRefused(_ body: String, _ code: Refusal.Code) async throws {
        try await expectRefusal(code, of: .submit(9, body: Array(body.utf8), key: [0x6B]))
    }

    @Test func aComplaintThatIsNotUTF8IsRefused() async throws {
        try await expectRefusal(
            .malformedBody, of: .submit(9, body: Array(#"{"text":""#.utf8) + [0xE9, 0x22, 0x7D], key: [0x6B]))
    }

    @Test(arguments: [nil, [], [0xFF], [UInt8](repeating: 0x6B, count: 129)] as [[UInt8]?])
    func aKeyIsOneTo128BytesOfUTF8(_ key: [UInt8]?) async throws {
        try await expectRefusal(
            .malformedBody, of: .submit(9, body: Array(#"{"text":"Charged twice."}"#.utf8), key: key))
    }

    private func expectRefusal(_ code: Refusal.Code, of submit: Command) async throws {
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            try await peer.say(submit, .submit(10, "Charged twice.", key: "good"))
            let refused = await peer.next(.refused)
            #expect(refused.refusal == code)
            #expect(refused.first == submit.first)
            #expect(await peer.next(.accepted).first == 10)
        }
    }

    @Test func aComplaintMayHaveOneMebibyteAndNoMore() async throws {
        let words = String(repeating: "I was charged twice. ", count: (1 << 20) / 21) + "So."
        let exact = words + String(repeating: "!", count: (1 << 20) - words.utf8.count)
        try await house.serve { endpoint in
            let peer = try await Peer.connected(to: endpoint)
            try await peer.greet()
            try await peer.say(.submit(1, exact + "!", key: "one too many"))
            #expect(await peer.next(.refused).refusal == .tooLarge)
            let body = [UInt8](repeating: 0x20, count: Limits.submissionBytesMaximum + 1)
            try await peer.say(.submit(2, body: body, key: [0x6B]))
            #expect(await peer.next(.refused).refusal == .tooLarge)

            try await peer.say(.submit(3, exact, key: "exact"))
            let reference = try #require(await peer.next(.accepted).reference)
            let worker = try await Peer.connected(to: endpoint)
            try await worker.enter("billing")
            let offer = try await worker.accept()
            #expect(offer.reference == reference)
            #expect(try offer.json.at("issues.0.number") == 1)
        }
    }
}
