import RedressContract
import RedressWire
import Testing

@Suite("Messages")
struct MessageTests {
    private static let everybody: Role = [.worker, .client, .coordinator]
    private static let heartbeat = Command(.heartbeat, session: 1)

    private static func answer(bytes: Int) -> Command {
        Command(.answer, session: 1, body: Array(repeating: 0x20, count: bytes - Command.headerBytes)[...])
    }

    @Test("begin with the version and hold commands in order")
    func order() throws {
        let commands = Golden.all.map(\.command)
        let messages = Message.pack(commands)
        #expect(messages.count == 1)
        #expect(messages[0][0] == Array("RDP/1".utf8))
        #expect(try Message.unpack(messages[0], from: Self.everybody).map { try $0.get() } == commands)
    }

    @Test(
        "hold at most 64 commands",
        arguments: [(0, []), (1, [1]), (64, [64]), (65, [64, 1]), (129, [64, 64, 1])] as [(Int, [Int])])
    func count(commands: Int, counts: [Int]) {
        #expect(Message.pack(Array(repeating: Self.heartbeat, count: commands)).map { $0.count - 1 } == counts)
    }

    @Test("hold at most 256 KiB of commands")
    func bytes() {
        let half = Limits.packedBytesMaximum / 2
        #expect(Message.pack([Self.answer(bytes: half), Self.answer(bytes: half)]).count == 1)
        #expect(Message.pack([Self.answer(bytes: half), Self.answer(bytes: half + 1)]).count == 2)
        #expect(
            Message.pack([Self.answer(bytes: half), Self.answer(bytes: half), Self.heartbeat]).map(\.count) == [3, 2])
    }

    @Test("hold one command that is larger alone")
    func oversized() {
        let large = Self.answer(bytes: Limits.packedBytesMaximum + 1)
        #expect(Message.pack([Self.heartbeat, large, Self.heartbeat]).map(\.count) == [2, 2, 2])
        #expect(Message.pack([large, large]).map(\.count) == [2, 2])
        #expect(Message.pack([large]).map(\.count) == [2])
    }

    @Test(
        "are refused in a version that is not spoken",
        arguments: ["", "RDP/0", "RDP/2", "RDP/10", "RDP/1\0", "RDP/", "rdp/1", "RDP/1 ", "MDPW01"])
    func foreign(version: String) {
        let error = #expect(throws: Refusal.self) {
            try Message.unpack([Array(version.utf8), Self.heartbeat.frame], from: .worker)
        }
        #expect(error?.code == .unsupportedVersion)
        #expect(error?.sentence.contains("RDP/1 to RDP/1") == true)
    }

    @Test("are refused without a frame, without a command, or with more than 64")
    func frameCount() throws {
        func code(_ frames: [[UInt8]]) -> Refusal.Code? {
            do throws(Refusal) {
                _ = try Message.unpack(frames, from: .worker)
                return nil
            } catch {
                return error.code
            }
        }
        let frame = Self.heartbeat.frame
        #expect(code([]) == .unsupportedVersion)
        #expect(code([frame]) == .unsupportedVersion)
        #expect(code([Message.version]) == .frameCount)
        #expect(code([Message.version] + Array(repeating: frame, count: 64)) == nil)
        #expect(code([Message.version] + Array(repeating: frame, count: 65)) == .frameCount)
        #expect(code([Message.version] + Array(repeating: [], count: 100_000)) == .frameCount)
    }

    @Test("with a frame put in or taken out anywhere keep the commands of the others")
    func frames() throws {
        let frames = try #require(Message.pack(Golden.all.map(\.command)).first)
        for place in 1...frames.count {
            for garbage in [[], [0], Message.version, Array(repeating: 0xFF, count: 40)] as [[UInt8]] {
                var damaged = frames
                damaged.insert(garbage, at: place)
                let results = try Message.unpack(damaged, from: Self.everybody)
                #expect(results.count == frames.count)
                #expect(throws: Refusal.self) { try results[place - 1].get() }
                #expect(results.compactMap { try? $0.get() } == Golden.all.map(\.command))
            }
            guard place < frames.count else { continue }
            var damaged = frames
            damaged.remove(at: place)
            var commands = Golden.all.map(\.command)
            commands.remove(at: place - 1)
            #expect(try Message.unpack(damaged, from: Self.everybody).map { try $0.get() } == commands)
        }
        #expect(throws: Refusal.self) { try Message.unpack([[]] + frames, from: Self.everybody) }
    }
}
