import Glibc
import RedressTesting

/// Ends this process when the one that started it is gone, however it went: its end of our standard input closes then.
enum Lifeline {
    /// After this many seconds of leaving in order, the process just ends.
    private static let patienceSeconds: UInt32 = 10

    /// Whether standard input is somebody's who started this process and may be gone at any moment.
    static let isHeld = getenv(ProcessMesh.lifelineVariable) != nil

    /// Holds on to whoever started this process, where the environment says that standard input is for that.
    static func hold() {
        guard isHeld else { return }
        unsetenv(ProcessMesh.lifelineVariable)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                var byte: UInt8 = 0
                while true {
                    let count = read(STDIN_FILENO, &byte, 1)
                    if count == 0 || (count < 0 && errno != EINTR) { break }
                }
                kill(getpid(), SIGTERM)
                sleep(Lifeline.patienceSeconds)
                _exit(1)
            }, nil)
    }
}
