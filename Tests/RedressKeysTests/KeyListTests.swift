import RedressContract
import RedressKeys
import Testing
import ZeroMQ

@Suite struct KeyListTests {
    private let key: CurveKey
    private let other: CurveKey

    init() throws {
        key = try CurveKeyPair().publicKey
        other = try CurveKeyPair().publicKey
    }

    @Test func aListIsReadAsItWasWritten() throws {
        let departments = try [#require(DepartmentName("billing")), #require(DepartmentName("technical"))]
        let list = KeyList([
            Grant(name: "till-7", role: .worker(departments), key: key),
            Grant(name: "Shop_1.eu", role: .client, key: other),
        ])
        #expect(try KeyList(parsing: list.text, file: "f") == list)
        #expect(list.text.hasSuffix("Shop_1.eu client - \(other)\ntill-7 worker billing,technical \(key)\n"))
        #expect(list[key.description]?.name == "till-7")
        #expect(list[key.description]?.role.departments == departments)
        #expect(list[nil] == nil)
        #expect(list["nobody"] == nil)
    }

    @Test func aPersonMayWriteItToo() throws {
        let list = try KeyList(parsing: "\n  # shops\r\n\tshop   client - \(key)  \r\n", file: "f")
        #expect(list.grants == [Grant(name: "shop", role: .client, key: key)])
        #expect(try KeyList(parsing: "\n", file: "f").isEmpty)
        #expect(throws: KeyError.self, "cut off to be written again") { try KeyList(parsing: "", file: "f") }
    }

    @Test func aChangeIsToldFromWhatStays() throws {
        let shop = Grant(name: "shop", role: .client, key: key)
        let desk = Grant(name: "desk", role: .owner, key: other)
        let promoted = Grant(name: "shop", role: .owner, key: key)
        #expect(KeyList([shop, desk]).grants(notIn: KeyList([shop])) == [desk])
        #expect(KeyList([shop]).grants(notIn: KeyList([shop, desk])) == [])
        #expect(KeyList([shop]).grants(notIn: KeyList([promoted])) == [shop])
    }

    @Test(arguments: [
        ("shop client KEY", "expected name, role"), ("shop client - KEY more", "expected name, role"),
        ("../shop client - KEY", "\"../shop\" names no key"), ("shop boss - KEY", "\"boss\" is no role"),
        ("till worker - KEY", "a worker has departments"), ("shop client billing KEY", "a worker has departments"),
        ("till worker billing,Wine KEY", "\"Wine\" names no department"),
        ("till worker billing, KEY", "\"\" names no department"), ("shop client - secret", "not 40 characters of Z85"),
        ("first client - KEY\nshop client - KEY", "stands above already"),
    ]) func whatIsWrongIsNamedWithItsLine(_ line: String, _ reason: String) throws {
        let text = "# head\n" + line.replacing("KEY", with: key.description)
        let error = try #require(throws: KeyError.self) { try KeyList(parsing: text, file: "keys/authorised") }
        let number = 1 + line.split(separator: "\n").count
        #expect("\(error)".hasPrefix("keys/authorised:\(number): "), "\(error)")
        #expect("\(error)".contains(reason), "\(error)")
    }

    @Test func aLabelBelongsToItsKey() {
        let grant = Grant(name: "till", role: .client, key: key)
        for label in ["till", "till-1", "till-1-b"] { #expect(grant.covers(worker: label)) }
        for label in ["", "till1", "Till", "tillage", "desk", "1-till"] { #expect(!grant.covers(worker: label)) }
    }

    @Test(arguments: [
        "ipc:///tmp/mesh", "inproc://a", "tcp://127.0.0.1:7700", "tcp://127.1.2.3:*", "tcp://[::1]:7700",
        "tcp://localhost:7",
    ]) func plainTextStaysOnTheMachine(_ endpoint: String) { #expect(PlainText.isAllowed(at: endpoint)) }

    @Test(arguments: [
        "tcp://0.0.0.0:7700", "tcp://*:7700", "tcp://10.0.0.7:7700", "tcp://127.0.0.1.example.org:7700",
        "tcp://[::]:7700",
        "tcp://eth0:7700", "tcp://127.0.0.1;10.0.0.7:7700", "tcp://coordinator:7700", "udp://127.0.0.1:1", "",
        "nonsense",
        "tcp://127.0.0.256:1", "tcp://127.0.0.1",
    ]) func plainTextGoesNowhereElse(_ endpoint: String) { #expect(!PlainText.isAllowed(at: endpoint)) }
}
