import RedressCase
import RedressContract
import RedressWire

/// The body of SUBMIT, as far as the coordinator looks at it.
struct Submission {
    /// The complaint's words.
    let text: [UInt8]
    /// The case's priority, where the submission names one.
    let priority: Int?
    /// The client's own name for the customer, by which customers take turns.
    let customer: String?

    /// Reads and checks `body`.
    init(_ body: ArraySlice<UInt8>) throws(Refusal) {
        let text: String
        do throws(JSONError) {
            let fields = try JSONFields(try JSON(parsing: body))
            text = try fields.string("text")
            priority = try fields.integerIfPresent("priority")
            customer = try fields.stringIfPresent("customer")
        } catch {
            throw Refusal(
                .malformedBody, "A submission is a JSON object with the complaint's words as \"text\": \(error).")
        }
        guard text.utf8.count <= Limits.complaintBytesMaximum else {
            throw Refusal(
                .tooLarge,
                "A complaint may have \(Limits.complaintBytesMaximum) bytes; this one has \(text.utf8.count). Shorten it, or submit it in parts."
            )
        }
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw Refusal(.emptyComplaint, "The complaint has no words.")
        }
        if let priority, !Entry.Precedence.priorities.contains(priority) {
            throw Refusal(.malformedBody, "A priority is a number from 0 to 9, not \(priority).")
        }
        if let customer, !(1...Limits.nameBytesMaximum).contains(customer.utf8.count) {
            throw Refusal(.malformedBody, "A customer has 1 to \(Limits.nameBytesMaximum) bytes.")
        }
        self.text = Array(text.utf8)
    }
}
