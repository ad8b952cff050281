/// What a ``Watch`` delivers: metav1.WatchEvent before its object is put into the client's version.
public struct WatchEvent: Sendable {
  /// The `type` of the event, by its name on the wire.
  public enum Kind: String, Sendable, Hashable {
    case added = "ADDED"
    case modified = "MODIFIED"
    case deleted = "DELETED"
    case bookmark = "BOOKMARK"
    case error = "ERROR"
  }

  public let type: Kind
  /// The object; nil for a bookmark and an error. Its revision is that of the event, but for an object
  /// that was there when the watch began, which has its own.
  public let object: StoredObject?
  /// The revision up to which the watcher knows everything once it has this event; of an object that was
  /// there when the watch began, the object's own.
  public let revision: UInt64
  /// Whether this is the bookmark behind the objects that were there when the watch began
  /// (annotation `k8s.io/initial-events-end`, KEP-3157).
  public let isInitialEventsEnd: Bool
  /// Why the watch ends; only with the type `error`, the last event.
  public let error: StoreError?
  private let shared: CommittedEvent?

  init(_ type: Kind, _ object: StoredObject, _ shared: CommittedEvent? = nil) {
    self.type = type
    self.object = object
    revision = object.revision
    isInitialEventsEnd = false
    error = nil
    self.shared = shared
  }

  private init(_ type: Kind, revision: UInt64, isInitialEventsEnd: Bool, error: StoreError?) {
    self.type = type
    object = nil
    self.revision = revision
    self.isInitialEventsEnd = isInitialEventsEnd
    self.error = error
    shared = nil
  }

  static func bookmark(_ revision: UInt64, isInitialEventsEnd: Bool = false) -> WatchEvent {
    WatchEvent(.bookmark, revision: revision, isInitialEventsEnd: isInitialEventsEnd, error: nil)
  }

  static func failure(_ error: StoreError) -> WatchEvent {
    WatchEvent(.error, revision: 0, isInitialEventsEnd: false, error: error)
  }

  /// The line of a JSON watch answer with the object as it is stored, `{"type":…,"object":…}` and a line
  /// feed; nil without an object. It is encoded once for all watchers of a change.
  public var frame: [UInt8]? {
    guard let object else { return nil }
    return shared?.frame(type, object) ?? Self.frame(type, object)
  }

  static func frame(_ kind: Kind, _ object: StoredObject) -> [UInt8] {
    let head = "{\"type\":\"\(kind.rawValue)\",\"object\":"
    var line: [UInt8] = []
    line.reserveCapacity(head.utf8.count + object.bytes.count + 2)
    line.append(contentsOf: head.utf8)
    line.append(contentsOf: object.bytes)
    line.append(UInt8(ascii: "}"))
    line.append(UInt8(ascii: "\n"))
    return line
  }
}
