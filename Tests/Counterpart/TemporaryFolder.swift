internal import Foundation

/// A folder that is gone, with all that is in it, when nobody holds it any more.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/redress-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { bytes in
            bytes.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
        }
    }

    deinit {
        if !path.isEmpty { try? FileManager.default.removeItem(atPath: path) }
    }
}
