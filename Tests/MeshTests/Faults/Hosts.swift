import Foundation
import Subprocess
import SystemPackage

/// Two hosts with one link between them that can be cut: network namespaces of this machine and a pair of virtual network
/// devices.
///
/// Each namespace lives as long as a process that does nothing but wait for us to be gone, and the link as long as its
/// namespaces: nothing is left behind, however a test ends.
struct Hosts: Sendable {
    /// One end of the link.
    struct Host: Sendable {
        /// The process that holds the namespace.
        fileprivate let holder: pid_t
        /// The address on the link.
        let address: String

        /// The command that runs the one that follows it on this host.
        var launcher: [String] { ["nsenter", "--target", "\(holder)", "--net"] }

        /// Runs a command on this host to its end.
        fileprivate func run(_ command: String) async throws {
            let words = launcher + command.split(separator: " ").map(String.init)
            let ran = try await Subprocess.run(
                .name(words[0]), arguments: Arguments(Array(words.dropFirst())), output: .discarded,
                error: .string(limit: 1 << 16))
            guard case .exited(0) = ran.terminationStatus else { throw Unavailable("\(command): \(ran.standardError)") }
        }
    }

    /// How the link can be cut.
    enum Cut: String, Sendable, CaseIterable {
        /// Nothing passes, and both ends are told that there is no carrier.
        case unplugged
        /// What is sent to the near host is lost, without a word.
        case towardsNear = "deaf near"
        /// What is sent to the far host is lost, without a word.
        case towardsFar = "deaf far"
        /// Nothing passes, and nobody is told.
        case bothWays = "silent"
    }

    /// This machine has no namespaces or virtual devices for us.
    struct Unavailable: Error, CustomStringConvertible {
        let description: String

        fileprivate init(_ description: String) { self.description = description }
    }

    let near: Host
    let far: Host
    /// The ways to cut the link that this machine has.
    let cuts: [Cut]
    private static let device = "wire"

    /// Whether this machine can play two hosts.
    static func areAvailable() async -> Bool {
        (try? await run { _ in }) != nil
    }

    /// Has two hosts for as long as `body` runs.
    static func run<Outcome: Sendable>(_ body: (Hosts) async throws -> Outcome) async throws -> Outcome {
        try await hold(address: "192.0.2.1") { near in
            try await hold(address: "192.0.2.2") { far in
                try await near.run("ip link add \(device) type veth peer name \(device) netns \(far.holder)")
                for host in [near, far] {
                    try await host.run("ip address add \(host.address)/24 dev \(device)")
                    try await host.run("ip link set \(device) up")
                }
                var cuts = [Cut.unplugged]
                if (try? await near.run("iptables -A INPUT -s 203.0.113.1 -j DROP")) != nil { cuts = Cut.allCases }
                return try await body(Hosts(near: near, far: far, cuts: cuts))
            }
        }
    }

    private static func hold<Outcome: Sendable>(
        address: String, _ body: (Host) async throws -> Outcome
    ) async throws -> Outcome {
        // It says when it is in its namespace, and goes when its standard input ends: with this process, or with `body`.
        let held = try await Subprocess.run(
            .name("unshare"), arguments: ["--net", "sh", "-c", "echo && exec cat"], input: .inputWriter,
            output: .sequence, error: .discarded
        ) { holder in
            var said = holder.standardOutput.makeAsyncIterator()
            guard try await said.next() != nil else { throw Unavailable("unshare --net is refused.") }
            let outcome: Result<Outcome, any Error>
            do {
                outcome = .success(try await body(Host(holder: holder.processIdentifier.value, address: address)))
            } catch {
                outcome = .failure(error)
            }
            try await holder.standardInputWriter.finish()
            return outcome
        }
        return try held.closureResult.get()
    }

    /// Cuts the link.
    func cut(_ cut: Cut) async throws { try await change(cut, "down", "-A") }

    /// Mends the link after `cut`.
    func mend(_ cut: Cut) async throws { try await change(cut, "up", "-D") }

    private func change(_ cut: Cut, _ carrier: String, _ rule: String) async throws {
        if cut == .unplugged { return try await near.run("ip link set \(Self.device) \(carrier)") }
        for (host, deaf) in [(near, Cut.towardsNear), (far, .towardsFar)] where cut == deaf || cut == .bothWays {
            try await host.run("iptables \(rule) INPUT -i \(Self.device) -j DROP")
        }
    }
}
