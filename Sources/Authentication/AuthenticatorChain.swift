import Security

/// All authenticators in the order in which the API server asks them
/// (kubernetes/pkg/kubeapiserver/authenticator).
///
/// Certificates come before tokens, and whoever is recognised joins `system:authenticated`. Anonymous
/// requests come last, and only where nothing else was tried in vain.
public struct AuthenticatorChain: RequestAuthenticator {
  /// What the server was told to use; all of it may be missing.
  public struct Members: Sendable {
    public var requestHeader: RequestHeaderAuthenticator?
    public var x509: X509Authenticator?
    /// In order: token file, legacy and bound service account tokens, bootstrap, OIDC, webhook.
    public var tokens: [any TokenAuthenticator] = []
    /// Of an embedding program: asked after all others, before anonymous.
    public var others: [any RequestAuthenticator] = []
    public var anonymous: AnonymousAuthenticator?

    public init() {}
  }

  private let members: any RequestAuthenticator

  /// - Parameter tokenCache: how token authenticators are cached; nil asks them every time.
  public init(
    _ members: Members,
    tokenCache: ((any TokenAuthenticator) -> CachedTokenAuthenticator)? = { CachedTokenAuthenticator($0) }
  ) {
    var requests: [any RequestAuthenticator] = []
    if let requestHeader = members.requestHeader { requests.append(requestHeader) }
    if let x509 = members.x509 { requests.append(x509) }
    if !members.tokens.isEmpty {
      let union = UnionTokenAuthenticator(members.tokens)
      let tokens: any TokenAuthenticator = tokenCache?(union) ?? union
      requests.append(BearerTokenAuthenticator(tokens))
      requests.append(WebSocketTokenAuthenticator(tokens))
    }
    requests += members.others
    var chain: [any RequestAuthenticator] = []
    if !requests.isEmpty { chain.append(GroupAdder(UnionAuthenticator(requests))) }
    if let anonymous = members.anonymous { chain.append(anonymous) }
    self.members = UnionAuthenticator(chain, failsOnError: true)
  }

  /// The real server asks about the tokens of its own clients before everything else. There are none here, so
  /// that nothing remains of that but what it says of every other token.
  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    do throws(AuthenticationError) {
      if let result = try await members.authenticate(request, &notes) { return result }
    } catch {
      throw AuthenticationError(Self.ownClientsError(request, &notes) + error.messages)
    }
    let messages = Self.ownClientsError(request, &notes)
    if !messages.isEmpty { throw AuthenticationError(messages) }
    return nil
  }

  private static func ownClientsError(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) -> [String] {
    let token = BearerTokenAuthenticator.token(request.headers["Authorization"] ?? "", &notes)
    return token == nil ? [] : BearerTokenAuthenticator.invalidToken.messages
  }
}
