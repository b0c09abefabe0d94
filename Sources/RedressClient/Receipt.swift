public import RedressContract
internal import RedressWire

/// The coordinator's word that a complaint is on its disk.
public struct Receipt: Sendable {
    /// The case's name in the world.
    public let reference: CaseReference
    /// The SHA-256 of the journal's row that holds the complaint, in hexadecimal: an anchor of the case's chain.
    public let head: String
    /// The coordinator's turn that wrote it.
    public let turn: UInt64
    /// Whether the key had been used before with the same complaint: this is the case that it opened then.
    public let isRepeated: Bool
    /// What follows, where the submission asked to follow the case.
    public let events: CaseEvents?

    init(_ accepted: Command, events: CaseEvents?) throws(ClientError) {
        do throws(JSONError) {
            let fields = try JSONFields(try JSON(parsing: accepted.body))
            reference = try fields.parse("reference", as: "a case's reference", { CaseReference($0) })
            head = try fields.string("head")
            turn = try fields.integer("turn")
        } catch {
            throw ClientError(.malformedAnswer, "The complaint was taken, but the receipt cannot be read: \(error).")
        }
        isRepeated = accepted.second == 1
        self.events = events
    }
}
