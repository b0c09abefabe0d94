internal import RedressContract

/// The logistics department: where is the parcel, and can another be sent?
enum Logistics {
    static func trace(_ brief: Brief) -> Contribution {
        brief.answer(from: BackOffice.shipments, of: "shipment register") { order, count, shipment in
            var found = Findings()
            func state(_ fact: Fact, _ value: String, at: String? = nil) {
                found.state(fact, .text(value), of: order, among: count, source: "shipment register", at: at)
            }
            state(.shipmentStatus, shipment.status.rawValue)
            state(.shipmentCarrier, shipment.carrier)
            if let date = shipment.date { state(.deliveryDate, date, at: date) }
            let day = shipment.date.map { " on \($0)" } ?? ""
            switch shipment.status {
            case .delivered:
                found.outcome = .notUpheld
                found.reasons = ["\(shipment.carrier) delivered order \(order)\(day)."]
            case .inTransit:
                found.outcome = .notUpheld
                found.reasons = ["Order \(order) is on its way with \(shipment.carrier) and due\(day)."]
            case .lost:
                found.outcome = .upheld
                found.reasons = ["\(shipment.carrier) has lost the parcel of order \(order)."]
                found.remedies = brief.issues.map {
                    Contribution.ProposedRemedy(.replacement, issue: $0.number, note: "Send order \(order) again.")
                }
                found.words = ["We are sorry that the parcel of order \(order) was lost. We send the goods again."]
            case .returned:
                found.outcome = .upheld
                found.reasons = ["\(shipment.carrier) brought the parcel of order \(order) back to us undelivered."]
                found.remedies = brief.issues.map {
                    Contribution.ProposedRemedy(
                        .expedite, issue: $0.number, note: "Send order \(order) again by express.")
                }
            }
            return found
        }
    }

    /// Follows a diagnosis, whose `device.fault` it goes by.
    static func replacement(_ brief: Brief) -> Contribution {
        let faults = brief.findings.filter { $0.key.base == Fact.deviceFault.rawValue }
        guard !faults.isEmpty else {
            return brief.cannotSay(
                "No fault of the device has been found, so there is nothing to replace.",
                notChecked: "The stock of devices.")
        }
        return brief.answer(from: BackOffice.devices, of: "stock of devices") { order, count, device in
            var found = Findings()
            let isAvailable = BackOffice.replacements.contains(order)
            found.state(.replacementAvailable, .flag(isAvailable), of: order, among: count, source: "stock")
            found.outcome = isAvailable ? .upheld : .partlyUpheld
            found.reasons = [
                isAvailable
                    ? "Another \(device.model) is in stock and can be sent for order \(order)."
                    : "No other \(device.model) is in stock for order \(order)."
            ]
            if isAvailable {
                found.remedies = brief.issues.map {
                    Contribution.ProposedRemedy(.replacement, issue: $0.number, note: "Send another \(device.model).")
                }
            }
            return found
        }
    }
}
