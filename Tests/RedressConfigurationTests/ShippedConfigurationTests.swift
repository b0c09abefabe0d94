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
        #expect(policy.facts.count == 10)
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
        #expect(
            configuration.mesh.map(\.program) == [
                .sample, .sample, .exec(["redress", "sample", "answer", "technical"]),
            ])
    }

    @Test func givesEachPartOfAComplaintToItsDepartment() throws {
        let triage = try Triage(rules: Configuration.read(folder: ConfigurationFolder.shipped).triage)
        let split = triage.split(
            Array("I was charged twice for order A-1001. The parcel never arrived. The screen is broken.".utf8))
        #expect(Set(split.issues.map(\.department.description)) == ["billing", "logistics", "technical"])
        #expect(split.particulars.map(\.name) == ["order"])
    }
}
