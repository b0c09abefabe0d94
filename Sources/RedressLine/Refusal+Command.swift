package import RedressContract
package import RedressWire

extension Refusal {
    /// The refusal that `command`, a REFUSED or a SETTLED with a refusal in its body, brings. A code or body that is not
    /// understood, from a newer coordinator perhaps, becomes ``Code/failed`` with what there is to read.
    package init(in command: Command) {
        let fields = try? JSONFields(try JSON(parsing: command.body))
        let number = try? fields?.integerIfPresent("code", as: UInt16.self)
        let known = Code(rawValue: number ?? UInt16(truncatingIfNeeded: command.second))
        self.init(
            known ?? .failed,
            (try? fields?.stringIfPresent("reason")) ?? "The coordinator gave no reason.",
            retryAfterMilliseconds: (try? fields?.integerIfPresent("retryAfterMilliseconds", as: UInt32.self)))
    }
}
