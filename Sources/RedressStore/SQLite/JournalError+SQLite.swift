internal import GRDB
internal import RedressCase

extension JournalError {
    /// What an error of SQLite means for the file or folder `place`.
    init(_ error: any Error, at place: String, while action: String) {
        guard let error = error as? DatabaseError else {
            self =
                error as? JournalError
                ?? JournalError(.inputOutput, "\(place): cannot \(action): \(systemReason(of: error)).")
            return
        }
        let detail = error.message ?? "no detail"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(
                .inputOutput,
                "The disk that holds \(place) is full: cannot \(action). Free some; what was acknowledged is kept."
            )
        case .SQLITE_CONSTRAINT:
            self.init(.keyConflict, "\(place): cannot \(action): it exists already (\(detail)).")
        case .SQLITE_NOTADB:
            self.init(.format, "\(place) is no journal: \(detail). Name a folder that Redress made.")
        case .SQLITE_CORRUPT:
            self.init(.broken, "\(place) is damaged: \(detail). Verify it, and restore a backup into an empty folder.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.locked, "\(place): cannot \(action): another program uses the database (\(detail)). Try again.")
        default:
            self.init(.inputOutput, "\(place): cannot \(action): \(detail).")
        }
    }

    /// The outcome of `body`, its errors told as errors of the journal at `place`.
    static func telling<Outcome>(
        at place: String, while action: @autoclosure () -> String, _ body: () throws -> Outcome
    ) throws(JournalError) -> Outcome {
        do { return try body() } catch { throw JournalError(error, at: place, while: action()) }
    }
}
