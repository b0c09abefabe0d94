internal import Logging

extension Logger {
    /// Writes what a worker's core noted.
    func record(_ note: WorkerStep.Note, endpoint: String) {
        switch note {
        case .welcomed(let epoch, let holding):
            info("Welcomed.", metadata: ["endpoint": "\(endpoint)", "epoch": "\(epoch)", "holding": "\(holding)"])
        case .unwelcomed(let wait, lineIsUp: false):
            warning(
                """
                No coordinator answers. Check that it runs, that it listens at this endpoint, and that nothing between \
                blocks it. The worker goes on trying.
                """,
                metadata: ["endpoint": "\(endpoint)", "for": "\(wait)"])
        case .unwelcomed(let wait, lineIsUp: true):
            warning(
                """
                Something answers at the endpoint but does not say WELCOME. Check that it is a coordinator of Redress and \
                that it is not stopped. The worker goes on trying.
                """,
                metadata: ["endpoint": "\(endpoint)", "for": "\(wait)"])
        case .lineLost: warning("The connection broke; handlers go on.", metadata: ["endpoint": "\(endpoint)"])
        case .silent(let silence):
            warning(
                "The coordinator is silent; connecting anew.",
                metadata: ["endpoint": "\(endpoint)", "for": "\(silence)"])
        case .registeringAgain: info("The coordinator asked to register again.")
        case .refused(let refusal): warning("The coordinator refused.", metadata: ["refusal": "\(refusal)"])
        case .passedOver(let kind, let reason):
            warning("A command was passed over.", metadata: ["command": "\(kind)", "reason": "\(reason)"])
        case .late(let attempt):
            notice("A result came too late; it is kept for the case owner.", metadata: ["task": "\(attempt)"])
        case .contributionRefused(let attempt, let refusal):
            error(
                "A result was refused and does not count. The coordinator tries the task again, or parks it for a person.",
                metadata: ["task": "\(attempt)", "refusal": "\(refusal)"])
        case .timeLimit(let attempt):
            warning("The task's time limit passed; its handler is cancelled.", metadata: ["task": "\(attempt)"])
        case .askedToLeave: notice("The coordinator asked the worker to finish and leave.")
        }
    }
}
