package import Subprocess

extension Execution {
    /// Longer than any program runs.
    private var evermore: Duration { .seconds(100 * 365 * 86_400) }

    /// Waits until the process has ended.
    ///
    /// For the end of a run's body: the process is waited for only after it, so that its number, and its group's, is nobody
    /// else's until then. That makes it the last moment at which either may be signalled.
    package func ended() async {
        // A teardown ends when the process does; signal 0 says nothing.
        await teardown(using: [.send(signal: Signal(rawValue: 0), allowedDurationToNextStep: evermore)])
    }
}
