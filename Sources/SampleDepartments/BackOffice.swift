internal import RedressContract

/// The sample departments' own books.
///
/// | order | billing | logistics | technical |
/// | --- | --- | --- | --- |
/// | A-1001 | charged twice, 49.90 EUR | delivered 2026-03-02 | lamp, no fault known |
/// | A-1002 | charged once, 129.00 EUR | lost by ParcelNorth | headphones, no fault known |
/// | A-1003 | charged once, 379.00 EUR | delivered 2026-02-20, the box damaged | coffee maker, known pump fault, under warranty |
/// | A-1004 | charged once, 18.50 EUR | delivered 2026-03-05 | kettle, no fault known |
/// | A-1005 | charged three times, 75.00 EUR | in transit, due 2026-03-18 | radio, no fault known |
/// | A-1006 | charged twice, 899.00 EUR | lost by ParcelNorth | laptop, known battery fault, under warranty |
/// | A-1007 | charged once, 59.00 EUR | delivered 2026-03-09; billing has 2026-03-11 | toaster, known lever fault, out of warranty |
/// | A-1008 | charged once, 24.99 EUR | in transit, due 2026-03-15 | not a device |
/// | A-1009 | charged twice, refunded since | delivered 2026-01-30 | blender, no fault known |
/// | A-1010 | charged once, 210.00 EUR | returned to sender | monitor, known backlight fault, none in stock |
/// | A-1011 | charged twice, 12.00 EUR | delivered 2026-03-01 | not a device |
/// | A-1012 | charged once, 640.00 EUR | delivered 2026-02-27 | television, known panel fault, under warranty |
/// | A-1013 | not known to billing | delivered 2026-03-03 | speaker, no fault known |
enum BackOffice {
    /// What billing's ledger says of an order.
    struct Account: Sendable {
        /// The price, in cents of a euro.
        var cents: Int
        /// How often it was charged.
        var charges: Int
        /// How many of the charges were returned.
        var refunds = 0
        /// When the invoice says that the goods arrived.
        var delivered: String?
    }

    /// What logistics knows of an order's parcel.
    struct Shipment: Sendable {
        enum Status: String {
            case delivered, lost, returned
            case inTransit = "in-transit"
        }
        var status: Status
        var carrier: String
        /// Delivered or due on this day.
        var date: String?
        /// Whether the carrier noted on delivery that the box was damaged.
        var isDamaged = false
    }

    /// What the technicians know of an order's device.
    struct Device: Sendable {
        var model: String
        /// The fault that this series is known for.
        var fault: String?
        var warrantyUntil: String
        /// Whether the fault is repaired rather than the device replaced.
        var isRepaired = false

        /// What the customer is due for the fault.
        var remedy: RemedyKind { warrantyUntil < today ? .discount : isRepaired ? .repair : .replacement }
    }

    /// The day that the books were closed: the samples do not depend on the clock.
    static let today = "2026-03-12"

    static let accounts: [String: Account] = [
        "A-1001": Account(cents: 4990, charges: 2),
        "A-1002": Account(cents: 12900, charges: 1),
        "A-1003": Account(cents: 37900, charges: 1),
        "A-1004": Account(cents: 1850, charges: 1),
        "A-1005": Account(cents: 7500, charges: 3),
        "A-1006": Account(cents: 89900, charges: 2),
        "A-1007": Account(cents: 5900, charges: 1, delivered: "2026-03-11"),
        "A-1008": Account(cents: 2499, charges: 1),
        "A-1009": Account(cents: 3300, charges: 2, refunds: 1),
        "A-1010": Account(cents: 21000, charges: 1),
        "A-1011": Account(cents: 1200, charges: 2),
        "A-1012": Account(cents: 64000, charges: 1),
    ]

    static let shipments: [String: Shipment] = [
        "A-1001": Shipment(status: .delivered, carrier: "ParcelNorth", date: "2026-03-02"),
        "A-1002": Shipment(status: .lost, carrier: "ParcelNorth"),
        "A-1003": Shipment(status: .delivered, carrier: "CityPost", date: "2026-02-20", isDamaged: true),
        "A-1004": Shipment(status: .delivered, carrier: "CityPost", date: "2026-03-05"),
        "A-1005": Shipment(status: .inTransit, carrier: "ParcelNorth", date: "2026-03-18"),
        "A-1006": Shipment(status: .lost, carrier: "ParcelNorth"),
        "A-1007": Shipment(status: .delivered, carrier: "CityPost", date: "2026-03-09"),
        "A-1008": Shipment(status: .inTransit, carrier: "CityPost", date: "2026-03-15"),
        "A-1009": Shipment(status: .delivered, carrier: "CityPost", date: "2026-01-30"),
        "A-1010": Shipment(status: .returned, carrier: "ParcelNorth"),
        "A-1011": Shipment(status: .delivered, carrier: "CityPost", date: "2026-03-01"),
        "A-1012": Shipment(status: .delivered, carrier: "ParcelNorth", date: "2026-02-27"),
        "A-1013": Shipment(status: .delivered, carrier: "CityPost", date: "2026-03-03"),
    ]

    static let devices: [String: Device] = [
        "A-1001": Device(model: "lamp L2", warrantyUntil: "2028-03-02"),
        "A-1002": Device(model: "headphones H7", warrantyUntil: "2028-03-01"),
        "A-1003": Device(model: "coffee maker C3", fault: "pump", warrantyUntil: "2028-02-20"),
        "A-1004": Device(model: "kettle K1", warrantyUntil: "2028-03-05"),
        "A-1005": Device(model: "radio R4", warrantyUntil: "2028-03-18"),
        "A-1006": Device(model: "laptop N9", fault: "battery", warrantyUntil: "2028-03-01", isRepaired: true),
        "A-1007": Device(model: "toaster T5", fault: "lever", warrantyUntil: "2026-03-01"),
        "A-1009": Device(model: "blender B6", warrantyUntil: "2028-01-30"),
        "A-1010": Device(model: "monitor M8", fault: "backlight", warrantyUntil: "2028-03-01"),
        "A-1012": Device(model: "television V1", fault: "panel", warrantyUntil: "2028-02-27"),
        "A-1013": Device(model: "speaker S2", warrantyUntil: "2028-03-03"),
    ]

    /// Devices for replacement in stock, by order of the broken one.
    static let replacements: Set<String> = ["A-1003", "A-1012"]
}

extension Money {
    /// `cents` of a euro.
    static func euros(cents: Int) -> Money {
        guard let money = Money(amount: ExactNumber(significand: Int128(cents), exponent: -2), currency: "EUR") else {
            preconditionFailure("EUR is a currency")
        }
        return money
    }
}
