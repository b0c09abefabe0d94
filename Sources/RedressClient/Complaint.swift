internal import RedressContract
package import RedressWire

/// A complaint as it is submitted.
public struct Complaint: Sendable, Hashable {
    /// The customer's words, as they are.
    public var text: String
    /// Who complains, as the submitter knows them.
    public var complainant: String?
    /// What would put it right, in the customer's words.
    public var remedySought: String?
    /// From 0 to 9, where the higher goes first; nil for the policy's.
    public var priority: Int?
    /// The submitter's own name for the customer, without meaning to others, of 1 to 128 bytes: customers take turns where
    /// departments have more to do than they can. nil where the submitter is the customer.
    public var customer: String?

    /// A complaint in the words of `text`.
    public init(
        text: String, complainant: String? = nil, remedySought: String? = nil, priority: Int? = nil,
        customer: String? = nil
    ) {
        self.text = text
        self.complainant = complainant
        self.remedySought = remedySought
        self.priority = priority
        self.customer = customer
    }

    /// The SUBMIT that brings the complaint.
    ///
    /// - Throws: ``ClientError/Code/invalidRequest`` for no words, too many, or a key that is not 1 to 128 bytes long.
    package func submission(key: String, following scope: FollowScope?) throws(ClientError) -> Command {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw ClientError(.invalidRequest, "The complaint has no words.")
        }
        let size = text.utf8.count
        guard size <= Limits.complaintBytesMaximum else {
            throw ClientError(
                .invalidRequest,
                "The complaint has \(size) bytes; \(Limits.complaintBytesMaximum) (1 MiB) are allowed. Shorten it, or submit it in parts."
            )
        }
        let keyBytes = 1...Limits.submissionKeyBytesMaximum
        guard keyBytes.contains(key.utf8.count) else {
            throw ClientError(
                .invalidRequest, "The key has \(key.utf8.count) bytes; 1 to \(keyBytes.upperBound) are allowed.")
        }
        var writer = JSONWriter(reserving: size + size / 16 + 64)
        writer.object { writer in
            writer.member("text", text)
            if let complainant { writer.member("complainant", complainant) }
            if let remedySought { writer.member("remedySought", remedySought) }
            if let priority { writer.member("priority", priority) }
            if let customer { writer.member("customer", customer) }
        }
        guard writer.bytes.count <= Limits.submissionBytesMaximum else {
            throw ClientError(
                .invalidRequest,
                "Written as JSON, the complaint has \(writer.bytes.count) bytes; \(Limits.submissionBytesMaximum) are allowed. Shorten it, or submit it in parts."
            )
        }
        return Command(
            .submit, second: scope?.rawValue ?? 0,
            properties: [Command.Property(tag: Command.Property.submissionKey, value: Array(key.utf8))],
            body: writer.bytes[...])
    }
}
