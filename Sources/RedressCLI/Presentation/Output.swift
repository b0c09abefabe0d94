@preconcurrency import Foundation
import RedressContract

/// Printing.
enum Output {
    /// Whether standard output is a terminal.
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// The columns that the terminal has now; 80 where it does not say.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// The width to print to: the terminal's, 100 elsewhere.
    static let width = isTerminal ? min(max(columns, 40), 120) : 100

    /// Prints `json` on a line of its own.
    static func json(_ json: JSON) { print(String(decoding: json.bytes, as: UTF8.self)) }

    /// Writes to standard error; what cannot be written is dropped.
    static func note(_ text: String, terminator: String = "\n") {
        try? FileHandle.standardError.write(contentsOf: Data((text + terminator).utf8))
    }

    /// Writes out what was printed.
    ///
    /// - Throws: ``Failure`` where it, or something before, could not be written.
    static func flush() throws {
        errno = 0
        // What did not fit the buffer was written, or not, when it was printed.
        guard fflush(nil) == 0, ferror(stdout) == 0 else {
            throw Failure(
                "Standard output cannot be written\(errno == 0 ? "" : ": \(String(cString: strerror(errno)))"). What was to be printed is lost."
            )
        }
    }

    /// `text` in bold on a terminal.
    static func bold(_ text: String) -> String { isTerminal ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    /// What may come from strangers, without characters that would steer a terminal or turn the order of others around.
    static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.lazy.filter { !$0.properties.isBidiControl }
                    .map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// `text` in lines of at most ``width`` characters, each after `indent`.
    static func wrapped(_ text: String, indent: String, first: String? = nil) -> String {
        var lines: [String] = []
        var line = first ?? indent
        var isEmpty = true
        for word in plain(text).split(whereSeparator: \.isWhitespace) {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        lines.append(line)
        return lines.joined(separator: "\n") + "\n"
    }

    /// `text` padded to `count` characters.
    static func column(_ text: String, _ count: Int) -> String {
        text.count >= count ? text + " " : text + String(repeating: " ", count: count - text.count)
    }
}

extension JSON {
    /// The member `name` as text; empty where there is none.
    func text(_ name: String) -> String { self[name]?.asText ?? "" }

    /// The elements of the member `name`.
    func elements(_ name: String) -> [JSON] {
        guard case .array(let elements)? = self[name] else { return [] }
        return elements
    }

    /// The members of the member `name`.
    func members(_ name: String) -> [Member] {
        guard case .object(let members)? = self[name] else { return [] }
        return members
    }

    /// The value as a person would read it.
    var asText: String {
        switch self {
        case .null: ""
        case .string(let text): text
        case .number(let number): number.description
        case .bool(let flag): flag ? "yes" : "no"
        case .array(let elements): elements.map(\.asText).joined(separator: ", ")
        case .object:
            (try? FactValue(json: self, path: ""))?.text ?? String(decoding: bytes, as: UTF8.self)
        }
    }
}
