import RedressContract
import Testing

@Suite("Bodies")
struct BodyTests {
    @Test("of contributions read the same after writing", arguments: Samples.contributions)
    func contributions(contribution: Contribution) throws {
        #expect(try Contribution(parsing: contribution.jsonBytes) == contribution)
    }

    @Test("of briefs read the same after writing", arguments: Samples.briefs)
    func briefs(brief: Brief) throws { #expect(try Brief(parsing: brief.jsonBytes) == brief) }

    @Test("are written as the specification shows them")
    func layout() {
        #expect(String(decoding: Samples.contributions[0].jsonBytes, as: UTF8.self) == Samples.contributionText)
        #expect(String(decoding: Samples.briefs[0].jsonBytes, as: UTF8.self) == Samples.briefText)
    }

    @Test("may say more than is asked for, and null for nothing")
    func newerPeers() throws {
        let text =
            #"{"issues":[{"number":1,"outcome":"upheld","mood":"glad","reasons":null}],"words":null,"version":{"a":[1]}}"#
        let contribution = try Contribution(parsing: text.utf8)
        #expect(contribution == Contribution(answers: [.init(issue: 1, .upheld)]))
        #expect(contribution.unread(in: text.utf8) == ["issues[0].mood", "version"])
    }

    @Test("of contributions leave nothing unread", arguments: Samples.contributions)
    func unread(contribution: Contribution) { #expect(contribution.unread(in: contribution.jsonBytes) == []) }

    @Test("name a misspelt member, and nothing that is no name")
    func misspelt() throws {
        let text =
            #"{"issues":[{"number":1,"outcome":"upheld","reason":["x"]}],"finding":[1],"Ada, 7 Elm St":1,"asks":[]}"#
        #expect(try Contribution(parsing: text.utf8).unread(in: text.utf8) == ["issues[0].reason", "finding", "…"])
    }

    @Test("hold words once each, in order")
    func words() throws {
        #expect(try FactValue(json: ["b", "a", "b"], path: "") == .words(["a", "b"]))
        #expect(try FactValue(json: ["erased": true], path: "") == .erased)
    }

    @Test(
        "show money with the decimals of its currency, and never fewer than it has",
        arguments: [
            ("49.9", "EUR", "49.90 EUR"), ("99.80", "EUR", "99.80 EUR"), ("129", "EUR", "129.00 EUR"),
            ("100", "EUR", "100.00 EUR"), ("-0.5", "GBP", "-0.50 GBP"), ("0", "EUR", "0.00 EUR"),
            ("0.125", "USD", "0.125 USD"), ("500", "JPY", "500 JPY"), ("1.5", "KWD", "1.500 KWD"),
            ("1e60", "EUR", "1e60 EUR"),
        ])
    func money(amount: String, currency: String, text: String) throws {
        let number = try #require(ExactNumber(amount.utf8))
        #expect(Money(amount: number, currency: currency)?.description == text)
    }

    @Test("give a brief's particulars by name")
    func particulars() { #expect(Samples.briefs[0].particulars("order") == ["A-1001"]) }

    @Test(
        "of contributions are refused with the path of what is wrong",
        arguments: [
            ("[]", ""), ("{}", "issues"), (#"{"issues":[]}"#, "issues"), (#"{"issues":{}}"#, "issues"),
            (#"{"issues":[1]}"#, "issues[0]"),
            (#"{"issues":[{"outcome":"upheld"}]}"#, "issues[0].number"),
            (#"{"issues":[{"number":-1,"outcome":"upheld"}]}"#, "issues[0].number"),
            (#"{"issues":[{"number":65536,"outcome":"upheld"}]}"#, "issues[0].number"),
            (#"{"issues":[{"number":1.5,"outcome":"upheld"}]}"#, "issues[0].number"),
            (#"{"issues":[{"number":"1","outcome":"upheld"}]}"#, "issues[0].number"),
            (#"{"issues":[{"number":1,"outcome":"perhaps"}]}"#, "issues[0].outcome"),
            (#"{"issues":[{"number":1}]}"#, "issues[0].outcome"),
            (#"{"issues":[{"number":1,"outcome":"upheld"},{"number":1,"outcome":"upheld"}]}"#, "issues[1].number"),
            (#"{"issues":[{"number":1,"outcome":"upheld","reasons":"because"}]}"#, "issues[0].reasons"),
            (#"{"issues":[{"number":1,"outcome":"upheld","reasons":["a",2]}]}"#, "issues[0].reasons[1]"),
            (#"{"declined":"no","issues":[{"number":1,"outcome":"upheld"}]}"#, "issues"),
            (#"{"declined":true}"#, "declined"), (#"{"declined":"no","words":1}"#, "words"),
            (#"{"declined":"no","notChecked":[[]]}"#, "notChecked[0]"),
            (#"{"declined":"no","findings":[{"value":1}]}"#, "findings[0].key"),
            (#"{"declined":"no","findings":[{"key":"A","value":1}]}"#, "findings[0].key"),
            (#"{"declined":"no","findings":[{"key":"a"}]}"#, "findings[0].value"),
            (#"{"declined":"no","findings":[{"key":"a","value":null}]}"#, "findings[0].value"),
            (#"{"declined":"no","findings":[{"key":"a","value":["x",1]}]}"#, "findings[0].value"),
            (#"{"declined":"no","findings":[{"key":"a","value":{}}]}"#, "findings[0].value.amount"),
            (
                #"{"declined":"no","findings":[{"key":"a","value":{"amount":"1","currency":"EUR"}}]}"#,
                "findings[0].value.amount"
            ),
            (
                #"{"declined":"no","findings":[{"key":"a","value":{"amount":1,"currency":"eur"}}]}"#,
                "findings[0].value.currency"
            ),
            (
                #"{"declined":"no","findings":[{"key":"a","value":{"amount":1,"currency":"EURO"}}]}"#,
                "findings[0].value.currency"
            ),
            (#"{"declined":"no","findings":[{"key":"a","value":1,"issues":[1,"x"]}]}"#, "findings[0].issues[1]"),
            (#"{"declined":"no","findings":[{"key":"a","value":1,"issues":1}]}"#, "findings[0].issues"),
            (#"{"declined":"no","findings":[{"key":"a","value":{"erased":true}}]}"#, "findings[0].value"),
            (#"{"declined":"no","findings":[{"key":"a","value":1,"confidence":101}]}"#, "findings[0].confidence"),
            (#"{"declined":"no","findings":[{"key":"a","value":1,"confidence":1e30}]}"#, "findings[0].confidence"),
            (#"{"declined":"no","remedies":[{"kind":"cake"}]}"#, "remedies[0].kind"),
            (#"{"declined":"no","remedies":[{"kind":"refund","amount":5}]}"#, "remedies[0].amount"),
            (#"{"declined":"no","remedies":[{"kind":"refund","amount":{"amount":5}}]}"#, "remedies[0].amount.currency"),
            (#"{"declined":"no","remedies":[{"kind":"refund","issue":1e9}]}"#, "remedies[0].issue"),
        ])
    func contributionFaults(text: String, path: String) {
        let error = #expect(throws: JSONError.self) { try Contribution(parsing: text.utf8) }
        #expect(error?.path == path)
        #expect(error?.offset == nil)
    }

    @Test(
        "of briefs are refused with the path of what is wrong",
        arguments: [
            ("{}", "task"), (#"{"task":"R-1/1"}"#, "task"), (#"{"task":"R-0000-0000-0001-Y/1"}"#, "attempt"),
            (#"{"task":"R-0000-0000-0001-Y/1","attempt":4294967296}"#, "attempt"),
            (#"{"task":"R-0000-0000-0001-Y/1","attempt":1,"type":"billing"}"#, "type"),
            (#"{"task":"R-0000-0000-0001-Y/1","attempt":1,"type":"a/b","issues":[{"number":1}]}"#, "issues[0].excerpt"),
            (
                #"{"task":"R-0000-0000-0001-Y/1","attempt":1,"type":"a/b","particulars":[{"name":"order"}]}"#,
                "particulars[0].value"
            ),
            (#"{"task":"R-0000-0000-0001-Y/1","attempt":1,"type":"a/b","findings":[{}]}"#, "findings[0].key"),
        ])
    func briefFaults(text: String, path: String) {
        let error = #expect(throws: JSONError.self) { try Brief(parsing: text.utf8) }
        #expect(error?.path == path)
    }

    @Test("that are wrong and long are quoted in short")
    func quoting() {
        let long = String(repeating: "x\u{301}", count: 500_000)
        for text in [#"{"issues":[{"number":1,"outcome":"\#(long)"}]}"#, #"{"\#(long)":1,"\#(long)":2}"#] {
            let error = #expect(throws: JSONError.self) { try Contribution(parsing: text.utf8) }
            #expect((error?.description.utf8.count ?? .max) < 500)
        }
    }

    @Test("of refusals have stable numbers without a gap")
    func refusals() { #expect(Refusal.Code.allCases.map(\.rawValue) == Array(1...30)) }
}
