internal import Foundation
internal import Glibc
internal import RedressWorker
internal import Subprocess
internal import SystemPackage

extension WorkerConformance {
    /// How much of the end of what a program wrote becomes part of the reason why it ended.
    private static let lastWordsBytes: Int64 = 2048

    /// Checks the worker that `command`, a program and its arguments, starts, anew for each scenario.
    ///
    /// `{endpoint}`, `{department}` and `{key}` in the arguments are replaced; the environment has the same as
    /// `REDRESS_CONNECT`, `REDRESS_DEPARTMENT` and `REDRESS_KEY`. What a program that does not leave has started goes with it, as far as it is in its process
    /// group: SIGTERM, then SIGKILL.
    ///
    /// - Parameter folder: where to make keys for this run, of which the worker is given its own; nil for plain text, in
    ///   which there is no `{key}`.
    /// - Throws: ``MeshError`` where `department` is not a department's name, there is no program, or the keys cannot be
    ///   made.
    public init(department: String, keys folder: String? = nil, command: [String]) throws {
        guard let program = command.first else { throw MeshError("There is no program to start.") }
        try self.init(department, keys: folder) { keys in
            Self.launch(program, command.dropFirst(), department, keyFile: keys?.file)
        }
    }

    private static func launch(
        _ program: String, _ arguments: ArraySlice<String>, _ department: String, keyFile: String?
    ) -> Launch {
        { endpoint in
            let arguments = arguments.map {
                $0.replacingOccurrences(of: "{endpoint}", with: endpoint)
                    .replacingOccurrences(of: "{department}", with: department)
                    .replacingOccurrences(of: "{key}", with: keyFile ?? "{key}")
            }
            var environment: [Environment.Key: String?] = [
                "REDRESS_CONNECT": endpoint, "REDRESS_DEPARTMENT": department,
            ]
            if let keyFile { environment["REDRESS_KEY"] = keyFile }
            var template = Array("/tmp/redress-worker-XXXXXX".utf8CString)
            let log = FileDescriptor(rawValue: mkstemp(&template))
            guard log.rawValue >= 0 else { throw Errno(rawValue: errno) }
            defer { try? log.close() }
            unlink(template)
            var options = PlatformOptions()
            options.processGroupID = 0
            options.teardownSequence = [
                .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
            ]
            let result = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
                environment: .inherit.updating(environment),
                platformOptions: options, input: .none,
                output: .fileDescriptor(log, closeAfterSpawningProcess: false),
                error: .fileDescriptor(log, closeAfterSpawningProcess: false)
            ) { execution in
                await execution.ended()
                kill(-execution.processIdentifier.value, SIGKILL)
            }
            switch result.terminationStatus {
            case .exited(0): break
            case .exited(let code): throw MeshError("it exited with \(code).\(try Self.lastWords(in: log))")
            case .signaled(let signal): throw MeshError("signal \(signal) ended it.\(try Self.lastWords(in: log))")
            }
        }
    }

    private static func lastWords(in log: FileDescriptor) throws -> String {
        let end = try log.seek(offset: 0, from: .end)
        try log.seek(offset: max(0, end - lastWordsBytes), from: .start)
        let bytes = try [UInt8](unsafeUninitializedCapacity: Int(lastWordsBytes)) { buffer, count in
            count = try log.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? "" : " It said: \(text)"
    }
}
