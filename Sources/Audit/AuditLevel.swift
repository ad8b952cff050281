/// How much of a request is recorded (Kubernetes documentation, "Auditing", audit policy).
public enum AuditLevel: Int, Sendable, Comparable, CaseIterable {
  case none, metadata, request, requestResponse

  /// `None`, `Metadata`, `Request` or `RequestResponse`.
  public var name: String {
    switch self {
    case .none: "None"
    case .metadata: "Metadata"
    case .request: "Request"
    case .requestResponse: "RequestResponse"
    }
  }

  /// The level of that name; nil where there is none.
  public init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  public static func < (a: AuditLevel, b: AuditLevel) -> Bool { a.rawValue < b.rawValue }
}

/// How far a request has come when an event tells of it.
public enum AuditStage: String, Sendable, CaseIterable {
  case requestReceived = "RequestReceived"
  /// Of long-running requests: the headers of the answer are ready, its body is not yet.
  case responseStarted = "ResponseStarted"
  case responseComplete = "ResponseComplete"
  /// Known so that policies can name it. Nothing is ever in this stage: a trap ends a Swift process.
  case panic = "Panic"
}
