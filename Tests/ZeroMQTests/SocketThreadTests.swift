import CZeroMQ
import Foundation
import Testing

@testable import ZeroMQ

/// An owner of a router on a thread of its own, as the documentation shows it, that can be looked into.
private actor Desk {
    let thread: SocketThread
    private var router: Socket?
    private var monitor: Monitor?
    private(set) var turns = 0
    private var count = 0
    private var events: [Monitor.Event] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(name: String = "desk") throws {
        thread = try SocketThread(name: name)
    }

    func open(at endpoint: String = "tcp://127.0.0.1:*") throws -> String {
        var router = try Socket(.router, in: try Context())
        let monitor = try Monitor(of: router)
        let bound = try router.bind(to: endpoint)
        thread.watch(router)
        thread.watch(monitor)
        thread.onTurn { [weak self] in self?.assumeIsolated { $0.turn() } ?? nil }
        self.router = consume router
        self.monitor = consume monitor
        return bound
    }

    private func turn() -> Duration? {
        precondition(thread.isCurrent)
        turns += 1
        while case .message(let frames)? = try? router?.receive() { _ = try? router?.send(frames) }
        while let event = try? monitor?.receive() { events.append(event) }
        return nil
    }

    func turnEvery(_ interval: Duration) {
        thread.onTurn { [weak self] in
            self?.assumeIsolated { $0.turns += 1 }
            return interval
        }
    }

    func turnHolding(_ token: Token) {
        thread.onTurn {
            withExtendedLifetime(token) {}
            return nil
        }
    }

    func close() {
        if let socket = router.take() { thread.unwatch(socket) }
        if let events = monitor.take() { thread.unwatch(events) }
    }

    func abandonRouter() -> WeakHandle {
        defer {
            monitor = nil
            router = nil
        }
        return WeakHandle(handle: router?.handle)
    }

    func add() { count += 1 }
    func total() -> Int { count }
    func isOnThread() -> Bool { thread.isCurrent }
    func accepted() -> Bool { events.contains { if case .accepted = $0 { true } else { false } } }

    func yieldUntilTurn() async {
        let before = turns
        while turns == before { await Task.yield() }
    }
}

private final class Token: Sendable {}
private struct WeakHandle: @unchecked Sendable {  // only asked whether it is still there
    weak var handle: SocketHandle?
}

/// The names of this process's threads.
private func threadNames() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap {
        try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
    }
}

@Suite(.timeLimit(.minutes(5)))
struct SocketThreadTests {
    @Test("An actor runs on its thread and nowhere else")
    func isolation() async throws {
        let desk = try Desk()
        #expect(await desk.isOnThread())
        #expect(!desk.thread.isCurrent)
        await #expect(processExitsWith: .failure) {
            try SocketThread(name: "foreign").onTurn { nil }
        }
    }

    @Test("An idle thread wakes for messages, and its monitor is drained")
    func wakesForMessages() async throws {
        let desk = try Desk()
        let endpoint = try await desk.open()
        try exchange(100, with: endpoint)
        #expect(await desk.accepted())
        await desk.close()
    }

    private func exchange(_ count: Int, with endpoint: String) throws {
        var dealer = try Socket(.dealer, in: try Context())
        try dealer.connect(to: endpoint)
        try dealer.wait(for: ZMQ_POLLOUT)
        for number in 0..<count {
            #expect(try dealer.send([[UInt8(number)]]) == .sent)
            #expect(try dealer.nextMessage() == [[UInt8(number)]])
        }
    }

    @Test("An idle thread wakes for jobs")
    func wakesForJobs() async throws {
        let desk = try Desk()
        for _ in 0..<1000 { await desk.add() }
        #expect(await desk.total() == 1000)
    }

    @Test("Thousands of jobs from many threads all run, one at a time")
    func contention() async throws {
        let desk = try Desk()
        _ = try await desk.open()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10_000 { group.addTask { await desk.add() } }
        }
        #expect(await desk.total() == 10_000)
        await desk.close()
    }

    @Test("Turns are taken although jobs never run out")
    func noStarvation() async throws {
        let desk = try Desk()
        _ = try await desk.open()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2000 { group.addTask { await desk.yieldUntilTurn() } }
        }
        await desk.close()
    }

    @Test("A turn comes again after the time it asked for", arguments: [.zero, .milliseconds(1)] as [Duration])
    func timedTurns(interval: Duration) async throws {
        let desk = try Desk()
        await desk.turnEvery(interval)
        while await desk.turns < 10 {}
    }

    @Test("A stopped thread lets its turn go and still serves jobs")
    func stopServesJobs() async throws {
        let desk = try Desk()
        weak var token: Token?
        do {
            let made = Token()
            token = made
            await desk.turnHolding(made)
        }
        #expect(token != nil)
        desk.thread.stop()
        while token != nil { await desk.add() }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 { group.addTask { await desk.add() } }
        }
        #expect(await desk.total() >= 1000)
    }

    @Test("A thread that nobody holds is gone, stopped or not", arguments: [true, false])
    func noThreadLeft(stopped: Bool) async throws {
        let name = "gone-\(UInt32.random(in: .min ... .max))"
        do {
            let desk = try Desk(name: name)
            let endpoint = try await desk.open()
            try exchange(1, with: endpoint)
            #expect(try threadNames().contains(name))
            if stopped { desk.thread.stop() }
            await desk.add()
        }
        while try threadNames().contains(name) { await Task.yield() }
    }

    @Test("A long name is cut to what the system takes")
    func longName() throws {
        let unique = "ü\(UInt32.random(in: 1_000_000...9_999_999))"
        let thread = try SocketThread(name: "\(unique)-ünüsüal")
        #expect(try threadNames().contains { $0.hasPrefix(unique) && $0.utf8.count <= 15 })
        withExtendedLifetime(thread) {}
    }

    @Test("A watched socket whose owner has gone is closed on the thread")
    func abandoned() async throws {
        let desk = try Desk()
        _ = try await desk.open()
        let abandoned = await desk.abandonRouter()
        while abandoned.handle != nil { await desk.add() }
        #expect(await desk.isOnThread())
    }
}
