package import RedressContract
package import RedressWire

/// How an attempt ended at the worker: the command that says so, kept until SETTLED.
package struct Conclusion: Sendable, Hashable {
    /// The classes of FAIL.
    package enum FailureClass: UInt32, Sendable {
        /// The handler threw, or what it returned cannot be sent.
        case failed = 1
        /// The handler's process died of a signal.
        case crashed = 2
        /// The task's time limit passed.
        case timeLimit = 3
    }

    /// A reason longer than this is cut.
    private static let reasonBytesMaximum = 4096

    package let kind: CommandKind
    package let argument: UInt32
    package let body: [UInt8]

    /// `contribution`, or a failure where it is too large or answers nothing.
    package static func contributed(_ contribution: Contribution, bytesMaximum: Int) -> Conclusion {
        guard contribution.declined != nil || !contribution.answers.isEmpty else {
            return failed(.failed, "The contribution answers no issue and does not decline.")
        }
        let body = contribution.jsonBytes
        guard body.count <= bytesMaximum else {
            return failed(.failed, "The contribution has \(body.count) bytes; \(bytesMaximum) are allowed.")
        }
        return Conclusion(kind: .contribute, argument: 0, body: body)
    }

    /// A failure of `class` for `reason`.
    package static func failed(_ class: FailureClass, _ reason: String) -> Conclusion {
        Conclusion(kind: .fail, argument: `class`.rawValue, body: saying(reason))
    }

    /// The task goes back unharmed, to be offered again after `wait` at the earliest; zero leaves that to the
    /// coordinator.
    package static func released(after wait: Duration, _ reason: String) -> Conclusion {
        let (seconds, attoseconds) = wait.components
        let milliseconds = UInt32(clamping: seconds).multipliedReportingOverflow(by: 1000)
        let fraction = UInt32(clamping: attoseconds / 1_000_000_000_000_000)
        let sum = milliseconds.partialValue.addingReportingOverflow(fraction)
        let whole = milliseconds.overflow || sum.overflow ? .max : sum.partialValue
        return Conclusion(kind: .release, argument: whole, body: saying(reason))
    }

    private static func saying(_ reason: String) -> [UInt8] {
        var writer = JSONWriter()
        let cut = String(decoding: reason.utf8.prefix(reasonBytesMaximum), as: UTF8.self)
        writer.object { $0.member("reason", cut) }
        return writer.bytes
    }
}
