package import RedressContract
package import RedressWire

extension Command {
    /// Whether it is a REFUSED that ends all dealings with this side's key.
    package var refusesKey: Bool { kind == .refused && second == UInt32(Refusal.Code.keyRefused.rawValue) }
}

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
