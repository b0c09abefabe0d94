import Foundation

/// Processes that are not ours to wait for: the children of a child.
enum ProcessWatch {
    /// The processes that `parent` has started and not seen end.
    static func children(of parent: pid_t) -> [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }.filter {
            child in
            // "PID (NAME) STATE PARENT …", where the name may hold anything.
            guard let status = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8),
                let name = status.lastIndex(of: ")")
            else { return false }
            let fields = status[name...].split(separator: " ")
            return fields.count > 2 && pid_t(fields[2]) == parent
        }
    }

    /// All that `ancestor` has started, directly or not.
    static func descendants(of ancestor: pid_t) -> [pid_t] {
        children(of: ancestor).flatMap { [$0] + descendants(of: $0) }
    }

    /// What a process was started with.
    static func arguments(of process: pid_t) -> [String] {
        ((try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? "").split(separator: "\0")
            .map(String.init)
    }

    /// A process that is meant whatever becomes of its number.
    final class Held: Sendable {
        private let descriptor: CInt

        /// Nil unless `process` is one that `ancestor` has started: its number may be another's since it was read.
        init?(_ process: pid_t, of ancestor: pid_t) throws {
            guard let descriptor = try ProcessWatch.descriptor(of: process) else { return nil }
            self.descriptor = descriptor
            guard descendants(of: ancestor).contains(process) else { return nil }
        }

        deinit { close(descriptor) }

        /// Sends `signal`, unless the process has ended.
        func signal(_ signal: CInt) throws {
            typealias Send = @convention(c) (CInt, CInt, UnsafeMutableRawPointer?, UInt32) -> CInt
            guard let symbol = dlsym(nil, "pidfd_send_signal") else { throw NoDescriptor() }
            _ = unsafeBitCast(symbol, to: Send.self)(descriptor, signal, nil, 0)
        }
    }

    /// A descriptor of a process, whatever becomes of its number; nil where there is none.
    private static func descriptor(of process: pid_t) throws -> CInt? {
        typealias Open = @convention(c) (pid_t, UInt32) -> CInt
        // Swift's module of the C library does not have it.
        guard let symbol = dlsym(nil, "pidfd_open") else { throw NoDescriptor() }
        let descriptor = unsafeBitCast(symbol, to: Open.self)(process, 0)
        guard descriptor < 0 else { return descriptor }
        if errno == ESRCH { return nil }
        throw NoDescriptor()
    }

    /// Waits until `process` has ended; at once where there is none.
    static func end(of process: pid_t) async throws {
        guard let descriptor = try descriptor(of: process) else { return }
        await withCheckedContinuation { ended in
            Thread.detachNewThread {
                var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                while poll(&watched, 1, -1) < 0, errno == EINTR {}
                close(descriptor)
                ended.resume()
            }
        }
    }

    /// The system cannot watch processes.
    struct NoDescriptor: Error {}
}
