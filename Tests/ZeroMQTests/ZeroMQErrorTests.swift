import Foundation
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(5)))
struct ZeroMQErrorTests {
    @Test(
        "A bad endpoint is named with its reason",
        arguments: [
            ("nonsense", .invalidArgument), ("tcp://127.0.0.1", .invalidArgument), ("ipc://a\0b", .invalidArgument),
            ("smoke://127.0.0.1:1", .protocolNotSupported), ("tcp://192.0.2.1:*", .addressNotAvailable),
            ("ipc:///nowhere/at/all", .notFound),
        ] as [(String, ZeroMQError.Code)])
    func badEndpoint(endpoint: String, code: ZeroMQError.Code) throws {
        var router = try Socket(.router, in: try Context())
        let error = #expect(throws: ZeroMQError.self) { try router.bind(to: endpoint) }
        #expect(error?.code == code)
        #expect(error?.operation == "bind \(endpoint)")
        #expect(error?.description.hasPrefix("cannot bind \(endpoint): ") == true)
    }

    @Test("An address in use says so")
    func addressInUse() throws {
        let context = try Context()
        var first = try Socket(.router, in: context)
        var second = try Socket(.router, in: context)
        let endpoint = try first.bind(to: "tcp://127.0.0.1:*")
        let error = #expect(throws: ZeroMQError.self) { try second.bind(to: endpoint) }
        #expect(
            error?.description
                == "cannot bind \(endpoint): Address already in use (address_in_use, errno \(EADDRINUSE))")
    }

    @Test("A context and a socket refuse what they cannot do")
    func refusals() throws {
        #expect(throws: ZeroMQError.self) { try Context(ioThreads: -1) }
        #expect(throws: ZeroMQError.self) { try Context(ioThreads: .max) }
        var options = SocketOptions()
        options.sendHighWaterMark = 0
        let error = #expect(throws: ZeroMQError.self) { _ = try Socket(.pair, in: try Context(), options: options) }
        #expect(error?.code == .invalidArgument)
    }

    @Test(
        "Durations become whole milliseconds, never sooner and never for ever",
        arguments: [
            (.zero, 0), (.seconds(-1), 0), (.nanoseconds(-1), 0), (.nanoseconds(1), 1), (.milliseconds(7), 7),
            (.microseconds(7001), 8), (.seconds(2), 2000), (.seconds(Int64.max), .max),
        ] as [(Duration, CInt)])
    func milliseconds(duration: Duration, milliseconds: CInt) {
        #expect(duration.wholeMilliseconds == milliseconds)
    }

    @Test("Jittered options differ from each other and keep their ranges")
    func jitter() {
        let drawn = (0..<100).map { _ in SocketOptions.jittered }
        #expect(Set(drawn).count > 1)
        for options in drawn {
            #expect(options.reconnectInterval >= .milliseconds(50) && options.reconnectInterval <= .milliseconds(150))
            #expect(options.reconnectIntervalMaximum >= .seconds(3) && options.reconnectIntervalMaximum <= .seconds(8))
        }
    }

    @Test("The descriptor limit can be raised, and again")
    func descriptors() throws {
        let limit = try Context.raiseDescriptorLimit()
        #expect(limit > 0)
        #expect(try Context.raiseDescriptorLimit() == limit)
    }
}
