internal import RedressContract

/// The facts that the sample departments state, by their owners in `Config/`.
enum Fact: String, CaseIterable {
    // Billing
    case chargeCount = "charge.count"
    case chargeTotal = "charge.total"
    case refundDue = "refund.due"
    // Logistics
    case shipmentStatus = "shipment.status"
    case shipmentCarrier = "shipment.carrier"
    case shipmentCondition = "shipment.condition"
    case replacementAvailable = "replacement.available"
    // Logistics and billing; the latest counts
    case deliveryDate = "delivery.date"
    // Technical
    case deviceModel = "device.model"
    case deviceFault = "device.fault"
    case warrantyUntil = "warranty.until"

    /// The fact's key, with the order that it is about.
    func key(about order: String) -> FactKey? { FactKey("\(rawValue)#\(order)") }
}
