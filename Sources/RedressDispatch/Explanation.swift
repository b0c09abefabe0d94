package import RedressContract

/// Why a task is not running, or what becomes of it: all reasons that hold now, each with its numbers.
package struct Explanation: Sendable, Hashable {
    /// One reason.
    package struct Reason: Sendable, Hashable {
        /// A stable name, such as `no-worker`.
        package var name: String
        /// The reason for people.
        package var sentence: String
        /// The numbers in it, by name; durations in milliseconds.
        package var numbers: [JSON.Member]

        init(_ name: String, _ sentence: String, _ numbers: [JSON.Member] = []) {
            self.name = name
            self.sentence = sentence
            self.numbers = numbers
        }
    }

    package var task: TaskID
    package var type: TaskType
    /// The state of the task, or `offered`, or `parked`.
    package var state: String
    /// At least one.
    package var reasons: [Reason]
}

extension Explanation: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("task", task.description)
            writer.member("type", type.description)
            writer.member("state", state)
            writer.name("reasons")
            writer.array(reasons) { writer, reason in
                writer.object { writer in
                    writer.member("reason", reason.name)
                    writer.member("sentence", reason.sentence)
                    for number in reason.numbers {
                        writer.name(any: number.name)
                        writer.value(number.value)
                    }
                }
            }
        }
    }
}
