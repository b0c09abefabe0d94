/// How far a handler says it is.
package struct Progress: Sendable, Hashable {
    /// As JSON, with every character escaped, it fits into the body of RENEW.
    static let noteBytesMaximum = 160

    /// From 0 to 100.
    package var percent: UInt32
    /// What it does; empty where it does not say.
    package var note: String

    /// Nothing said yet, unless stated.
    package init(percent: UInt32 = 0, note: String = "") {
        self.percent = percent
        self.note = note
    }
}
