extension DefaultStringInterpolation {
    /// A number and what it counts: `\(count, of: "issue")` is `1 issue` or `2 issues`.
    package mutating func appendInterpolation(
        _ count: some CustomStringConvertible, of one: String, _ many: String? = nil
    ) {
        let number = count.description
        appendInterpolation("\(number) \(number == "1" ? one : many ?? one + "s")")
    }
}
