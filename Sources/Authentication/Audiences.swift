import Values

/// Lists of audiences: for whom a token is meant (RFC 7519 section 4.1.3).
enum Audiences {
  /// Those of the first list that are in the second, in the order of the first. The second's texts are given: they
  /// outlive a token, and texts of the same storage are the quickest to compare.
  static func intersection(_ a: [String], _ b: [String]) -> [String] {
    a.compactMap { one in b.first { $0 == one } }
  }

  /// As Go prints a list of strings with `%q`: `["a" "b"]`.
  static func quoted(_ list: [String]) -> String {
    "[" + list.map(GoText.quoted).joined(separator: " ") + "]"
  }
}

/// Makes tokens that know nothing of audiences count as meant for the API server
/// (k8s.io/apiserver/pkg/authentication/authenticator WrapAudienceAgnosticToken).
public struct AudienceAgnosticAuthenticator: TokenAuthenticator {
  private let inner: any TokenAuthenticator
  private let apiAudiences: [String]

  /// - Parameter apiAudiences: the audiences that the API server answers to (`--api-audiences`).
  public init(_ inner: any TokenAuthenticator, apiAudiences: [String]) {
    self.inner = inner
    self.apiAudiences = apiAudiences
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    let common = Audiences.intersection(apiAudiences, audiences ?? apiAudiences)
    if audiences != nil, common.isEmpty { return nil }
    guard var result = try await inner.authenticate(token: token, audiences: audiences, &notes) else {
      return nil
    }
    if result.audiences == nil, audiences != nil { result.audiences = common }
    return result
  }
}
