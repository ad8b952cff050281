import Foundation

/// Where things are in a check-out of this repository.
public enum Repository {
  /// The folder with Package.swift.
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A file or folder of the repository.
  /// - Parameter path: relative to the root, such as `config/examples`.
  public static func path(_ path: String) -> String { root.appendingPathComponent(path).path }

  /// A folder for what tests keep from one run to the next; it is made where it is missing.
  public static func cache(_ name: String) -> String {
    let folder = path(".build/tests/\(name)")
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  /// The command `drydock`, which is built together with the tests and lies beside them.
  public static let drydock: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("drydock").path
  }()
}
