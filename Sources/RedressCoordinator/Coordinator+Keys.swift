import Logging
import RedressCase
import RedressConfiguration
import RedressContract
import RedressDispatch
import RedressKeys
import RedressWire
import ZeroMQ

/// Keys: who may connect, whose each message is, and what becomes of those who lose theirs.
extension Coordinator {
    /// The list is looked at with every turn: before messages are taken, and so often where none come.
    static let keyInterval: Duration = .seconds(1)
    /// While the list cannot be read, that is said so often.
    private static let keyFaultInterval: Duration = .seconds(60)

    /// Reads the keys, and from here on lets in only those that are on the list.
    ///
    /// - Returns: how the socket protects its connections.
    /// - Throws: ``KeyError``, or what the authenticator throws.
    func openKeys() async throws -> Security {
        guard let folder = keyFolder else {
            try PlainText.check(
                endpoint,
                otherwise: "make keys with `redress keys init` and name their folder with --keys, or bind to "
                    + "tcp://127.0.0.1:7700")
            logger.warning(
                "plain text: nothing is encrypted, and whoever reaches the endpoint may do everything",
                metadata: ["endpoint": "\(endpoint)"])
            return .plain
        }
        let pair = try folder.coordinatorPair()
        keys = try KeyWatch(folder)
        authenticator = try await Authenticator.serving(context, allows: try Doorkeeper(folder, logger).allows)
        return .curveServer(pair)
    }

    /// What the key of `peer` may do, looked up for each message; nil where it is not on the list, which the peer is told.
    func admit(_ peer: Peer, _ now: Now) -> Grant? {
        if let grant = keys?.list[peer.key] { return grant }
        // It may have been added a moment ago: the authenticator has seen that already.
        readKeys(now)
        if let grant = keys?.list[peer.key] { return grant }
        let refusal = Refusal(
            .keyRefused,
            "The key that this came with is not known here, or not any more; ask who keeps the coordinator's keys.")
        post(Command(refusal: refusal), to: peer)
        return nil
    }

    /// Reads the list of keys again, where it has changed: what it takes away ends at once, and the change is an entry of
    /// the house stream.
    func readKeys(_ now: Now) {
        defer { noteKeyFault(now) }
        do throws(KeyError) {
            guard let before = try keys?.refresh(), let list = keys?.list else { return }
            let (gone, new) = (before.grants(notIn: list), list.grants(notIn: before))
            let lost = Set(gone.map(\.key.description))
            for client in clients.sessions.values where client.peer.key.map(lost.contains) == true {
                clients.forget(client.peer)
            }
            // Who has another key under the same name goes on with what it holds.
            let names = Set(list.grants.map(\.name))
            let revoked = Set(gone.filter { !names.contains($0.name) }.map(\.key.description))
            broker.endSessions(forGood: true, now: now) { $0.key.map(revoked.contains) == true }
            broker.endSessions(forGood: false, now: now) { $0.key.map(lost.contains) == true }
            deciding.add(house: House.entry(keys: list, before: before, at: now.wall))
            logger.notice(
                "keys changed",
                metadata: ["gone": "\(gone.map(\.name))", "new": "\(new.map(\.name))"])
            warnOfUnknownDepartments()
        } catch {
            keyFaultNotedAt = nil
        }
    }

    /// What is wrong with the list of keys, for people.
    var keyTrouble: String? {
        keys?.fault.map { "The list of keys cannot be read, and the one before goes on to count. \($0)" }
    }

    private func noteKeyFault(_ now: Now) {
        guard let trouble = keyTrouble else {
            keyFaultNotedAt = nil
            return
        }
        if let keyFaultNotedAt, now.steady - keyFaultNotedAt < Self.keyFaultInterval { return }
        keyFaultNotedAt = now.steady
        logger.error("\(trouble)")
    }

    /// Says which departments of the list the policy does not have: mostly they are misspelt.
    func warnOfUnknownDepartments() {
        let known = configuration.policy.departments.map(\.name)
        for grant in keys?.list.grants ?? [] {
            for department in grant.role.departments where !known.contains(department) {
                logger.warning(
                    "a key is for a department that playbooks.yaml does not have",
                    metadata: ["key": "\(grant.name)", "department": "\(department)"])
            }
        }
    }
}

/// Who the authenticator asks at each handshake: reads the list by itself, on the authenticator's thread.
private final class Doorkeeper {
    /// At most one denial in this time is logged, so that a flood of them does not fill a disk.
    private static let noteInterval: Duration = .seconds(1)

    private var watch: KeyWatch
    private let logger: Logger
    private var notedAt: ContinuousClock.Instant?

    init(_ folder: KeyFolder, _ logger: Logger) throws(KeyError) {
        watch = try KeyWatch(folder)
        self.logger = logger
    }

    func allows(_ key: CurveKey, from address: String) -> Bool {
        // What is wrong with a list, the coordinator says.
        _ = try? watch.refresh()
        if watch.list[key.description] != nil { return true }
        let now = ContinuousClock.now
        if notedAt.map({ now - $0 >= Self.noteInterval }) ?? true {
            notedAt = now
            logger.notice("key not let in", metadata: ["key": "\(key)", "from": "\(address)"])
        }
        return false
    }
}
