import RedressContract
import Testing

@Suite("Names")
struct NamesTests {
    private static let longest = "a" + String(repeating: "0", count: 31)

    @Test("of departments are taken when well formed", arguments: ["a", "billing", "field-service2", "a-", longest])
    func departments(name: String) { #expect(DepartmentName(name)?.description == name) }

    @Test(
        "of departments are refused when malformed",
        arguments: ["", "1a", "-a", "Billing", "billing ", "a_b", "a.b", "a/b", "é", "a\u{301}", longest + "0"])
    func malformedDepartments(name: String) { #expect(DepartmentName(name) == nil) }

    @Test("of task types say which department they are for")
    func taskTypes() {
        #expect(TaskType("billing/charge-review")?.department == DepartmentName("billing"))
        #expect(TaskType("\(Self.longest)/\(Self.longest)") != nil)
        for name in [
            "", "billing", "/", "billing/", "/review", "billing/a/b", "billing//a", "Billing/a", "billing/\u{301}a",
        ] {
            #expect(TaskType(name) == nil, "\(name)")
        }
    }

    @Test("of facts have a base that ownership goes by, and may have a subject")
    func factKeys() {
        #expect(FactKey("charge.count")?.base == "charge.count")
        #expect(FactKey("charge.count#A-1001")?.base == "charge.count")
        #expect(FactKey("a_b.c-d#é#x")?.base == "a_b.c-d")
        #expect(FactKey("a#" + String(repeating: "x", count: 126)) != nil)
        #expect(FactKey("a#" + String(repeating: "x", count: 127)) == nil)
    }

    @Test(
        "of facts are refused when malformed",
        arguments: [
            "", ".", "a.", ".a", "a..b", "#a", "a#", "a# ", "a#\n", "a#\u{7F}", "A", "a b", "_a", "charge.count\u{301}",
            "a/b",
        ])
    func malformedFactKeys(key: String) { #expect(FactKey(key) == nil) }

    @Test("of facts cannot hide their subject behind a combining character")
    func combining() { #expect(FactKey("charge.count#\u{301}x")?.base == "charge.count") }
}
