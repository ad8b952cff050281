import Synchronization

/// A change as watchers share it: what one watcher had to encode, the others find here.
final class CommittedEvent: Sendable {
  private struct Cache {
    var departed: StoredObject?
    var frames: [WatchEvent.Kind: [UInt8]] = [:]
  }

  let change: StoreChange
  private let cache = Mutex(Cache())

  init(_ change: StoreChange) { self.change = change }

  /// What the event keeps alive, in bytes of encoded objects. What was before is mostly the object of an
  /// earlier event, and counted there.
  var cost: Int { change.object.bytes.count }

  /// The event as a watcher with that selector sees it; nil if it does not.
  ///
  /// An object that begins to match is added, and one that ceases to match is deleted: with the content
  /// that last matched and the revision of the change, as in the real server's watch cache.
  func seen(_ matches: ((StoredObject) -> Bool)?) -> WatchEvent? {
    let before = change.previous.map { matches?($0) ?? true } ?? false
    let after = change.kind == .deleted ? false : matches?(change.object) ?? true
    switch (before, after) {
    case (false, false): return nil
    case (false, true): return WatchEvent(.added, change.object, self)
    case (true, true): return WatchEvent(.modified, change.object, self)
    case (true, false): return WatchEvent(.deleted, departed, self)
    }
  }

  /// The line of the event in a watch answer, made once for all watchers.
  func frame(_ kind: WatchEvent.Kind, _ object: StoredObject) -> [UInt8] {
    cache.withLock { cache in
      if let frame = cache.frames[kind] { return frame }
      let frame = WatchEvent.frame(kind, object)
      cache.frames[kind] = frame
      return frame
    }
  }

  /// The object as a watcher sees it go.
  private var departed: StoredObject {
    guard change.kind != .deleted, let previous = change.previous else { return change.object }
    return cache.withLock { cache in
      if let departed = cache.departed { return departed }
      let departed = PreparedObject(previous.value).stored(at: previous.key, revision: change.revision)
      cache.departed = departed
      return departed
    }
  }
}
