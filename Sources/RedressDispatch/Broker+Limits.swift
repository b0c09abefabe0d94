import HeapModule
import RedressCase
package import RedressContract

/// How much at once, and how much in a second: of a department, of a client.
extension Broker {
    /// Why nothing is offered to a department now, although there are workers with credit.
    enum Hindrance: Sendable {
        /// Somebody paused it.
        case paused(Pause)
        /// So many of its tasks are offered or accepted, and no more are allowed.
        case atOnce(Int, of: Int)
        /// It has had its share of this second; the next offer may be made after so long.
        case perSecond(Int, wait: Duration)
    }

    /// What keeps `department` from being offered anything.
    mutating func hindrance(of department: DepartmentName) -> Hindrance? {
        if let pause = pauses[.department(department)] { return .paused(pause) }
        guard let limit = settings.scheduling.departments[department] else { return nil }
        if let most = limit.atOnce {
            let count = offers.count(of: department) + leases.count(of: department)
            if count >= most { return .atOnce(count, of: most) }
        }
        if let perSecond = limit.perSecond {
            let time = attended
            let full = TokenBucket(perSecond: perSecond, at: time)
            let wait = offerRates[department, default: full].wait(at: time)
            if wait > .zero { return .perSecond(perSecond, wait: wait) }
        }
        return nil
    }

    /// Whether an offer to `department` may be made; if only time is in the way, it is tried again then.
    mutating func mayOffer(to department: DepartmentName) -> Bool {
        switch hindrance(of: department) {
        case nil: return true
        case .perSecond(_, let wait):
            if offerRateAlarms.insert(department).inserted {
                alarms.insert(Timed(attended + wait, .offerRate(department)))
            }
            return false
        case .paused, .atOnce: return false
        }
    }

    private func limit(of client: String) -> Scheduling.Limit {
        settings.scheduling.clients[client] ?? settings.scheduling.otherClients
    }

    /// Whether `client` may have another case.
    ///
    /// - Throws: the ``Refusal`` `limit`, with the time after which trying again can help.
    package func admitCase(of client: String) throws(Refusal) {
        let limit = limit(of: client)
        let open = openCases["client:\(client)", default: 0]
        if let most = limit.atOnce, open >= most {
            throw Refusal(
                .limit,
                "\(client) has \(open) unfinished cases, and \(most) are allowed; submit again when some are done.",
                retryAfterMilliseconds: 1000)
        }
    }

    /// Whether a request of `client`, of whatever kind, may be taken now.
    ///
    /// - Throws: the ``Refusal`` `limit`, with the time after which trying again can help.
    package mutating func admitRequest(of client: String, now: Now) throws(Refusal) {
        attend(now)
        guard let perSecond = limit(of: client).perSecond else { return }
        let time = attended
        let full = TokenBucket(perSecond: perSecond, at: time)
        let wait = requestRates[client, default: full].wait(at: time)
        guard wait == .zero else {
            throw Refusal(
                .limit, "\(client) may make \(perSecond) requests a second.",
                retryAfterMilliseconds: UInt32(clamping: Int64((wait / .milliseconds(1)).rounded(.up))))
        }
        requestRates[client]?.take()
    }

    /// Counts a case that becomes unfinished, or is no longer.
    mutating func count(of reference: CaseReference, _ change: Int) {
        guard let client = cases[reference]?.client else { return }
        let count = openCases[client, default: 0] + change
        openCases[client] = count > 0 ? count : nil
    }
}
