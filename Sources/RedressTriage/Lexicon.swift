/// Every word of every cue as one tree over bytes: walking a word of the text down the tree, byte by byte, ends in its
/// *class*, the set of cue words that take it. Class 0 is of the words that no cue knows.
struct Lexicon: Sendable {
    /// The root of the tree.
    static let root: Int32 = 0
    /// The way behind a node without a child for a byte: only its prefixes can still take the word.
    static let off: Int32 = -1

    /// The cue words of each class, by their number, ascending.
    private(set) var classes: [[Int]] = [[]]
    private var codes = [UInt8](repeating: 0, count: 256)
    private var children: [Int32] = []
    private var width = 1
    private var exact: [Int32] = []
    private var beyond: [Int32] = []

    /// The lexicon of `words`, whose numbers are their places.
    init(_ words: [Phrase.Word]) {
        for byte in words.lazy.flatMap(\.bytes) where codes[Int(byte)] == 0 {
            codes[Int(byte)] = UInt8(width)
            width += 1
        }
        for letter in UInt8(ascii: "A")...UInt8(ascii: "Z") { codes[Int(letter)] = codes[Int(letter | 0x20)] }
        children = [Int32](repeating: Self.off, count: width)
        var whole: [[Int]] = [[]]
        var prefixes: [[Int]] = [[]]
        for (number, word) in words.enumerated() {
            var node = Int(Self.root)
            for byte in word.bytes {
                let edge = node * width + Int(codes[Int(byte)])
                if children[edge] == Self.off {
                    children[edge] = Int32(whole.count)
                    whole.append([])
                    prefixes.append([])
                    children += repeatElement(Self.off, count: width)
                }
                node = Int(children[edge])
            }
            if word.isPrefix { prefixes[node].append(number) } else { whole[node].append(number) }
        }
        nameClasses(whole: whole, prefixes: prefixes)
    }

    /// Where `byte` leads from `node`. A byte that no cue has leads off.
    func next(_ node: Int32, _ byte: UInt8) -> Int32 { children[Int(node) * width + Int(codes[Int(byte)])] }

    /// The class of a word that ends at `node`, or went off behind it.
    func wordClass(at node: Int32, wentOff: Bool) -> Int { Int(wentOff ? beyond[Int(node)] : exact[Int(node)]) }

    /// A node is made after its parent, so one pass hands each node the prefixes above it.
    private mutating func nameClasses(whole: [[Int]], prefixes: [[Int]]) {
        var numbers: [[Int]: Int32] = [[]: 0]
        func name(_ words: [Int]) -> Int32 {
            let words = words.sorted()
            if let number = numbers[words] { return number }
            let number = Int32(classes.count)
            classes.append(words)
            numbers[words] = number
            return number
        }
        var inherited = prefixes
        exact = [Int32](repeating: 0, count: whole.count)
        beyond = exact
        for node in whole.indices {
            exact[node] = name(whole[node] + inherited[node])
            beyond[node] = name(inherited[node])
            for code in 0..<width {
                let child = children[node * width + code]
                if child != Self.off { inherited[Int(child)] += inherited[node] }
            }
        }
    }
}
