internal import Glibc

/// What is written to standard error when a trap or a bad access ends the process.
enum LastWords {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { free($0) }
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { signal in
                if let words = pthread_getspecific(LastWords.key) ?? UnsafeMutableRawPointer(LastWords.common) {
                    write(STDERR_FILENO, words, strlen(words))
                }
                // What would have happened without us happens as soon as we return.
                Glibc.signal(signal, SIG_DFL)
                raise(signal)
            }
            sigaction(signal, &action, nil)
        }
        return key
    }()
    /// Read when the process ends, written by one test at a time.
    nonisolated(unsafe) private static var common: UnsafeMutablePointer<CChar>?

    /// Sets the words for an end that comes in this thread; nil for none.
    static func ofThisThread(_ words: String?) {
        free(pthread_getspecific(key))
        pthread_setspecific(key, words.map { UnsafeRawPointer(strdup($0 + "\n")) } ?? nil)
    }

    /// Sets the words for an end that comes in a thread without words of its own; nil for none.
    static func ofAllThreads(_ words: String?) {
        _ = key
        free(common)
        common = words.map { strdup($0 + "\n") } ?? nil
    }
}
