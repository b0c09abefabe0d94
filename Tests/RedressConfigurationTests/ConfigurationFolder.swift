import Foundation
import RedressConfiguration

/// A small configuration on disk for the length of a test, with or without something wrong in it.
struct ConfigurationFolder {
    /// Two departments, of which one has a task for the issues of the other.
    static let valid = [
        "playbooks.yaml": """
        departments:
          - name: billing
            answers: Money.
          - name: technical
            answers: Things.
        tasks:
          - type: billing/review
            particulars: [order]
            time-limit: 30s
            attempts: 2
          - type: technical/diagnosis
            after: [billing/review]
            required: false
          - type: billing/refund
            issues-of: technical
            after:
              - technical/diagnosis
              - billing/review
        facts:
          - key: refund.due
            owners: [billing, technical]
            rule: max
        limits:
          case-deadline: 15m
          lease: 10s
          retry-first: 500ms
          retry-longest: 60s

        """,
        "triage.yaml": """
        words:
          bad:
            - bad, worse
        particulars:
          order: ["A-####+"]
        departments:
          - name: billing
            matters:
              - name: charges
                strong:
                  - charged twice
                  - <bad> price
          - name: technical
            matters:
              - name: faults
                weak: [broken, fault*]
        displeasure:
          - wrong

        """,
        "mesh.yaml": """
        coordinator:
          bind: tcp://127.0.0.1:7700
          data: redress-data
        departments:
          - name: billing
            workers: 2
            concurrency: 4
            sample: true
          - name: technical
            exec: [redress, sample]

        """,
    ]

    /// The files of the configuration that ships.
    static let shipped = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Config").path

    /// The folder.
    let url: URL

    /// What `body` makes of a folder of its own, which is gone afterwards.
    static func with<Value>(_ body: (Self) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("redress-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(Self(url: folder))
    }

    /// Writes `files`.
    func write(_ files: [String: Data]) throws {
        for (name, bytes) in files { try bytes.write(to: url.appendingPathComponent(name)) }
    }

    /// What reading the folder gives.
    func read() -> Result<Configuration, ConfigurationError> {
        Result { () throws(ConfigurationError) in try Configuration.read(folder: url.path) }
    }

    /// What reading `files` gives.
    static func read(_ files: [String: Data]) throws -> Result<Configuration, ConfigurationError> {
        try with {
            try $0.write(files)
            return $0.read()
        }
    }

    /// What reading the valid files gives, with `text` in the place of one of them, or without it where that is nil.
    static func read(_ name: String, _ text: String?) throws -> Result<Configuration, ConfigurationError> {
        var files = valid.mapValues { Data($0.utf8) }
        files[name] = text.map { Data($0.utf8) }
        return try read(files)
    }
}

extension Result where Failure == ConfigurationError {
    /// What was wrong, or nil where nothing was.
    var error: ConfigurationError? {
        guard case .failure(let error) = self else { return nil }
        return error
    }

    /// The faults; none where nothing was wrong.
    var faults: [ConfigurationError.Fault] { error?.faults ?? [] }
}
