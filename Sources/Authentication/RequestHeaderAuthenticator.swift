import Security
import Values

/// Believes the user that a front proxy names in header fields, where the proxy shows a certificate of its
/// own (k8s.io/apiserver/pkg/authentication/request/headerrequest).
public struct RequestHeaderAuthenticator: RequestAuthenticator {
  /// The flags `--requestheader-…`.
  public struct Configuration: Sendable, Equatable {
    /// Common names that a proxy's certificate may have; none allows any.
    public var allowedNames: [String]
    /// Fields with the user's name; the first that is there counts.
    public var usernameHeaders: [String]
    public var uidHeaders: [String]
    public var groupHeaders: [String]
    public var extraHeaderPrefixes: [String]

    public init(
      allowedNames: [String] = [], usernameHeaders: [String] = ["X-Remote-User"],
      uidHeaders: [String] = ["X-Remote-Uid"], groupHeaders: [String] = ["X-Remote-Group"],
      extraHeaderPrefixes: [String] = ["X-Remote-Extra-"]
    ) {
      self.allowedNames = allowedNames
      self.usernameHeaders = usernameHeaders
      self.uidHeaders = uidHeaders
      self.groupHeaders = groupHeaders
      self.extraHeaderPrefixes = extraHeaderPrefixes
    }

    /// Whether a field of that name is one of these.
    public func concerns(_ name: String) -> Bool {
      usernameHeaders.contains { HeaderFields.same(name, $0) }
        || uidHeaders.contains { HeaderFields.same(name, $0) }
        || groupHeaders.contains { HeaderFields.same(name, $0) }
        || extraHeaderPrefixes.contains { HeaderFields.begins(name, with: $0) }
    }
  }

  private let trust: @Sendable () -> ClientTrust
  private let configuration: Configuration

  /// - Parameter trust: the authorities of `--requestheader-client-ca-file` as they are now.
  public init(
    configuration: Configuration = Configuration(), trust: @escaping @Sendable () -> ClientTrust
  ) {
    self.trust = trust
    self.configuration = configuration
  }

  /// Trusts the same authorities all the time.
  public init(verifier: CertificateVerifier, configuration: Configuration = Configuration()) {
    let trust = ClientTrust(verifier)
    self.init(configuration: configuration) { trust }
  }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard let leaf = request.peerCertificates.first else { return nil }
    if let problem = trust().problem(request.peerCertificates) {
      throw AuthenticationError(problem.description)
    }
    let name = leaf.subject.commonName
    if !configuration.allowedNames.isEmpty, !configuration.allowedNames.contains(name) {
      throw AuthenticationError("x509: subject with cn=\(name) is not in the allowed list")
    }
    guard let user = user(request.headers) else { return nil }
    return AuthenticationResult(user: user, authenticator: "request-header")
  }

  private func user(_ headers: HeaderFields) -> UserInfo? {
    guard
      let name = configuration.usernameHeaders.lazy.compactMap({ headers[$0] }).first(where: { !$0.isEmpty })
    else { return nil }
    var user = UserInfo(name: name)
    user.uid = configuration.uidHeaders.lazy.compactMap { headers[$0] }.first { !$0.isEmpty } ?? ""
    user.groups = configuration.groupHeaders.flatMap { headers.values($0) }.filter { !$0.isEmpty }
    for prefix in configuration.extraHeaderPrefixes {
      for (key, value) in headers.suffixes(of: prefix) {
        user.extra[PercentEncoding.decode(key) ?? key, default: []].append(value)
      }
    }
    return user
  }
}
