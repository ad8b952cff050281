import Schema

/// Why the store did not do what it was asked.
public enum StoreError: Error, Sendable {
  /// There is no object of that key.
  case notFound
  /// An object of that key is there already.
  case alreadyExists
  /// The object is at another revision than the caller said.
  case conflict(current: StoredObject)
  /// The revision is no longer in the history; `oldest` is the first from which one can go on.
  case expired(requested: UInt64, oldest: UInt64)
  /// The revision is not reached yet.
  case futureRevision(requested: UInt64, current: UInt64)
  /// The continue token was not made by a server; the message begins `continue key is not valid`.
  case invalidContinue(String)
  /// The object has more bytes than the store takes.
  case tooLarge
  /// The watcher did not take its events in time and was ended.
  case slowWatcher
}

/// What the real server says about lists, continue tokens and versions.
public enum StoreMessage {
  /// 400, before the reason why the token is not valid.
  public static let invalidContinueToken = "invalid continue token: "
  /// 400, before the reason why the resourceVersion is not valid.
  public static let invalidResourceVersion = "invalid resource version: "
  /// 400 for a continue token together with a resourceVersion other than 0.
  public static let versionWithContinue = "specifying resource version is not allowed when using continue"
  /// 410 for a list with resourceVersionMatch=Exact.
  public static let listExpired = "The resourceVersion for the provided list is too old."
  /// 410 for a continue token; the answer's `metadata.continue` is ``ContinueToken/inconsistent``.
  public static let continueExpired =
    "The provided continue parameter is too old to display a consistent list result. You can start a new "
    + "list without the continue parameter, or use the continue token in this response to retrieve the "
    + "remainder of the results. Continuing with the provided token results in an inconsistent list - "
    + "objects that were created, modified, or deleted between the time the first chunk was returned and "
    + "now may show up in the list."

  /// 500 for an object that is too large.
  public static let objectTooLarge = "etcdserver: request is too large"

  /// 410 for a watch.
  public static func tooOld(_ requested: UInt64, oldest: UInt64) -> String {
    "too old resource version: \(requested) (\(oldest))"
  }

  /// 504 for a get, a list or a watch.
  public static func tooLarge(_ requested: UInt64, current: UInt64) -> String {
    "Timeout: Too large resource version: \(requested), current: \(current)"
  }
}

extension StoreError {
  /// The failure as a client sees it. `expired` is told as for a watch: a list says
  /// ``StoreMessage/listExpired`` or ``StoreMessage/continueExpired`` instead.
  public func status(_ resource: GroupResource, _ name: String) -> StatusError {
    switch self {
    case .notFound: .notFound(resource, name)
    case .alreadyExists: .alreadyExists(resource, name)
    case .conflict: .modified(resource, name)
    case .expired(let requested, let oldest): .expired(StoreMessage.tooOld(requested, oldest: oldest))
    case .futureRevision(let requested, let current):
      StatusError(
        code: 504, reason: "Timeout", message: StoreMessage.tooLarge(requested, current: current),
        details: StatusError.Details(
          causes: [.init(reason: "ResourceVersionTooLarge", message: "Too large resource version")],
          retryAfterSeconds: 1))
    case .invalidContinue(let message): .badRequest(StoreMessage.invalidContinueToken + message)
    case .tooLarge: .unexpected(StoreMessage.objectTooLarge)
    case .slowWatcher: .internalError("the watch was ended because its events were not read in time")
    }
  }
}
