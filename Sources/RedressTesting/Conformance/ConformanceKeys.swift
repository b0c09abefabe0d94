internal import RedressContract
internal import RedressKeys
internal import ZeroMQ

/// Keys for a conformance run alone: the coordinator's, and the worker's.
struct ConformanceKeys: Sendable {
    /// What the worker's key is called: not as its department, so that a worker is found out that calls itself by that.
    static let name = "under-test"

    /// How the scenarios' sockets are protected.
    let security: Security
    /// What the worker connects with.
    private let worker: PeerKey
    /// Where that is.
    var file: String { worker.file }

    /// Makes them in `folder`, which is made where it is not there.
    ///
    /// - Throws: ``MeshError``: there are keys already, or they cannot be written.
    init(in folder: String, for department: DepartmentName) throws(MeshError) {
        let keys = KeyFolder(folder)
        do throws(KeyError) {
            try keys.create()
            worker = try keys.make(Self.name, .worker([department]))
            security = .curveServer(try keys.coordinatorPair())
        } catch {
            throw MeshError("\(error)")
        }
    }

    /// Lets the worker's key in at the sockets of `context`, and no other, as long as the authenticator is kept.
    func authenticator(in context: Context) async throws(ZeroMQError) -> Authenticator {
        let key = worker.pair.publicKey
        return try await .serving(context) { other, _ in other == key }
    }

    /// Whether the worker's key lets it have the name `name`.
    func allow(_ name: String) -> Bool { name == Self.name || name.hasPrefix("\(Self.name)-") }
}
