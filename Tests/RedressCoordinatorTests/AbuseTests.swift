import Foundation
import RedressClient
import RedressContract
import RedressKeys
import RedressTesting
import RedressWire
import Testing

/// Who means ill is a nuisance to itself alone.
@Suite(.timeLimit(.minutes(2))) struct AbuseTests {
    private let house = TestHouse()

    private func serve(_ body: (_ endpoint: String, _ keys: KeyFolder) async throws -> Void) async throws {
        let keys = house.keys
        try keys.create()
        try await house.serve(keys: keys, bind: "tcp://127.0.0.1:*") { try await body($0, keys) }
    }

    private func connect(_ port: UInt16) throws -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        return descriptor
    }

    @Test func rubbishAndBrokenHandshakesDoNotKeepAnHonestClientWaiting() async throws {
        try await serve { endpoint, keys in
            let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))
            var generator = SeededGenerator(seed: 7)
            // What ZMTP 3.1 says first, with CURVE as mechanism.
            let greeting: [UInt8] =
                [0xFF] + Array(repeating: 0, count: 8) + [0x7F, 3, 1] + Array("CURVE".utf8)
                + Array(repeating: 0, count: 47)
            var open: [CInt] = []
            defer { for descriptor in open { close(descriptor) } }
            for number in 0..<300 {
                let descriptor = try self.connect(port)
                var bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                    UInt8.random(in: .min ... .max, using: &generator)
                }
                switch number % 3 {
                case 0: break
                case 1: bytes = greeting + bytes
                default: bytes = Array(greeting.prefix(Int.random(in: 0...64, using: &generator)))
                }
                _ = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
                if number.isMultiple(of: 2) { close(descriptor) } else { open.append(descriptor) }
            }
            let client = try await Client.connect(
                to: endpoint, name: "shop", key: try keys.make("shop", .client).file, timeout: .seconds(15))
            _ = try await client.submit(Complaint(text: Playbooks.complaint), key: "k")
            await client.close()
        }
    }

    @Test func aPeerThatSendsTooMuchIsCutOffAndTheOthersAreServed() async throws {
        try await serve { endpoint, keys in
            let client = try await Client.connect(to: endpoint, name: "shop", key: try keys.make("shop", .client).file)
            let flooder = try await Peer.connected(to: endpoint, key: try keys.make("flooder", .client))
            let before = try await flooder.greet().session
            let version = Array("RDP/1".utf8)
            try await flooder.send([version, [UInt8](repeating: 0, count: Limits.frameBytesMaximum + 1)])
            // What it says next comes by another connection, which has no session.
            try await flooder.say(Command(.heartbeat))
            while true {
                let answer = await flooder.next(.heartbeat, .register)
                if answer.kind == .register { break }
                try await flooder.say(Command(.heartbeat))
            }
            #expect(try await flooder.greet().session != before)
            _ = try await client.submit(Complaint(text: Playbooks.complaint), key: "k")
            await client.close()
        }
    }
}
