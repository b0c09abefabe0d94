/// A rate: so many a second, and as many at once after a quiet second.
struct TokenBucket: Sendable {
    private let perSecond: Double
    private var tokens: Double
    private var at: Duration

    /// A full bucket for `perSecond` a second, at least 1.
    init(perSecond: Int, at: Duration) {
        self.perSecond = Double(max(1, perSecond))
        tokens = self.perSecond
        self.at = at
    }

    /// How long until there is a token, at time `now`; zero where there is one.
    mutating func wait(at now: Duration) -> Duration {
        tokens = min(perSecond, tokens + max(0, (now - at) / .seconds(1)) * perSecond)
        at = now
        return tokens >= 1 ? .zero : .milliseconds(Int64(((1 - tokens) / perSecond * 1000).rounded(.up)))
    }

    /// Takes a token, which must be there.
    mutating func take() { tokens -= 1 }
}
