import Counterpart
import Logging
import RedressContract
import RedressWire
import ServiceLifecycle
import Testing

@testable import RedressWorker

@Suite(.timeLimit(.minutes(5))) struct WorkerTests {
    /// Runs a worker against a counterpart for as long as `body` takes.
    private func meet(
        handler: @escaping Worker.Handler, _ body: (Counterpart) async throws -> Void
    ) async throws {
        let counterpart = try Counterpart()
        let worker = try quietWorker(at: await counterpart.open(), handler: handler)
        let running = Task { try await worker.run() }
        try await body(counterpart)
        await counterpart.settleAll()
        running.cancel()
        try await running.value
        await counterpart.close()
    }

    @Test func aTaskIsAcceptedContributedAndSettled() async throws {
        try await meet { brief, task in
            #expect(brief.particulars("order") == ["A-1001"])
            #expect(task.task == TaskID(reference, 1))
            return upheld
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready).peer
            #expect(await counterpart.next(.credit).command.first == 4)
            try await counterpart.say(offer(1), to: peer)
            _ = await counterpart.next(.accept)
            let contribution = await counterpart.next(.contribute)
            #expect(try Contribution(parsing: contribution.command.body) == upheld)
            try await counterpart.say(about(1, .settled, first: 1), to: peer)
            try await counterpart.say(offer(1, attempt: 2), to: peer)
            _ = await counterpart.next(.accept)
        }
    }

    @Test func aCorrectionIsSaidWithoutAnOfferUntilItIsSettled() async throws {
        let counterpart = try Counterpart()
        let worker = try quietWorker(at: await counterpart.open()) { _, _ in throw Declined("Not asked.") }
        let correcting = Task { try await worker.correct(TaskID(reference, 1), attempt: 3, with: upheld) }
        let ready = try await counterpart.welcome(.ready)
        #expect(try ready.json["holding"] == [])
        let first = await counterpart.next(.contribute)
        #expect(first.command.attempt == 4)
        #expect(try Contribution(parsing: first.command.body).corrects == 3)
        // That number was used: the answer says which one was not.
        var refused = about(1, .settled, attempt: 4, first: 4)
        refused.body = Array(#"{"code":29,"reason":"It was used.","attempt":6}"#.utf8)[...]
        try await counterpart.say(refused, to: ready.peer)
        let second = await counterpart.next(.contribute)
        #expect(second.command.attempt == 6)
        #expect(second.command.body == first.command.body)
        try await counterpart.say(about(1, .settled, attempt: 6, first: 1), to: ready.peer)
        #expect(try await correcting.value == .taken)
        await counterpart.close()
    }

    @Test func whatCannotBeACorrectionIsNotSent() async throws {
        let worker = try quietWorker(at: "tcp://127.0.0.1:1") { _, _ in throw Declined("Not asked.") }
        for (attempt, contribution) in [(0, upheld), (1, Contribution(answers: []))] as [(UInt32, Contribution)] {
            await #expect(throws: WorkerError.self) {
                try await worker.correct(TaskID(reference, 1), attempt: attempt, with: contribution)
            }
        }
    }

    @Test func whatAHandlerThrowsBecomesItsCommand() async throws {
        struct Broken: Error {}
        try await meet { _, task in
            switch task.task.number {
            case 1: throw Declined("Not ours.")
            case 2: throw TryAgainLater(after: .seconds(3), "The ledger is closed.")
            case 3: throw Broken()
            default: return Contribution(answers: [])
            }
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready).peer
            try await counterpart.say(offer(1), offer(2), offer(3), offer(4), to: peer)
            #expect(try await counterpart.next(.contribute).json["declined"] == "Not ours.")
            let release = await counterpart.next(.release)
            #expect(release.command.first == 3000)
            #expect(try release.json["reason"] == "The ledger is closed.")
            for _ in 1...2 { #expect(await counterpart.next(.fail).command.first == 1) }
        }
    }

    @Test func aBriefThatCannotBeReadFailsItsTask() async throws {
        try await meet { _, _ in
            upheld
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready).peer
            var malformed = offer(1)
            malformed.body = Array("{}".utf8)[...]
            try await counterpart.say(malformed, to: peer)
            #expect(await counterpart.next(.fail).command.first == 1)
        }
    }

    @Test func aContributionBeyondTheLimitFailsItsTask() async throws {
        try await meet { _, _ in
            Contribution(answers: upheld.answers, words: String(repeating: "x", count: 1 << 20))
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready).peer
            try await counterpart.say(offer(1), to: peer)
            let failure = await counterpart.next(.fail)
            #expect(String(decoding: failure.command.body, as: UTF8.self).contains("1048576 are allowed"))
        }
    }

    @Test func anOrderToCancelReachesTheHandler() async throws {
        let (cancelled, signal) = AsyncStream.makeStream(of: Void.self)
        try await meet { _, task in
            task.report(progress: 40)
            await untilCancelled()
            signal.yield()
            return upheld
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready, lease: 30).peer
            try await counterpart.say(offer(1, lease: 30), to: peer)
            var renewal = await counterpart.next(.renew)
            while renewal.command.first != 40 { renewal = await counterpart.next(.renew) }
            try await counterpart.say(about(1, .orders, first: 1), to: peer)
            for await _ in cancelled { break }
        }
    }

    @Test func aHandlerSaysWhatItDoesAndHearsOfAPauseAndANewTimeLimit() async throws {
        let (heard, said) = AsyncStream.makeStream(of: [Duration].self)
        try await meet { _, task in
            let before = try #require(task.timeLimit)
            task.report(progress: 10, String(repeating: "é", count: 100))
            while !task.isPaused { await Task.yield() }
            said.yield([before, try #require(task.timeLimit), try #require(task.timeLeft)])
            return upheld
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready, lease: 30).peer
            try await counterpart.say(offer(1, lease: 30, limit: 60_000), to: peer)
            var renewal = await counterpart.next(.renew)
            while renewal.command.first != 10 { renewal = await counterpart.next(.renew) }
            #expect(try JSON(parsing: renewal.command.body)["note"] == .string(String(repeating: "é", count: 80)))
            try await counterpart.say(about(1, .orders, first: 2, second: 90_000), to: peer)
            for await limits in heard {
                #expect(limits[0] == .seconds(60))
                #expect(limits[1] == .seconds(90))
                #expect(limits[2] > .zero && limits[2] < .seconds(90))
                break
            }
            _ = await counterpart.next(.contribute)
            try await counterpart.say(about(1, .settled, first: 1), to: peer)
        }
    }

    @Test func aResultOutlivesTheCoordinatorThatOfferedTheTask() async throws {
        let folder = TemporaryFolder()
        let endpoint = "ipc://\(folder.path)/coordinator"
        let (gone, isGone) = AsyncStream.makeStream(of: Void.self)
        let first = try Counterpart()
        _ = try await first.open(at: endpoint)
        let worker = try quietWorker(at: endpoint) { _, task in
            if task.task.number == 2 { await untilCancelled() }
            for await _ in gone { break }
            return upheld
        }
        let running = Task { try await worker.run() }
        let peer = try await first.welcome(.ready).peer
        try await first.say(offer(1), offer(2), to: peer)
        for _ in 1...2 { _ = await first.next(.accept) }
        await first.close()
        isGone.finish()

        let second = try Counterpart()
        _ = try await second.open(at: endpoint)
        let ready = try await second.welcome(.ready, session: 8, epoch: "2-1")
        let holding = try JSONFields(ready.json).objects("holding")
        #expect(try holding.map { try $0.string("task") } == ["\(TaskID(reference, 1))", "\(TaskID(reference, 2))"])
        let contribution = await second.next(.contribute)
        #expect(contribution.command.session == 8)
        await second.settleAll()
        running.cancel()
        try await running.value
        await second.close()
    }

    @Test func registersAgainWithWhatItHolds() async throws {
        try await meet { _, _ in
            await untilCancelled()
            return upheld
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready).peer
            try await counterpart.say(offer(1), to: peer)
            _ = await counterpart.next(.accept)
            try await counterpart.say(Command(.register), to: peer)
            let ready = try await counterpart.welcome(.ready, session: 9)
            #expect(try JSONFields(ready.json).objects("holding").count == 1)
            #expect(await counterpart.next(.credit).command.session == 7)
            #expect(await counterpart.next(.credit).command.session == 9)
        }
    }

    @Test func aRefusedRegistrationEndsTheWorker() async throws {
        let counterpart = try Counterpart()
        let worker = try quietWorker(at: await counterpart.open()) { _, _ in upheld }
        let running = Task { try await worker.run() }
        let ready = await counterpart.next(.ready)
        try await counterpart.say(refused(.unknownDepartment), to: ready.peer)
        let error = await #expect(throws: WorkerError.self) { try await running.value }
        #expect(error?.code == .refused)
        #expect(error?.refusal?.code == .unknownDepartment)
    }

    @Test func aCoordinatorOfAnotherVersionEndsTheWorker() async throws {
        let counterpart = try Counterpart()
        let worker = try quietWorker(at: await counterpart.open()) { _, _ in upheld }
        let running = Task { try await worker.run() }
        let ready = await counterpart.next(.ready)
        let refusal = refused(.unsupportedVersion).frame
        try await counterpart.send([Array("RDP/9".utf8), refusal.dropLast(1)], to: ready.peer)
        let error = await #expect(throws: WorkerError.self) { try await running.value }
        #expect(error?.refusal?.code == .unsupportedVersion)
        await counterpart.close()
    }

    @Test func anEndpointThatIsNoneEndsTheWorker() async throws {
        let worker = try quietWorker(at: "nowhere") { _, _ in upheld }
        let error = await #expect(throws: WorkerError.self) { try await worker.run() }
        #expect(error?.code == .noLine)
    }

    @Test(arguments: ["", "Billing", "owner of it"]) func aDepartmentNeedsAWellFormedName(_ name: String) {
        #expect(throws: WorkerError.self) { try quietWorker(at: "tcp://127.0.0.1:1") { _, _ in upheld }.renamed(name) }
    }

    @Test func theCoordinatorsDrainEndsTheWorkerWhenAllIsSettled() async throws {
        let counterpart = try Counterpart()
        let worker = try quietWorker(at: await counterpart.open()) { _, _ in upheld }
        let running = Task { try await worker.run() }
        let peer = try await counterpart.welcome(.ready).peer
        try await counterpart.say(offer(1), Command(.drain, session: 7), to: peer)
        _ = await counterpart.next(.contribute)
        try await counterpart.say(about(1, .settled, first: 1), to: peer)
        try await running.value
    }

    @Test func aGracefulShutdownFinishesDeliversAndLeaves() async throws {
        let counterpart = try Counterpart()
        let (draining, isDraining) = AsyncStream.makeStream(of: Void.self)
        let worker = try quietWorker(at: await counterpart.open()) { _, _ in
            for await _ in draining { break }
            return upheld
        }
        let group = ServiceGroup(services: [worker], logger: worker.logger)
        let running = Task { try await group.run() }
        let peer = try await counterpart.welcome(.ready).peer
        try await counterpart.say(offer(1), to: peer)
        _ = await counterpart.next(.accept)
        await group.triggerGracefulShutdown()
        _ = await counterpart.next(.drain)
        try await counterpart.say(offer(2), to: peer)
        _ = await counterpart.next(.release)
        isDraining.finish()
        _ = await counterpart.next(.contribute)
        try await counterpart.say(about(1, .settled, first: 1), to: peer)
        try await running.value
    }

    @Test func malformedMessagesAreDropped() async throws {
        try await meet { _, _ in
            upheld
        } _: { counterpart in
            let peer = try await counterpart.welcome(.ready).peer
            try await counterpart.send([Array("RDP/9".utf8), [1]], to: peer)
            try await counterpart.send([Message.version], to: peer)
            try await counterpart.send([Message.version, [], [UInt8](repeating: 0xFF, count: 40)], to: peer)
            try await counterpart.send([Message.version] + Array(repeating: [0], count: 80), to: peer)
            try await counterpart.send(
                [Message.version, Command(.accepted, reference: reference, session: 7).frame], to: peer)
            try await counterpart.say(offer(1), to: peer)
            _ = await counterpart.next(.contribute)
        }
    }
}

extension Worker {
    /// The same worker for the department `name`.
    fileprivate func renamed(_ name: String) throws -> Worker {
        try Worker(department: name, connect: endpoint) { _, _ in upheld }
    }
}

/// Returns when the task is cancelled, and never otherwise.
func untilCancelled() async {
    let (never, end) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
    end.finish()
}
