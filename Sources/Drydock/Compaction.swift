import Store

/// Lets go of what a store no longer has to remember. Writes do that too, but a store may be left alone.
enum Compaction {
  /// Compacts the store at intervals until the task is cancelled.
  static func run(_ store: ObjectStore, every interval: Duration = .seconds(120)) async {
    while true {
      do { try await Task.sleep(for: interval) } catch { return }
      store.compact()
    }
  }
}
