// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "redress",
    products: [
        .executable(name: "redress", targets: ["RedressCLI"]),
        .library(name: "ZeroMQ", targets: ["ZeroMQ"]),
        .library(name: "RedressWorker", targets: ["RedressContract", "RedressWorker"]),
        .library(name: "RedressClient", targets: ["RedressContract", "RedressClient"]),
        .library(name: "RedressTesting", targets: ["RedressTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // The mesh
        .systemLibrary(name: "CZeroMQ"),
        .target(name: "ZeroMQ", dependencies: ["CZeroMQ"]),

        // What departments, clients and the coordinator say to each other
        .target(name: "RedressContract"),
        .target(name: "RedressWire", dependencies: ["RedressContract"]),

        // Who may do what
        .target(name: "RedressKeys", dependencies: ["ZeroMQ", "RedressContract"]),

        // The rules of the trade, without input or output
        .target(name: "RedressCase", dependencies: ["RedressContract"]),
        .target(name: "RedressTriage", dependencies: ["RedressContract"]),
        .target(
            name: "RedressDispatch",
            dependencies: [
                "RedressContract", "RedressCase", "RedressWire",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]),

        // The service
        .target(
            name: "RedressStore",
            dependencies: [
                "RedressContract", "RedressCase",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(
            name: "RedressConfiguration",
            dependencies: ["RedressContract", "RedressCase", "RedressTriage", .product(name: "Yams", package: "Yams")]),
        .target(
            name: "RedressCoordinator",
            dependencies: [
                "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressCase", "RedressTriage",
                "RedressDispatch", "RedressStore", "RedressConfiguration",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        // What others link
        .target(name: "RedressLine", dependencies: ["ZeroMQ", "RedressContract", "RedressWire", "RedressKeys"]),
        .target(
            name: "RedressWorker",
            dependencies: [
                "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressLine",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "RedressClient",
            dependencies: ["ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressLine"]),
        .target(
            name: "RedressTesting",
            dependencies: [
                "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressCase", "RedressTriage",
                "RedressDispatch",
                "RedressWorker", "RedressClient",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),

        // The program
        .target(name: "SampleDepartments", dependencies: ["RedressContract", "RedressWorker"]),
        .executableTarget(
            name: "RedressCLI",
            dependencies: [
                "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressCase", "RedressTriage",
                "RedressDispatch", "RedressStore", "RedressConfiguration", "RedressCoordinator", "RedressWorker",
                "RedressClient", "RedressTesting", "SampleDepartments",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            // What the coordinator allocates is freed by the threads of the journal and of ZeroMQ, and the other way round:
            // with the C library's own allocator they wait for each other.
            linkerSettings: [.linkedLibrary("jemalloc")]),

        // Each room's tests, then those of the whole
        .target(
            name: "Fuzzing", dependencies: ["RedressContract", "RedressWire", "RedressTesting"], path: "Tests/Fuzzing"),
        .testTarget(name: "ZeroMQTests", dependencies: ["CZeroMQ", "ZeroMQ"]),
        .testTarget(name: "RedressContractTests", dependencies: ["RedressContract", "RedressTesting", "Fuzzing"]),
        .testTarget(
            name: "RedressWireTests", dependencies: ["RedressContract", "RedressWire", "RedressTesting", "Fuzzing"]),
        .testTarget(
            name: "RedressKeysTests", dependencies: ["Counterpart", "ZeroMQ", "RedressContract", "RedressKeys"]),
        .testTarget(name: "RedressTriageTests", dependencies: ["RedressContract", "RedressTriage", "RedressTesting"]),
        .testTarget(
            name: "RedressCaseTests", dependencies: ["RedressContract", "RedressCase", "RedressTesting", "Fuzzing"]),
        .testTarget(
            name: "RedressDispatchTests",
            dependencies: ["RedressContract", "RedressCase", "RedressWire", "RedressDispatch", "Fuzzing"]),
        .testTarget(
            name: "RedressConfigurationTests",
            dependencies: [
                "RedressContract", "RedressCase", "RedressTriage", "RedressConfiguration", "RedressTesting", "Fuzzing",
            ]),
        .testTarget(
            name: "RedressStoreTests",
            dependencies: [
                "RedressContract", "RedressCase", "RedressStore", "RedressTesting", "Fuzzing",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "Counterpart", dependencies: ["ZeroMQ", "RedressContract", "RedressWire"], path: "Tests/Counterpart"),
        .testTarget(
            name: "RedressWorkerTests",
            dependencies: [
                "Counterpart", "Fuzzing", "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressWorker",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "RedressClientTests",
            dependencies: [
                "CZeroMQ", "Counterpart", "Fuzzing", "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys",
                "RedressLine", "RedressClient",
            ]),
        .testTarget(
            name: "SampleDepartmentsTests", dependencies: ["RedressContract", "RedressWorker", "SampleDepartments"]),
        .testTarget(
            name: "RedressCoordinatorTests",
            dependencies: [
                "Counterpart", "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressCase",
                "RedressConfiguration", "RedressStore", "RedressCoordinator", "RedressWorker", "RedressClient",
                "RedressTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "MeshTests",
            dependencies: [
                "Counterpart", "Fuzzing", "ZeroMQ", "RedressContract", "RedressWire", "RedressKeys", "RedressWorker",
                "RedressClient",
                "RedressTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["Conformance/Worker.c", "Faults/DiskRecorder.c"]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "RedressContract", "RedressWire", "RedressCase", "RedressTriage", "RedressDispatch", "RedressWorker",
                "RedressTesting",
            ]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if target.name == "ZeroMQ" { target.swiftSettings?.append(.strictMemorySafety()) }
}
