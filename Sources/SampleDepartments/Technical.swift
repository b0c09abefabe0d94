internal import RedressContract

/// The technical department: is the device known to fail?
enum Technical {
    static func diagnose(_ brief: Brief) -> Contribution {
        brief.answer(from: BackOffice.devices, of: "register of devices") { order, count, device in
            var found = Findings()
            func state(_ fact: Fact, _ value: String) {
                found.state(fact, .text(value), of: order, among: count, source: "register of devices")
            }
            state(.deviceModel, device.model)
            state(.warrantyUntil, device.warrantyUntil)
            guard let fault = device.fault else {
                found.outcome = .notUpheld
                found.reasons = ["No fault of the \(device.model) of order \(order) is known."]
                return found
            }
            state(.deviceFault, fault)
            let isCovered = device.warrantyUntil >= BackOffice.today
            found.outcome = isCovered ? .upheld : .partlyUpheld
            found.reasons = [
                "The \(device.model) of order \(order) is of a series whose \(fault) fails."
                    + (isCovered ? "" : " Its warranty ended on \(device.warrantyUntil).")
            ]
            let kind: RemedyKind = !isCovered ? .discount : device.isRepaired ? .repair : .replacement
            found.remedies = brief.issues.map {
                Contribution.ProposedRemedy(
                    kind, issue: $0.number, note: "Known fault of the \(fault), \(device.model).")
            }
            return found
        }
    }
}
