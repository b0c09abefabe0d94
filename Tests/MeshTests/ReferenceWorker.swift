import Counterpart
import Foundation
import Subprocess
import SystemPackage

/// The workers in other languages that the specification comes with.
enum ReferenceWorker {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    /// The specification.
    static let specification = root.appending(path: "Sources/RedressWire/RedressWire.docc/RDP-1.md")
    /// The worker in Python.
    static let python = root.appending(path: "Sources/RedressWire/RedressWire.docc/Resources/worker.py")

    /// A Python that has pyzmq: the one in `PATH`, or the system's.
    static let interpreter: String? = {
        for candidate in ["python3", "/usr/bin/python3"] {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [candidate, "-c", "import zmq"]
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { continue }
            process.waitUntilExit()
            if process.terminationStatus == 0 { return candidate }
        }
        return nil
    }()

    /// The worker in Python with a fault: `correct` is written as `wrong`.
    ///
    /// - Returns: where it is, in a folder that goes with the first of the two.
    static func python(_ correct: String, _ wrong: String) throws -> (folder: TemporaryFolder, path: String) {
        let text = try String(contentsOf: python, encoding: .utf8)
        guard text.components(separatedBy: correct).count == 2 else { throw NotThere(text: correct) }
        let folder = TemporaryFolder()
        let path = "\(folder.path)/worker.py"
        try text.replacingOccurrences(of: correct, with: wrong).write(toFile: path, atomically: true, encoding: .utf8)
        return (folder, path)
    }

    /// The reference worker does not have this text, or has it twice.
    struct NotThere: Error { let text: String }
}
