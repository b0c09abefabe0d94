import RedressContract
import RedressWire
import Testing

@Suite("Frames of commands")
struct FrameTests {
    @Test("are laid out as the golden ones, and read the same", arguments: Golden.all)
    func golden(golden: Golden) throws {
        #expect(golden.command.frame == golden.frame)
        #expect(try Command(frame: golden.frame, from: golden.command.kind.senders) == golden.command)
    }

    @Test("have a golden one for each command")
    func complete() { #expect(Golden.all.map(\.command.kind) == CommandKind.allCases) }

    @Test("that are cut short or too long are malformed", arguments: Golden.all)
    func lengths(golden: Golden) {
        for length in golden.frame.indices { expect(.malformedFrame, Array(golden.frame[..<length])) }
        for more in 0...UInt8.max { expect(.malformedFrame, golden.frame + [more]) }
    }

    @Test(
        "with one byte changed are read as what they then say, or refused for the reason that the place gives",
        arguments: Golden.all)
    func changed(golden: Golden) {
        let kind = golden.command.kind
        var frame = golden.frame
        for place in frame.indices {
            let byte = golden.frame[place]
            let others = place == 0 ? Array(0...UInt8.max) : [0, 0xFF] + (0..<8).map { byte ^ 1 << $0 }
            for other in others where other != byte {
                frame[place] = other
                do throws(Refusal) {
                    let command = try Command(frame: frame, from: kind.senders)
                    guard command.frame == frame else {
                        Issue.record("\(kind) with \(other) at \(place) is written otherwise than it was read")
                        continue
                    }
                } catch {
                    let reasons: Set<Refusal.Code> =
                        switch place {
                        case 0: [.unknownCommand, .notAllowed, .malformedFrame, .tooLarge, .unknownSession]
                        case 16..<24: kind.needsSession ? [.unknownSession] : []
                        case 1..<16, 32..<40: [.malformedFrame]
                        case 40... where !golden.command.properties.isEmpty: [.malformedFrame]
                        default: []
                        }
                    guard reasons.contains(error.code) else {
                        Issue.record("\(kind) with \(other) at \(place): \(error)")
                        continue
                    }
                }
            }
            frame[place] = golden.frame[place]
        }
    }

    @Test("with a byte inserted anywhere are refused, or read as what is written the same again", arguments: Golden.all)
    func inserted(golden: Golden) {
        let kind = golden.command.kind
        let whole = golden.frame
        var (taken, refused) = (0, 0)
        for place in 0...whole.count {
            let before = place > 0 ? whole[place - 1] : 0
            for byte in Set([0, 1, 0x20, 0x7F, 0x80, 0xFF, before, before ^ 1]) {
                var frame = whole
                frame.insert(byte, at: place)
                // As it is, and with the body's length raised by one: then nothing else gives it away.
                var fitting = frame
                fitting[39] &+= 1
                for frame in [frame, fitting] {
                    guard let command = try? Command(frame: frame, from: [.worker, .client, .coordinator]) else {
                        refused += 1
                        continue
                    }
                    taken += 1
                    if command.frame != frame {
                        Issue.record("\(kind) with \(byte) before \(place) is written otherwise than it was read")
                    }
                    _ = (command.task, command.reference)
                }
            }
        }
        #expect(refused > 0)
        #expect(taken > 0 || kind.bodyBytesMaximum == 0, "a byte more in the body, and in its length")
    }

    @Test("are refused when their reserved bytes are used or their lengths do not fit", arguments: Golden.all)
    func reserved(golden: Golden) {
        for place in [1, 32, 33, 34, 35, 36, 37, 38, 39] {
            var frame = golden.frame
            frame[place] ^= 0x80
            expect(.malformedFrame, frame)
        }
    }

    @Test("of a number that no command has are unknown, to everybody")
    func unknown() {
        for number in 0...UInt8.max where CommandKind(rawValue: number) == nil {
            var frame = Golden.all[0].frame
            frame[0] = number
            expect(.unknownCommand, frame)
        }
    }

    @Test("are refused from who may not send them", arguments: Golden.all)
    func senders(golden: Golden) {
        for role in [Role.worker, .client, .coordinator] where !golden.command.kind.senders.contains(role) {
            expect(.notAllowed, golden.frame, from: role)
        }
        #expect(throws: Never.self) { try Command(frame: golden.frame, from: [.worker, .client, .coordinator]) }
    }

    @Test("name what their command is about and nothing else", arguments: Golden.all)
    func names(golden: Golden) {
        let kind = golden.command.kind
        func with(_ change: (inout Command) -> Void) -> [UInt8] {
            var command = golden.command
            change(&command)
            return command.frame
        }
        if kind.namesTask {
            expect(.malformedFrame, with { $0.taskNumber = 0 })
            expect(.malformedFrame, with { $0.attempt = 0 })
        } else {
            expect(.malformedFrame, with { $0.taskNumber = 1 })
            expect(.malformedFrame, with { $0.attempt = 1 })
        }
        if kind.namesCase {
            expect(.malformedFrame, with { $0.caseNumber = 0 })
            expect(.malformedFrame, with { $0.caseNumber = 1 << 60 })
            expect(.malformedFrame, with { $0.caseNumber = .max })
        } else {
            expect(.malformedFrame, with { $0.caseNumber = 1 })
        }
        if kind.needsSession { expect(.unknownSession, with { $0.session = 0 }) }
    }

    @Test("take a body up to its limit and not a byte more", arguments: Golden.all)
    func bodies(golden: Golden) throws {
        var command = golden.command
        command.body = Array(repeating: 0x20, count: command.kind.bodyBytesMaximum)[...]
        #expect(
            try Command(frame: command.frame, from: command.kind.senders).body.count == command.kind.bodyBytesMaximum)
        command.body.append(0x20)
        #expect(command.frame.count < Limits.frameBytesMaximum, "an excess can be answered")
        expect(.tooLarge, command.frame)
    }

    @Test("give their properties by tag, the first where there are two")
    func properties() throws {
        var command = Command(.heartbeat, session: 1)
        command.properties = [.init(tag: 9, value: [1]), .init(tag: 9, value: [2]), .init(tag: 0, value: [])]
        let read = try Command(frame: command.frame, from: .worker)
        #expect(read.properties == command.properties)
        #expect(read.property(9) == [1])
        #expect(read.property(0) == [])
        #expect(read.property(1) == nil)
        command.properties = [.init(tag: 255, value: Array(repeating: 7, count: Limits.propertiesBytesMaximum - 3))]
        #expect(try Command(frame: command.frame, from: .worker) == command)
    }

    @Test("with properties that reach beyond their section are malformed")
    func propertiesCutShort() {
        // Three bytes of properties, then four of body that must not be taken for a value.
        for (properties, body) in [
            ([1, 0, 4], "xxxx"), ([1, 0xFF, 0xFF], ""), ([1], ""), ([1, 0], ""), ([1, 0, 0, 2], ""),
        ] as [([UInt8], String)] {
            var frame = Command(.hello, body: Array(body.utf8)[...]).frame
            frame.insert(contentsOf: properties, at: Command.headerBytes)
            frame[35] = UInt8(properties.count)
            expect(.malformedFrame, frame)
        }
    }

    @Test("say which task they are about")
    func task() throws {
        let task = try #require(TaskID("R-0000-0000-0001-Y/3"))
        let command = Command(.accept, task: task, attempt: 1, session: 1)
        #expect(command.task == task)
        #expect(command.reference == task.reference)
        #expect(Command(.heartbeat, session: 1).task == nil)
        #expect(Command(.follow, reference: task.reference, session: 1).task == nil)
    }

    private func expect(
        _ code: Refusal.Code, _ frame: [UInt8], from senders: Role = [.worker, .client, .coordinator],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do throws(Refusal) {
            let command = try Command(frame: frame, from: senders)
            Issue.record("\(command.kind) was taken instead of refused as \(code)", sourceLocation: sourceLocation)
        } catch {
            if error.code != code { Issue.record("\(error) instead of \(code)", sourceLocation: sourceLocation) }
        }
    }
}

extension Golden: CustomTestStringConvertible {
    var testDescription: String { "\(command.kind)" }
}
