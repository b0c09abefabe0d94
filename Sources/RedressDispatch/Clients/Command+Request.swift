package import RedressWire

extension Command {
    /// The number that a client gave its request; 0 for workers' commands.
    package var requestNumber: UInt32 { kind.senders == .client && kind != .hello ? first : 0 }
}
