internal import RedressContract

extension Conclusion {
    /// Runs `handler` on the brief and takes what it returns or throws for how the attempt ended.
    init(
        of handler: Worker.Handler, brief: ArraySlice<UInt8>, context: TaskContext, bytesMaximum: Int
    ) async {
        do {
            let contribution = try await handler(Brief(parsing: brief), context)
            self = .contributed(contribution, bytesMaximum: bytesMaximum)
        } catch let declined as Declined {
            self = .contributed(.declining(declined.reason), bytesMaximum: bytesMaximum)
        } catch let later as TryAgainLater {
            self = .released(after: later.wait, later.reason)
        } catch let crash as ProgramCrashed {
            self = .failed(.crashed, crash.description)
        } catch {
            self = .failed(.failed, "\(error)")
        }
    }
}
