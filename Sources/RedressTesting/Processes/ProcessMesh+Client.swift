internal import Foundation
public import RedressClient

extension ProcessMesh {
    /// Connects to the coordinator as soon as it answers, or says why it ended.
    ///
    /// - Parameters:
    ///   - name: the client's name; submission keys are its own.
    ///   - requestTimeout: how long each request waits for its answer, kills and restarts of the coordinator included.
    /// - Throws: ``MeshError`` with the coordinator's last words, or `ClientError`.
    public nonisolated func connect(
        as name: String, requestTimeout: Duration = .seconds(600)
    ) async throws -> Client {
        let key = try await key(name)
        return try await withThrowingTaskGroup(of: Client.self) { group in
            group.addTask {
                try await Client.connect(
                    to: self.endpoint, name: name, key: key, timeout: .seconds(120), requestTimeout: requestTimeout)
            }
            group.addTask {
                let ending = await self.ending(of: "coordinator")
                try Task.checkCancellation()
                throw MeshError(
                    "The coordinator \(ending.map { "\($0)" } ?? "is not started").\(self.lastWords(of: "coordinator"))"
                )
            }
            defer { group.cancelAll() }
            guard let client = try await group.next() else { throw CancellationError() }
            return client
        }
    }

    /// The end of a process's log, for an error; empty where there is none.
    package nonisolated func lastWords(of name: String) -> String {
        guard let log = try? String(contentsOfFile: log(of: name), encoding: .utf8), !log.isEmpty else { return "" }
        return " It said:\n" + log.split(separator: "\n").suffix(5).joined(separator: "\n")
    }
}
