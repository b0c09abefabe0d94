import DequeModule
import RedressContract

/// The words of complaints that are being worked on, oldest let go first when they take too much.
struct TextCache {
    private let bytesMaximum: Int
    private var texts: [CaseReference: [UInt8]] = [:]
    private var order: Deque<CaseReference> = []
    private var bytes = 0

    /// A cache of at most `bytesMaximum` bytes of words.
    init(bytesMaximum: Int) { self.bytesMaximum = bytesMaximum }

    /// The words of a case; nil where they are not at hand.
    subscript(reference: CaseReference) -> [UInt8]? {
        get { texts[reference] }
        set {
            if let old = texts[reference] { bytes -= old.count }
            texts[reference] = newValue
            guard let newValue else { return }
            bytes += newValue.count
            order.append(reference)
            // Entries of cases that have gone are passed over here.
            while bytes > bytesMaximum || order.count > 2 * texts.count + 64, let oldest = order.popFirst() {
                if bytes > bytesMaximum, oldest != reference, let text = texts.removeValue(forKey: oldest) {
                    bytes -= text.count
                } else if texts[oldest] != nil {
                    order.append(oldest)
                    if bytes <= bytesMaximum || texts.count == 1 { break }
                }
            }
        }
    }

    /// Lets go of all.
    mutating func removeAll() {
        texts = [:]
        order = []
        bytes = 0
    }
}
