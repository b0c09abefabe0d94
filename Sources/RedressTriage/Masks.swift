/// The masks of all particulars, by the byte that a value begins with.
struct Masks: Sendable {
    /// The bytes of all masks, so that none has a reference of its own to count at each word of a text.
    private var patterns: [UInt8] = []
    private var byFirstByte = [[(particular: Int, mask: Mask)]](repeating: [], count: 256)

    /// The masks of `particulars`, numbered by their place.
    init(_ particulars: [TriageRules.Particular]) throws(TriageError) {
        for (number, particular) in particulars.enumerated() {
            let path = [TriageError.Step.key("particulars"), .key(particular.name)]
            guard !particulars[..<number].contains(where: { $0.name == particular.name }) else {
                throw TriageError(.duplicateName, at: path, entry: particular.name)
            }
            guard !particular.masks.isEmpty else { throw TriageError(.empty, at: path) }
            for (index, text) in particular.masks.enumerated() {
                let mask = try Mask(text, at: path + [.index(index)], in: &patterns)
                for byte in UInt8.min...UInt8.max where mask.canBegin(with: byte, patterns) {
                    byFirstByte[Int(byte)].append((number, mask))
                }
            }
        }
    }

    /// The particular that begins at `start` of `text`: the longest, of equals the first.
    func find(in text: [UInt8], at start: Int) -> (particular: Int, range: Range<Int>)? {
        let candidates = byFirstByte[Int(text[start])]
        guard !candidates.isEmpty, Letters.isBound(in: text, at: start) else { return nil }
        var found: (particular: Int, range: Range<Int>)?
        for (particular, mask) in candidates {
            guard let end = mask.end(in: text, from: start, patterns), end > (found?.range.upperBound ?? start) else {
                continue
            }
            found = (particular, start..<end)
        }
        return found
    }
}
