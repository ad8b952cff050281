import Security

/// What a request shows of who sent it.
public struct AuthenticationRequest: Sendable {
  /// The path without the query.
  public var path: String
  public var headers: HeaderFields
  /// The client's certificates as TLS received them, its own first; none are verified yet.
  public var peerCertificates: [Certificate]
  /// For whom a token must be meant. Nil asks for tokens meant for the API server.
  public var audiences: [String]?

  public init(
    path: String = "/", headers: HeaderFields = [:], peerCertificates: [Certificate] = [],
    audiences: [String]? = nil
  ) {
    self.path = path
    self.headers = headers
    self.peerCertificates = peerCertificates
    self.audiences = audiences
  }
}

/// Somebody was recognised.
public struct AuthenticationResult: Sendable, Equatable {
  public var user: UserInfo
  /// For whom the credential is meant, of those that were asked for; nil where it doesn't say.
  public var audiences: [String]?
  /// The authenticator that decided, by its name in traces.
  public var authenticator: String

  public init(user: UserInfo, audiences: [String]? = nil, authenticator: String) {
    self.user = user
    self.audiences = audiences
    self.authenticator = authenticator
  }
}

/// What authenticators have to say besides their answer, whether or not they recognised somebody.
public struct AuthenticationNotes: Sendable, Equatable {
  /// For the client: texts of `Warning` headers.
  public var warnings: [String]
  /// For the audit event.
  public var auditAnnotations: [String: String]

  public init(warnings: [String] = [], auditAnnotations: [String: String] = [:]) {
    self.warnings = warnings
    self.auditAnnotations = auditAnnotations
  }

  /// Adds a warning that is not there yet.
  mutating func warn(_ text: String) {
    if !warnings.contains(text) { warnings.append(text) }
  }

  mutating func merge(_ other: AuthenticationNotes) {
    for text in other.warnings { warn(text) }
    auditAnnotations.merge(other.auditAnnotations) { _, new in new }
  }
}

/// A credential was there and is no good. Clients see only 401 Unauthorized; the texts are for TokenReview
/// and logs, and never hold a token.
public struct AuthenticationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What each authenticator found wrong, each text once.
  public var messages: [String]

  public init(_ message: String) { messages = [message] }

  public init(_ messages: [String]) {
    var seen = Set<String>()
    self.messages = messages.filter { seen.insert($0).inserted }
  }

  /// One message as it is, several as `[a, b]`.
  public var description: String {
    messages.count == 1 ? messages[0] : "[\(messages.joined(separator: ", "))]"
  }
}

/// Finds out who sent a request.
public protocol RequestAuthenticator: Sendable {
  /// - Returns: who it is, or nil where the request shows nothing that this authenticator knows.
  /// - Throws: where it shows a credential that is no good.
  func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult?
}

/// Finds out whose a bearer token is.
public protocol TokenAuthenticator: Sendable {
  /// - Parameter audiences: for whom the token must be meant; nil for the API server.
  /// - Returns: whose it is, or nil where the token is not of the kind that this authenticator knows.
  /// - Throws: where it is of that kind and no good.
  func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult?
}
