import RedressCase
import RedressConfiguration
import RedressContract
import RedressTriage
import Testing

@Suite struct ShippedConfigurationTests {
    @Test func isValid() throws {
        let configuration = try Configuration.read(folder: ConfigurationFolder.shipped)
        let policy = configuration.policy
        #expect(policy.departments.map(\.name.description) == ["billing", "logistics", "technical"])
        #expect(
            policy.tasks.map(\.type.description) == [
                "billing/charge-review", "logistics/shipment-trace", "technical/diagnosis",
                "logistics/replacement-shipment",
            ])
        #expect(policy.tasks.allSatisfy { $0.particulars == ["order"] })
        let replacement = try #require(policy.tasks.last)
        #expect(replacement.issuesOf.description == "technical")
        #expect(!replacement.required)
        #expect(replacement.after.map(\.description) == ["technical/diagnosis"])
        #expect(policy.facts.count == 11)
        #expect(try policy.fact(#require(FactKey("refund.due#A-1001")))?.rule == .max)
        #expect(policy.caseDeadlineMilliseconds == 900_000)
        #expect(policy.leaseMilliseconds == 10_000)
        #expect(policy.retryMilliseconds == 500)
        #expect(policy.retryMillisecondsMaximum == 60_000)
    }

    @Test func nothingChangesOnTheWayThroughTheJournal() throws {
        let policy = try Configuration.read(folder: ConfigurationFolder.shipped).policy
        #expect(try Policy(parsing: policy.jsonBytes) == policy)
    }

    @Test func runsEveryDepartmentOnThisMachine() throws {
        let configuration = try Configuration.read(folder: ConfigurationFolder.shipped)
        #expect(configuration.coordinator == Configuration.Coordinator())
        #expect(configuration.mesh.map(\.department) == configuration.policy.departments.map(\.name))
        #expect(configuration.mesh.map(\.workers) == [1, 2, 1])
        #expect(
            configuration.mesh.map(\.program) == [
                .sample, .sample, .exec(["redress", "sample", "answer", "technical"]),
            ])
    }

    @Test func givesEachPartOfAComplaintToItsDepartment() throws {
        let split = try Self.triage.get().split(
            Array("I was charged twice for order A-1001. The parcel never arrived. The screen is broken.".utf8))
        #expect(Set(split.issues.map(\.department.description)) == ["billing", "logistics", "technical"])
        #expect(split.particulars.map(\.name) == ["order"])
    }

    private static let triage = Result {
        try Triage(rules: Configuration.read(folder: ConfigurationFolder.shipped).triage)
    }

    /// The departments of the issues that the shipped rules find in `text`.
    private func departments(_ text: String) throws -> [String] {
        try Self.triage.get().split(Array(text.utf8)).issues.map(\.department.description)
    }

    @Test(arguments: [
        "The toaster from order A-1007 is broken.", "The kettle from order A-1007 is broken.",
        "The laptop from order A-1007 is broken.", "The coffee maker from order A-1007 is broken.",
        "The hair dryer that I bought in May is already broken.", "The lamp of order A-1001 broke.", "It broke.",
        "The lamp broke after two weeks.", "The kettle broke down.",
        "I paid for the camera in order A-1005 but it is broken.",
    ])
    func givesABrokenDeviceToTheTechnicians(_ text: String) throws {
        #expect(try departments(text) == ["technical"])
    }

    @Test(arguments: [
        "The kettle arrived broken.", "The kettle was broken when it arrived.", "The lamp was broken on arrival.",
        "The blender was broken when I unpacked it.", "The mixer from order A-1007 got broken in the post.",
        "The parcel was broken when it came.", "The box was torn and the packaging was crushed.",
        "The seal was broken.",
        "The vase was damaged in transit.", "The plates came broken into pieces.",
        "Two plates of the set were smashed.",
        "When I opened the parcel the mirror was broken.", "Your courier delivered a broken mirror.",
        "Your driver broke our gate.",
    ])
    func givesWhatBrokeOnItsWayToLogistics(_ text: String) throws {
        #expect(try departments(text) == ["logistics"])
    }

    @Test(arguments: [
        "Your customer service hung up on me.", "The support line put me on hold and then hung up.",
        "Your agent put the phone down on me.", "I was left on hold for forty minutes.",
        "Nobody at the helpline ever calls back.", "I rang your hotline and was passed from one person to the next.",
    ])
    func givesCallsThatWentBadlyToLogistics(_ text: String) throws {
        #expect(try departments(text) == ["logistics"])
    }

    @Test(arguments: ["I hung up the picture in the hall.", "We broke the record."])
    func takesNoOtherHangingAndBreakingForAComplaint(_ text: String) throws {
        #expect(try departments(text) == [])
    }
}
