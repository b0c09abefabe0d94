package import RedressContract
package import RedressWire

/// What WELCOME says to a worker or a client.
package struct Welcome: Sendable, Hashable {
    /// The session, to be named in every further command.
    package let session: UInt64
    /// The coordinator's life, for logs.
    package let epoch: String
    /// How long a peer may say nothing.
    package let heartbeat: Duration
    /// How long an accepted task stays with a worker that says nothing of it.
    package let lease: Duration
    /// The largest body of CONTRIBUTE, in bytes.
    package let contributionBytes: Int

    /// Intervals that a peer may set; what lies outside is brought to the nearest, so that no number makes this side spin
    /// or sleep for ever.
    private static let intervals = Duration.milliseconds(10)...Duration.seconds(600)

    /// Reads a WELCOME.
    package init(_ command: Command) throws(JSONError) {
        let fields = try JSONFields(try JSON(parsing: command.body))
        let limits = try fields.fieldsIfPresent("limits")
        session = command.session
        epoch = try fields.stringIfPresent("epoch") ?? ""
        heartbeat = Self.interval(try fields.integerIfPresent("heartbeatMilliseconds", as: UInt32.self) ?? 2500)
        lease = Self.interval(try fields.integerIfPresent("leaseMilliseconds", as: UInt32.self) ?? 10_000)
        let maximum = Limits.contributionBytesMaximum
        contributionBytes = max(0, min(try limits?.integerIfPresent("contributionBytes") ?? maximum, maximum))
    }

    private static func interval(_ milliseconds: UInt32) -> Duration {
        max(intervals.lowerBound, min(intervals.upperBound, .milliseconds(milliseconds)))
    }
}
