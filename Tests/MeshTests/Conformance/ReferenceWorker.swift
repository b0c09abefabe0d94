import Counterpart
import Foundation
import Subprocess

/// The workers in other languages that the specification comes with.
enum ReferenceWorker {
    private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized

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

    /// Compiles the worker in C.
    ///
    /// - Returns: its path in `folder`; nil where there is no compiler, or no libzmq to compile with.
    static func compiled(in folder: String) async -> String? {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Worker.c").path
        let program = "\(folder)/worker"
        for compiler in ["cc", "clang"] {
            let ran = try? await Subprocess.run(
                .name(compiler), arguments: ["-O1", "-Wall", "-Werror", "-o", .init(program), .init(source), "-lzmq"],
                output: .discarded, error: .discarded)
            if case .exited(0)? = ran?.terminationStatus { return program }
        }
        return nil
    }

    /// Whether the worker in C can be compiled here.
    static func canCompile() async -> Bool {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        return await compiled(in: folder.path) != nil
    }

    /// The reference worker does not have this text, or has it twice.
    struct NotThere: Error { let text: String }
}
