import Synchronization

/// The files that commands wrote in containers, kept in memory for the commands after them. They are bounded:
/// where there is no more room the container's disk is full, and whose files were used longest ago loses them
/// where all containers together have too many.
final class ContainerFiles: Sendable {
  static let maximumOfContainer = 8 << 20
  private static let maximumOfAll = 64 << 20
  private static let maximumContainers = 1024

  /// A container of a pod, which is another one when the pod is made anew.
  struct Key: Hashable, Sendable {
    var pod: String
    var container: String
  }

  private struct Kept {
    var files: [String: [UInt8]] = [:]
    var bytes = 0
    var lastUse = 0
  }

  private struct State {
    var containers: [Key: Kept] = [:]
    var bytes = 0
    var clock = 0
  }

  private let state = Mutex(State())

  func files(of key: Key) -> [String: [UInt8]] {
    state.withLock { state in
      state.clock += 1
      state.containers[key]?.lastUse = state.clock
      return state.containers[key]?.files ?? [:]
    }
  }

  /// Keeps a file.
  /// - Returns: false where there is no room for it.
  func write(_ path: String, _ content: [UInt8], of key: Key) -> Bool {
    state.withLock { state in
      var kept = state.containers[key] ?? Kept()
      let change = Self.cost(path, content) - (kept.files[path].map { Self.cost(path, $0) } ?? 0)
      guard kept.bytes + change <= Self.maximumOfContainer else { return false }
      state.clock += 1
      kept.files[path] = content
      kept.bytes += change
      kept.lastUse = state.clock
      state.containers[key] = kept
      state.bytes += change
      while state.bytes > Self.maximumOfAll || state.containers.count > Self.maximumContainers,
        let oldest = state.containers.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.bytes -= oldest.value.bytes
        state.containers[oldest.key] = nil
      }
      return true
    }
  }

  private static func cost(_ path: String, _ content: [UInt8]) -> Int { path.utf8.count + content.count + 64 }
}
