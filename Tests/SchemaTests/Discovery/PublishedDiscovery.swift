import Foundation
import Values

/// What a real server sent, where a folder with it is beside the repository.
enum PublishedDiscovery {
  static let documents: Object? = {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = repository.appending(path: "../shared/kubernetes-1.36/discovery.json")
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? JSON.parse([UInt8](data)).object
  }()
}
