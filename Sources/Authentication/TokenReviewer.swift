import Schema
import Values

/// Answers TokenReview: whose a token is (authentication.k8s.io/v1; kubernetes/pkg/registry/authentication).
public struct TokenReviewer: Sendable {
  private let authenticator: any RequestAuthenticator
  private let apiAudiences: [String]

  /// - Parameter authenticator: the one that requests go through.
  public init(_ authenticator: any RequestAuthenticator, apiAudiences: [String]) {
    self.authenticator = authenticator
    self.apiAudiences = apiAudiences
  }

  /// The status of a review with that specification.
  ///
  /// - Parameter notes: receives the audit annotations and warnings of the authenticators.
  /// - Throws: 400 without a token, 500 where the authenticator recognised a token for other audiences.
  public func review(_ spec: Value?, _ notes: inout AuthenticationNotes) async throws(StatusError) -> Value {
    guard let token = spec?["token"]?.string, !token.isEmpty else {
      throw .badRequest("token is required for TokenReview in authentication")
    }
    var audiences = spec?["audiences"]?.strings ?? []
    if audiences.isEmpty { audiences = apiAudiences }
    let request = AuthenticationRequest(
      headers: ["Authorization": "Bearer \(token)"], audiences: audiences.isEmpty ? nil : audiences)
    let result: AuthenticationResult?
    do throws(AuthenticationError) {
      result = try await authenticator.authenticate(request, &notes)
    } catch {
      return ["user": [:], "error": .string(error.description)]
    }
    guard let result else { return ["user": [:]] }
    return try status(result, audiences)
  }

  private func status(_ result: AuthenticationResult, _ wanted: [String]) throws(StatusError) -> Value {
    var status: Object = ["authenticated": true, "user": result.user.value]
    if !wanted.isEmpty, let meant = result.audiences {
      let common = Audiences.intersection(wanted, meant)
      // A credential for somebody else must never look like one for the reviewer.
      if common.isEmpty { throw .internalError("error validating audiences") }
      status["audiences"] = Value(common)
    }
    return .object(status)
  }
}

/// Answers SelfSubjectReview: who the caller is (authentication.k8s.io/v1).
public enum SelfSubjectReview {
  /// The status for a caller; an impersonated one is whom it impersonates.
  public static func status(_ user: UserInfo) -> Value { ["userInfo": user.value] }
}
