import Foundation
import Yams

/// A file of a configuration on its way from bytes to values.
struct YAMLFile {
    /// How large a file may be; `triage.yaml`, the largest that ships, has a thirtieth of it.
    static let bytesAtMost = 1 << 20
    /// How many places may look like aliases (`*name`): so few cannot make one value large by naming another many times.
    /// Only comments and quoted texts can have any, as aliases are refused.
    static let aliasesAtMost = 16

    /// The path as errors show it.
    let path: String
    private let log: FaultLog

    /// The file `name` in `folder`.
    init(_ name: String, in folder: String, log: FaultLog) {
        path = folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        self.log = log
    }

    /// The value that the file holds, or nil where that cannot be told; the fault is in the log then.
    func value() -> YAMLValue? {
        guard let bytes = bytes() else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = Self.line(of: bytes, before: Self.endOfText(bytes))
            report(.notText, line: line, "this is not UTF-8", "save the file in that encoding")
            return nil
        }
        guard Self.aliases(in: bytes) <= Self.aliasesAtMost else {
            report(
                .anchor, "there are more than \(Self.aliasesAtMost) aliases", "write the values out, without & and *")
            return nil
        }
        return value(text)
    }

    private func value(_ text: String) -> YAMLValue? {
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let node = try parser.singleRoot() else {
                report(
                    .empty, "there is nothing in this file",
                    "its keys are listed in the comments of the file that ships")
                return nil
            }
            // Nodes hold their anchors weakly, the parser holds them for good.
            let anchors = withExtendedLifetime(parser) { Self.linesOfAnchors(in: node) }
            for line in anchors.sorted() {
                report(.anchor, line: line, "anchors and aliases are not taken", "write the value out, without & and *")
            }
            return anchors.isEmpty ? YAMLValue(node, path: path, log: log) : nil
        } catch let error as YamlError {
            report(error, text)
        } catch {
            report(.syntax, "this cannot be read as YAML: \(error)", "mend the file")
        }
        return nil
    }

    private func bytes() -> [UInt8]? {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            var bytes: [UInt8] = []
            while bytes.count <= Self.bytesAtMost,
                let more = try file.read(upToCount: Self.bytesAtMost + 1 - bytes.count), !more.isEmpty
            {
                bytes += more
            }
            guard bytes.count <= Self.bytesAtMost else {
                report(.tooLarge, "the file has more than \(Self.bytesAtMost) bytes", "shorten it")
                return nil
            }
            return bytes
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            report(
                .unreadable, isThere ? "the file cannot be read" : "there is no such file",
                isThere ? "look at what it is and who may read it" : "start from the one that ships in Config/")
            return nil
        }
    }

    private func report(
        _ code: ConfigurationError.Fault.Code, line: Int? = nil, _ reason: String, _ remedy: String
    ) {
        log.add(ConfigurationError.Fault(code: code, file: path, line: line, reason: reason, remedy: remedy))
    }

    private func report(_ error: YamlError, _ text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = context.map {
                " \($0.text.trimmingCharacters(in: .whitespaces)) that began on line \($0.mark.line)"
            }
            report(
                .syntax, line: mark.line, "this is not YAML: \(problem)\(place ?? "")",
                "look for a wrong indentation, a tab, or a quote or bracket that is not closed")
        case .reader(let problem, let offset, _, _):
            let line = offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
            report(.syntax, line: line, "this is not YAML: \(problem)", "take the character out")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first.map { $0.quoted } ?? "a key"
            report(.duplicateKey, line: context.mark.line, "the key \(key) is there twice", "keep one of the two")
        default:
            report(.syntax, "this cannot be read as YAML: \(error)", "mend the file")
        }
    }

    /// The lines of values with an anchor. Does not go into these, so that each value is seen once.
    private static func linesOfAnchors(in node: Node) -> Set<Int> {
        if node.anchor != nil { return [node.mark?.line ?? 1] }
        switch node {
        case .mapping(let mapping):
            return mapping.reduce(into: []) {
                $0.formUnion(linesOfAnchors(in: $1.key))
                $0.formUnion(linesOfAnchors(in: $1.value))
            }
        case .sequence(let sequence): return sequence.reduce(into: []) { $0.formUnion(linesOfAnchors(in: $1)) }
        case .scalar, .alias: return []
        }
    }

    /// How often `*` stands before a byte that can begin an alias's name: not less than there are aliases.
    private static func aliases(in bytes: [UInt8]) -> Int {
        zip(bytes, bytes.dropFirst()).count { star, next in
            star == UInt8(ascii: "*")
                && (next == UInt8(ascii: "-") || next == UInt8(ascii: "_") || (0x30...0x39).contains(next)
                    || (0x61...0x7A).contains(next | 0x20))
        }
    }

    /// How many bytes from the start are UTF-8.
    private static func endOfText(_ bytes: [UInt8]) -> Int {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var end = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { end += UTF8.width(scalar) }
        return end
    }

    private static func line(of bytes: [UInt8], before end: Int) -> Int {
        bytes.prefix(end).count { $0 == UInt8(ascii: "\n") } + 1
    }
}
