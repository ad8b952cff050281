import Values

/// A failure as clients see it: metav1.Status (Kubernetes API conventions, "Response Status Kind").
public struct StatusError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One of the findings behind a failure.
  public struct Cause: Sendable, Equatable {
    public var reason: String
    public var message: String
    public var field: String

    public init(reason: String = "", message: String, field: String = "") {
      self.reason = reason
      self.message = message
      self.field = field
    }
  }

  /// What the failure is about. Nil members and empty texts are left out of the answer.
  public struct Details: Sendable, Equatable {
    public var name = ""
    public var group = ""
    /// The resource for most reasons, the kind for `Invalid`.
    public var kind = ""
    public var uid = ""
    public var causes: [Cause] = []
    public var retryAfterSeconds = 0

    public init(
      name: String = "", group: String = "", kind: String = "", uid: String = "", causes: [Cause] = [],
      retryAfterSeconds: Int = 0
    ) {
      self.name = name
      self.group = group
      self.kind = kind
      self.uid = uid
      self.causes = causes
      self.retryAfterSeconds = retryAfterSeconds
    }
  }

  /// The HTTP status code.
  public var code: Int
  /// A word for programs, such as `NotFound`; may be empty.
  public var reason: String
  /// A sentence for people.
  public var message: String
  /// Nil leaves `details` out; an empty one is sent as `{}`.
  public var details: Details?
  /// `metadata.continue`: how a list whose token has expired can go on; may be empty.
  public var continueToken = ""

  public init(code: Int, reason: String, message: String, details: Details? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    self.details = details
  }

  public var description: String { message }

  /// The Status object that is sent.
  public var value: Value {
    var status: Object = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
      "message": .string(message),
    ]
    if message.isEmpty { status["message"] = nil }
    if !continueToken.isEmpty { status["metadata"] = ["continue": .string(continueToken)] }
    if !reason.isEmpty { status["reason"] = .string(reason) }
    if let details { status["details"] = .object(details.object) }
    status["code"] = .int(Int64(code))
    return .object(status)
  }
}

extension StatusError.Details {
  var object: Object {
    var object = Object()
    for (key, text) in [("name", name), ("group", group), ("kind", kind), ("uid", uid)] where !text.isEmpty {
      object[key] = .string(text)
    }
    if !causes.isEmpty {
      object["causes"] = .array(
        causes.map { cause in
          var one = Object()
          if !cause.reason.isEmpty { one["reason"] = .string(cause.reason) }
          if !cause.message.isEmpty { one["message"] = .string(cause.message) }
          if !cause.field.isEmpty { one["field"] = .string(cause.field) }
          return .object(one)
        })
    }
    if retryAfterSeconds > 0 { object["retryAfterSeconds"] = .int(Int64(retryAfterSeconds)) }
    return object
  }
}
