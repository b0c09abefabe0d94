internal import Glibc
package import Subprocess

extension Execution {
    /// Waits until the process has ended.
    ///
    /// For the end of a run's body: the process is waited for only after it, so that its number, and its group's, is nobody
    /// else's until then. That makes it the last moment at which either may be signalled.
    package func ended() async {
        let process = id_t(processIdentifier.value)
        // A task of its own, which is not cancelled: it looks rather than waits, as waiting would take the number back. Most
        // have ended when their output has.
        await Task {
            var pause = Duration.milliseconds(1)
            while !Self.hasEnded(process) {
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(50))
            }
        }.value
    }

    private static func hasEnded(_ process: id_t) -> Bool {
        var found = siginfo_t()
        guard waitid(P_PID, process, &found, WEXITED | WNOWAIT | WNOHANG) == 0 else { return errno != EINTR }
        return found._sifields._sigchld.si_pid != 0
    }
}
