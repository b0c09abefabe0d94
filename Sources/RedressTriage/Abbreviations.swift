/// Words of up to eight bytes after which a full stop may not be one.
enum Abbreviations {
    /// A name follows: `Mr. Brown`.
    static let beforeNames = codes(["mr", "mrs", "ms", "dr", "prof", "st", "messrs", "rev", "hon"])
    /// A number follows: `No. 5`.
    static let beforeNumbers = codes([
        "no", "nos", "nr", "art", "fig", "p", "pp", "vol", "rs", "ref", "tel", "ext", "item",
    ])
    /// Those of them that deny something where no number follows.
    static let denials = codes(["no", "nos"])
    /// Anything may follow, if it begins with a small letter or a digit.
    static let anywhere = codes([
        "eg", "ie", "etc", "vs", "approx", "inc", "ltd", "co", "corp", "llc", "dept", "acct", "amt", "qty", "min",
        "max",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mon", "tue", "wed", "thu",
        "fri", "am", "pm", "incl", "excl", "est", "ave", "rd", "cf", "ca",
    ])
    /// What stands behind the last dot of a web name or of a file's.
    static let nameEndings = codes([
        "com", "org", "net", "in", "co", "uk", "de", "fr", "eu", "us", "io", "gov", "edu", "info", "html", "htm", "pdf",
        "jpg", "jpeg", "png", "txt", "doc", "docx", "csv", "zip", "exe", "app",
    ])

    /// `word` as one number, in lower case; 0 when it is empty or longer than eight bytes.
    static func code(_ word: ArraySlice<UInt8>) -> UInt64 {
        word.count > 8 ? 0 : word.reduce(0) { $0 << 8 | UInt64(Letters.lowered($1)) }
    }

    private static func codes(_ words: [String]) -> Set<UInt64> { Set(words.map { code(ArraySlice($0.utf8)) }) }
}
