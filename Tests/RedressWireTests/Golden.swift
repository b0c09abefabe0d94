import RedressContract
import RedressWire

/// One frame of each command with what it means, laid out by hand from the specification: a peer in another language can
/// test itself with them.
struct Golden: Sendable {
    let command: Command
    /// The frame in hexadecimal: the header, the properties, the body.
    let hexadecimal: String

    var frame: [UInt8] { bytes(hexadecimal: hexadecimal) }

    private static let session: UInt64 = 0x0102_0304_0506_0708
    private static let properties = [
        Command.Property(tag: Command.Property.traceContext, value: Array("00-0af7-01-00".utf8)),
        Command.Property(tag: Command.Property.deadline, value: [0, 0, 1, 0x9D, 0x4E, 0xD0, 0xCE, 0xB4]),
    ]
    private static let submission = [
        Command.Property(tag: Command.Property.submissionKey, value: Array("mail-4711".utf8)),
        Command.Property(tag: 200, value: []),
    ]

    /// A command about task 3 of the case 0x0123456789ABCDE, attempt 7.
    private static func task(
        _ kind: CommandKind, first: UInt32 = 0, second: UInt32 = 0, properties: [Command.Property] = [],
        _ body: String = ""
    ) -> Command {
        var command = about(kind, first: first, second: second, properties: properties, body)
        command.taskNumber = 3
        command.attempt = 7
        return command
    }

    /// A command about the case 0x0123456789ABCDE.
    private static func about(
        _ kind: CommandKind, first: UInt32 = 0, second: UInt32 = 0, properties: [Command.Property] = [],
        _ body: String = ""
    ) -> Command {
        var command = house(kind, first: first, second: second, properties: properties, body)
        command.caseNumber = 0x012_3456_789A_BCDE
        return command
    }

    /// A command about no case.
    private static func house(
        _ kind: CommandKind, session: UInt64 = session, first: UInt32 = 0, second: UInt32 = 0,
        properties: [Command.Property] = [],
        _ body: String = ""
    ) -> Command {
        Command(
            kind, session: session, first: first, second: second, properties: properties, body: Array(body.utf8)[...])
    }

    static let all: [Golden] = [
        Golden(
            command: house(
                .ready, session: 0,
                #"{"worker":"till-7","incarnation":"9f86d081884c7d65","departments":["billing"],"contracts":[],"holding":[]}"#
            ),
            hexadecimal: "01 00 0000 0000000000000000 00000000 0000000000000000 00000000 00000000 0000 0000 0000006a"
                + "7b22776f726b6572223a2274696c6c2d37222c22696e6361726e6174696f6e223a2239663836643038313838346337643635"
                + "222c226465706172746d656e7473223a5b2262696c6c696e67225d2c22636f6e747261637473223a5b5d2c22686f6c64696e"
                + "67223a5b5d7d"),
        Golden(
            command: house(.credit, first: 8, second: 1_048_576),
            hexadecimal: "02 00 0000 0000000000000000 00000000 0102030405060708 00000008 00100000 0000 0000 00000000"),
        Golden(
            command: task(.accept),
            hexadecimal: "03 00 0003 00123456789abcde 00000007 0102030405060708 00000000 00000000 0000 0000 00000000"),
        Golden(
            command: task(.renew, first: 50),
            hexadecimal: "04 00 0003 00123456789abcde 00000007 0102030405060708 00000032 00000000 0000 0000 00000000"),
        Golden(
            command: task(.contribute, #"{"issues":[{"number":1,"outcome":"upheld"}]}"#),
            hexadecimal: "05 00 0003 00123456789abcde 00000007 0102030405060708 00000000 00000000 0000 0000 0000002c"
                + "7b22697373756573223a5b7b226e756d626572223a312c226f7574636f6d65223a22757068656c64227d5d7d"),
        Golden(
            command: task(.fail, first: 2, #"{"reason":"é"}"#),
            hexadecimal: "06 00 0003 00123456789abcde 00000007 0102030405060708 00000002 00000000 0000 0000 0000000f"
                + "7b22726561736f6e223a22c3a9227d"),
        Golden(
            command: task(.release, first: 5000, #"{"reason":"busy"}"#),
            hexadecimal: "07 00 0003 00123456789abcde 00000007 0102030405060708 00001388 00000000 0000 0000 00000011"
                + "7b22726561736f6e223a2262757379227d"),
        Golden(
            command: house(.drain),
            hexadecimal: "08 00 0000 0000000000000000 00000000 0102030405060708 00000000 00000000 0000 0000 00000000"),
        Golden(
            command: house(.heartbeat),
            hexadecimal: "09 00 0000 0000000000000000 00000000 0102030405060708 00000000 00000000 0000 0000 00000000"),
        Golden(
            command: house(
                .welcome, #"{"epoch":"e","heartbeatMilliseconds":2500,"leaseMilliseconds":10000,"policy":"p"}"#),
            hexadecimal: "10 00 0000 0000000000000000 00000000 0102030405060708 00000000 00000000 0000 0000 00000051"
                + "7b2265706f6368223a2265222c226865617274626561744d696c6c697365636f6e6473223a323530302c226c656173654d69"
                + "6c6c697365636f6e6473223a31303030302c22706f6c696379223a2270227d"),
        Golden(
            command: task(
                .offer, first: 10000, second: 60000, properties: properties, #"{"task":"R-0J6H-B7H6-NWVV-P/3"}"#),
            hexadecimal: "11 00 0003 00123456789abcde 00000007 0102030405060708 00002710 0000ea60 0000 001b 0000001f"
                + "02000d30302d306166372d30312d30300300080000019d4ed0ceb47b227461736b223a22522d304a36482d423748362d4e57"
                + "56562d502f33227d"),
        Golden(
            command: task(.orders, first: 1, second: 4_294_967_295),
            hexadecimal: "12 00 0003 00123456789abcde 00000007 0102030405060708 00000001 ffffffff 0000 0000 00000000"),
        Golden(
            command: task(.settled, first: 4, #"{"code":14,"name":"notTheOwner","reason":"r"}"#),
            hexadecimal: "13 00 0003 00123456789abcde 00000007 0102030405060708 00000004 00000000 0000 0000 0000002d"
                + "7b22636f6465223a31342c226e616d65223a226e6f745468654f776e6572222c22726561736f6e223a2272227d"),
        Golden(
            command: task(.cancel),
            hexadecimal: "14 00 0003 00123456789abcde 00000007 0102030405060708 00000000 00000000 0000 0000 00000000"),
        Golden(
            command: house(
                .refused, session: 0, first: 5, second: 9, #"{"code":9,"name":"emptyComplaint","reason":"r"}"#),
            hexadecimal: "15 00 0000 0000000000000000 00000000 0000000000000000 00000005 00000009 0000 0000 0000002f"
                + "7b22636f6465223a392c226e616d65223a22656d707479436f6d706c61696e74222c22726561736f6e223a2272227d"),
        Golden(
            command: house(.register, session: 0),
            hexadecimal: "16 00 0000 0000000000000000 00000000 0000000000000000 00000000 00000000 0000 0000 00000000"),
        Golden(
            command: house(.hello, session: 0, #"{"client":"shop"}"#),
            hexadecimal: "20 00 0000 0000000000000000 00000000 0000000000000000 00000000 00000000 0000 0000 00000011"
                + "7b22636c69656e74223a2273686f70227d"),
        Golden(
            command: house(.submit, first: 1, second: 1, properties: submission, #"{"text":"I was charged twice."}"#),
            hexadecimal: "21 00 0000 0000000000000000 00000000 0102030405060708 00000001 00000001 0000 000f 0000001f"
                + "0100096d61696c2d34373131c800007b2274657874223a22492077617320636861726765642074776963652e227d"),
        Golden(
            command: about(.follow, first: 2, second: 2, #"{"after":"1.2"}"#),
            hexadecimal: "22 00 0000 00123456789abcde 00000000 0102030405060708 00000002 00000002 0000 0000 0000000f"
                + "7b226166746572223a22312e32227d"),
        Golden(
            command: house(.command, first: 3, #"{"command":"drain"}"#),
            hexadecimal: "23 00 0000 0000000000000000 00000000 0102030405060708 00000003 00000000 0000 0000 00000013"
                + "7b22636f6d6d616e64223a22647261696e227d"),
        Golden(
            command: house(.query, first: 4, #"{"query":"status"}"#),
            hexadecimal: "24 00 0000 0000000000000000 00000000 0102030405060708 00000004 00000000 0000 0000 00000012"
                + "7b227175657279223a22737461747573227d"),
        Golden(
            command: about(.accepted, first: 1, second: 1, #"{"reference":"R","head":"00","turn":1}"#),
            hexadecimal: "30 00 0000 00123456789abcde 00000000 0102030405060708 00000001 00000001 0000 0000 00000026"
                + "7b227265666572656e6365223a2252222c2268656164223a223030222c227475726e223a317d"),
        Golden(
            command: about(.event, first: 1, #"{"cursor":"1.3","type":"contributed"}"#),
            hexadecimal: "31 00 0000 00123456789abcde 00000000 0102030405060708 00000001 00000000 0000 0000 00000025"
                + "7b22637572736f72223a22312e33222c2274797065223a22636f6e7472696275746564227d"),
        Golden(
            command: house(.answer, first: 4, #"{"cases":0}"#),
            hexadecimal: "32 00 0000 0000000000000000 00000000 0102030405060708 00000004 00000000 0000 0000 0000000b"
                + "7b226361736573223a307d"),
    ]
}

/// The bytes that `hexadecimal` writes; anything else in it is passed over.
func bytes(hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
