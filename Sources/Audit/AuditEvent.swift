import Authentication
import Values

/// What happened, at one stage of a request (audit.k8s.io/v1 Event). It holds what the request path had at
/// hand; text is made of it by ``AuditEventEncoder``, as a rule on another thread.
public struct AuditEvent: Sendable {
  /// What the request is about.
  public struct ObjectReference: Sendable, Equatable {
    public var resource: String
    public var namespace: String
    public var name: String
    public var uid: String
    public var apiGroup: String
    public var apiVersion: String
    public var resourceVersion: String
    public var subresource: String

    public init(
      resource: String = "", namespace: String = "", name: String = "", uid: String = "",
      apiGroup: String = "", apiVersion: String = "", resourceVersion: String = "", subresource: String = ""
    ) {
      self.resource = resource
      self.namespace = namespace
      self.name = name
      self.uid = uid
      self.apiGroup = apiGroup
      self.apiVersion = apiVersion
      self.resourceVersion = resourceVersion
      self.subresource = subresource
    }
  }

  /// How the request was answered.
  public struct Response: Sendable {
    public var code: Int
    /// What is said where the answer is no Status; may be empty.
    public var message: String
    /// The answer's body, for the Status that it may be and, at the level RequestResponse, as an object.
    public var body: AuditBody?

    public init(code: Int, message: String = "", body: AuditBody? = nil) {
      self.code = code
      self.message = message
      self.body = body
    }
  }

  public var level: AuditLevel
  public var auditID: String
  public var stage: AuditStage
  public var requestURI: String
  public var verb: String
  /// Who sent the request.
  public var user: UserInfo
  /// As whom it was carried out, where that is somebody else.
  public var impersonatedUser: UserInfo?
  /// The verb that allowed the impersonation, where it is a constrained one.
  public var impersonationConstraint: String?
  public var sourceIPs: [String]
  public var userAgent: String
  public var objectReference: ObjectReference?
  public var response: Response?
  /// What the request brought: shown from the level Request on.
  public var requestObject: AuditBody?
  public var requestReceived: Timestamp
  public var stageTime: Timestamp
  /// By key; the first value of a key counts.
  public var annotations: [(key: String, value: String)]
  public var omitsManagedFields: Bool
  /// The answer's body only says its status: as an object it was too large.
  var isResponseObjectOmitted = false

  public init(level: AuditLevel, auditID: String, requestURI: String, verb: String, user: UserInfo) {
    self.level = level
    self.auditID = auditID
    self.requestURI = requestURI
    self.verb = verb
    self.user = user
    stage = .requestReceived
    sourceIPs = []
    userAgent = ""
    requestReceived = .now
    stageTime = requestReceived
    annotations = []
    omitsManagedFields = false
  }
}
