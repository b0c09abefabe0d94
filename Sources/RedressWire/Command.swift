package import RedressContract

/// One command of RDP/1: one frame on the wire, a header of 40 bytes, properties that an older peer may pass over, and
/// a body.
package struct Command: Sendable, Hashable {
    /// Which command.
    package var kind: CommandKind
    /// The case's 60 bits, or 0.
    package var caseNumber: UInt64
    /// The task's number within the case, or 0.
    package var taskNumber: UInt16
    /// The attempt, or 0.
    package var attempt: UInt32
    /// The session that WELCOME gave, or 0 before it.
    package var session: UInt64
    /// The first argument; its meaning is the command's.
    package var first: UInt32
    /// The second argument; its meaning is the command's.
    package var second: UInt32
    /// What an older peer may pass over.
    package var properties: [Property]
    /// The body: JSON, or nothing.
    package var body: ArraySlice<UInt8>

    /// A tagged value beside the header.
    package struct Property: Sendable, Hashable {
        /// What the value means.
        package var tag: UInt8
        /// The value; its form is the tag's.
        package var value: [UInt8]

        /// The property `tag` with `value`.
        package init(tag: UInt8, value: [UInt8]) {
            self.tag = tag
            self.value = value
        }

        /// The submitter's own key of a complaint, 1 to 128 bytes of UTF-8: makes SUBMIT idempotent.
        package static let submissionKey: UInt8 = 1
        /// The W3C trace context.
        package static let traceContext: UInt8 = 2
        /// The case's deadline, milliseconds since 1970 as a 64-bit number.
        package static let deadline: UInt8 = 3
    }

    /// A command about nothing in particular, or about one case.
    package init(
        _ kind: CommandKind, reference: CaseReference? = nil, session: UInt64 = 0, first: UInt32 = 0,
        second: UInt32 = 0,
        properties: [Property] = [], body: ArraySlice<UInt8> = []
    ) {
        self.kind = kind
        caseNumber = reference?.rawValue ?? 0
        taskNumber = 0
        attempt = 0
        self.session = session
        self.first = first
        self.second = second
        self.properties = properties
        self.body = body
    }

    /// A command about one attempt of a task.
    package init(
        _ kind: CommandKind, task: TaskID, attempt: UInt32, session: UInt64 = 0, first: UInt32 = 0, second: UInt32 = 0,
        properties: [Property] = [], body: ArraySlice<UInt8> = []
    ) {
        self.init(
            kind, reference: task.reference, session: session, first: first, second: second, properties: properties,
            body: body)
        taskNumber = task.number
        self.attempt = attempt
    }

    /// The case that the command is about, where it names one.
    package var reference: CaseReference? { CaseReference(rawValue: caseNumber) }

    /// The task that the command is about, where it names one.
    package var task: TaskID? {
        guard let reference, taskNumber > 0 else { return nil }
        return TaskID(reference, taskNumber)
    }

    /// The value of the property `tag`, where it is there.
    package func property(_ tag: UInt8) -> [UInt8]? { properties.first { $0.tag == tag }?.value }
}
