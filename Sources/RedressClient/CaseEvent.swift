public import RedressContract
internal import RedressWire

/// An entry of a case's journal, as FOLLOW tells it.
public struct CaseEvent: Sendable, Hashable {
    /// Where the entry stands; following after it resumes here. Of no meaning but to the coordinator.
    public let cursor: String
    /// The kind of entry, such as `contributed`.
    public let type: String
    /// When it was entered, as RFC 3339.
    public let at: String
    /// The entry.
    public let entry: JSON
    /// Whether nothing more is to come.
    public let isLast: Bool

    init(_ event: Command) throws(ClientError) {
        do throws(JSONError) {
            let fields = try JSONFields(try JSON(parsing: event.body))
            cursor = try fields.string("cursor")
            type = try fields.string("type")
            at = try fields.string("at")
            entry = fields.value("entry") ?? .null
        } catch {
            throw ClientError(.malformedAnswer, "An event cannot be read: \(error).")
        }
        isLast = event.second == 1
    }
}
