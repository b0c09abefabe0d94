import Foundation
import Testing

/// For tests that compute without a pause: they run on threads of their own, as many as there are cores, so that they
/// do not keep the tests waiting that talk to sockets and processes at the same time.
struct Aside: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Threads.shared) { try await function() }
    }

    private final class Threads: TaskExecutor {
        static let shared = Threads()

        private let queue = OperationQueue()

        private init() {
            queue.qualityOfService = .utility
            queue.maxConcurrentOperationCount = ProcessInfo.processInfo.activeProcessorCount
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }
}

extension Trait where Self == Aside {
    static var aside: Self { Self() }
}
