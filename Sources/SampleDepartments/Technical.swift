internal import RedressContract

/// The technical department: is the device known to fail?
enum Technical {
    private static let failure =
        "work* broke* fail* fault* defect* stop* dead died start* turn* switch* malfunction* leak* function*"
    /// Parts of a device: an issue that speaks of some is about the known fault only where that is one of them.
    private static let parts =
        "pump battery lever backlight panel lid handle cable cord plug screen display button* knob* jug glass hinge motor"
    private static let software = "app apps website site page login log password account software"

    private static let register = Register(
        name: "register of devices", rows: BackOffice.devices,
        limits:
            "The register of devices says which series are known to fail, but nothing about this; a person has to look "
            + "into it."
    ) { ($0.speak(of: failure) || $0.speak(of: parts)) && !$0.speak(of: software) }

    static func diagnose(_ brief: Brief) -> Contribution {
        register.answer(brief) { found, words, order, device in
            func state(_ fact: Fact, _ value: String) { found.state(fact, .text(value), source: register.name) }
            state(.deviceModel, device.model)
            state(.warrantyUntil, device.warrantyUntil)
            guard let fault = device.fault, words.speak(of: fault) || !words.speak(of: parts) else {
                return found.answer(
                    .cannotSay,
                    "No such fault of the \(device.model) of order \(order) is known; it has to be examined. Please send it "
                        + "in.")
            }
            state(.deviceFault, fault)
            let reason = "The \(device.model) of order \(order) is of a series whose \(fault) fails."
            let note = "Known fault of the \(fault) of the \(device.model), order \(order)."
            switch device.remedy {
            case .repair:
                found.answer(.upheld, reason)
                found.propose(.repair, note: note)
                found.tell(
                    "We are sorry that the \(device.model) of order \(order) fails. We repair it free of charge.")
            case .discount:
                found.answer(.partlyUpheld, "\(reason) Its warranty ended on \(device.warrantyUntil).")
                found.propose(.discount, note: note)
                found.tell(
                    "We are sorry that the \(device.model) of order \(order) fails. Its warranty has ended; we offer you a "
                        + "discount on another.")
            default:
                // What is replaced is proposed by logistics, which knows whether there is another.
                found.answer(.upheld, reason)
                found.tell("We are sorry that the \(device.model) of order \(order) fails.")
            }
        }
    }
}
