import Foundation
import RedressStore

/// A folder for one test, removed with everything in it when the test lets go of it.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "redress-store-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A data folder in it.
    func folder(_ name: String = "data") -> DataFolder { DataFolder(path + "/" + name) }
}
