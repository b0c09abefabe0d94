internal import RedressContract

/// The logistics department: where is the parcel, in which condition did it arrive, and can another be sent?
enum Logistics {
    private static let whereabouts =
        "arriv* deliver* parcel* package* shipment* shipp* dispatch* courier* transit lost late delay* wait* track* "
        + "receiv* came come"
    private static let lateness = "late later delay* slow*"
    private static let damage = "box* carton* packag* torn dent* damag* crush* squash* broke* wet"
    private static let others =
        "wrong missing return* exchang* service support call* hung rude staff seller* shop* warranty rain left threw used"

    private static let register = Register(
        name: "shipment register", rows: BackOffice.shipments,
        limits:
            "The shipment register says where a parcel is and how it arrived, but nothing about this; a person has to "
            + "look into it."
    ) { ($0.speak(of: whereabouts) || $0.speak(of: damage)) && !$0.speak(of: others) }

    static func trace(_ brief: Brief) -> Contribution {
        register.answer(brief) { found, words, order, shipment in
            func state(_ fact: Fact, _ value: String, at: String? = nil) {
                found.state(fact, .text(value), source: register.name, at: at)
            }
            state(.shipmentStatus, shipment.status.rawValue)
            state(.shipmentCarrier, shipment.carrier)
            if let date = shipment.date, shipment.status == .delivered { state(.deliveryDate, date, at: date) }
            let day = shipment.date.map { " on \($0)" } ?? ""
            switch shipment.status {
            case .delivered where words.speak(of: damage):
                state(.shipmentCondition, shipment.isDamaged ? "damaged" : "no damage noted")
                if shipment.isDamaged {
                    found.answer(
                        .upheld, "\(shipment.carrier) noted on delivery that the box of order \(order) was damaged.")
                    found.propose(.apology, note: "For the damaged box of order \(order).")
                    found.tell("We are sorry that the box of order \(order) reached you damaged.")
                } else {
                    found.answer(
                        .cannotSay,
                        "\(shipment.carrier) noted no damage when it delivered order \(order)\(day); please send us "
                            + "photographs.")
                }
            case .delivered where words.speak(of: lateness):
                found.answer(
                    .cannotSay,
                    "\(shipment.carrier) delivered order \(order)\(day); the register does not say which day was promised."
                )
            case .delivered:
                found.answer(.notUpheld, "\(shipment.carrier) delivered order \(order)\(day).")
            case .inTransit:
                found.answer(.notUpheld, "Order \(order) is on its way with \(shipment.carrier) and due\(day).")
            case .lost:
                found.answer(.upheld, "\(shipment.carrier) has lost the parcel of order \(order).")
                found.propose(.replacement, note: "Send order \(order) again.")
                found.tell("We are sorry that the parcel of order \(order) was lost. We send the goods again.")
            case .returned:
                found.answer(
                    .upheld, "\(shipment.carrier) brought the parcel of order \(order) back to us undelivered.")
                found.propose(.expedite, note: "Send order \(order) again by express.")
                found.tell("We are sorry that order \(order) did not reach you. We send it again by express.")
            }
        }
    }

    private static let stock = Register(
        name: "stock of devices", rows: BackOffice.devices, limits: "Nothing is to be replaced."
    ) { _ in true }

    /// Follows a diagnosis, and goes by the `device.fault` of each order that it states.
    static func replacement(_ brief: Brief) -> Contribution {
        let faulty = Set(brief.findings.map(\.key))
        return stock.answer(brief) { found, _, order, device in
            guard let fault = Fact.deviceFault.key(about: order), faulty.contains(fault) else {
                return found.answer(
                    .cannotSay,
                    "No fault of the \(device.model) of order \(order) was found that a replacement would mend.")
            }
            guard device.remedy == .replacement else {
                return found.answer(.cannotSay, "A \(device.remedy.rawValue) is proposed for order \(order) instead.")
            }
            let isAvailable = BackOffice.replacements.contains(order)
            found.state(.replacementAvailable, .flag(isAvailable), source: stock.name)
            if isAvailable {
                found.answer(.upheld, "Another \(device.model) is in stock and can be sent for order \(order).")
                found.propose(.replacement, note: "Send another \(device.model) for order \(order).")
                found.tell("We send you another \(device.model) for order \(order).")
            } else {
                found.answer(.upheld, "No other \(device.model) is in stock to replace that of order \(order).")
                found.propose(.refund, note: "The price of order \(order), as it cannot be replaced.")
                found.tell("We cannot replace the \(device.model) of order \(order), and give you back its price.")
            }
        }
    }
}
