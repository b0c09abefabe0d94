package import RedressContract

/// What a person decided for the whole house: an entry of the house stream, which outlives the coordinator.
package struct HouseEntry: Sendable, Hashable {
    /// What can be paused beside a case.
    package enum Subject: Sendable, Hashable, Comparable {
        /// A department: nothing is offered to its workers.
        case department(DepartmentName)
        /// The workers of one name: nothing is offered to them.
        case worker(String)
    }

    /// What happened.
    package enum Event: String, Sendable, Hashable {
        case paused
        case resumed
    }

    /// When.
    package var at: Timestamp
    /// Who.
    package var actor: String
    package var event: Event
    package var subject: Subject
    /// Why, in the person's words.
    package var reason: String

    package init(at: Timestamp, actor: String, event: Event, subject: Subject, reason: String) {
        self.at = at
        self.actor = actor
        self.event = event
        self.subject = subject
        self.reason = reason
    }

    /// The entry as the journal keeps it.
    package var stored: StoredEntry {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", event.rawValue)
            writer.member("at", at.milliseconds)
            writer.member("actor", actor)
            switch subject {
            case .department(let name): writer.member("department", name.description)
            case .worker(let name): writer.member("worker", name)
            }
            writer.member("reason", reason)
        }
        return StoredEntry(structure: writer.bytes)
    }

    /// Reads what the journal kept; nil for an entry of the house stream of another kind.
    package init?(_ fields: JSONFields) throws(JSONError) {
        guard let event = Event(rawValue: try fields.string("type")) else { return nil }
        let department = try fields.parseIfPresent("department", as: "a department", { DepartmentName($0) })
        let subject: Subject =
            if let department { .department(department) } else { .worker(try fields.string("worker")) }
        self.init(
            at: Timestamp(milliseconds: try fields.integer("at")), actor: try fields.string("actor"), event: event,
            subject: subject, reason: try fields.string("reason"))
    }
}
