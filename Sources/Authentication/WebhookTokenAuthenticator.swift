import Logging
import Values
import Webhook

/// Asks a webhook whose a token is, by TokenReview (Kubernetes documentation, Webhook Token Authentication;
/// k8s.io/apiserver/plugin/pkg/authenticator/token/webhook). To be wrapped in a ``CachedTokenAuthenticator``.
public struct WebhookTokenAuthenticator: TokenAuthenticator {
  private let webhook: GenericWebhook
  private let version: ReviewVersion
  private let apiAudiences: [String]
  private let logger: Logger?

  /// - Parameters:
  ///   - version: what the webhook is asked in, and must answer in.
  ///   - apiAudiences: for whom a token is meant when the webhook doesn't say.
  public init(
    webhook: GenericWebhook, version: ReviewVersion = .v1beta1, apiAudiences: [String], logger: Logger? = nil
  ) {
    self.webhook = webhook
    self.version = version
    self.apiAudiences = apiAudiences
    self.logger = logger
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    let wanted = audiences ?? apiAudiences
    let status: Value?
    do throws(WebhookError) {
      status = try await webhook.review(review(token, wanted))["status"]
    } catch {
      let text = Self.withoutToken(error.description, token)
      logger?.error("Failed to make webhook authenticator request: \(text)")
      throw AuthenticationError(text)
    }
    var common: [String]?
    if !wanted.isEmpty {
      let meant = status?["audiences"]?.strings ?? []
      let both = Audiences.intersection(wanted, meant.isEmpty ? apiAudiences : meant)
      if both.isEmpty { return nil }
      common = both
    }
    guard status?["authenticated"]?.bool == true else {
      guard let error = status?["error"]?.string, !error.isEmpty else { return nil }
      throw AuthenticationError(Self.withoutToken(error, token))
    }
    return AuthenticationResult(
      user: UserInfo(status?["user"]), audiences: common, authenticator: "webhook")
  }

  private func review(_ token: String, _ audiences: [String]) -> Value {
    var spec: Object = ["token": .string(token)]
    if !audiences.isEmpty { spec["audiences"] = Value(audiences) }
    return [
      "kind": "TokenReview", "apiVersion": .string("authentication.k8s.io/\(version.rawValue)"),
      "metadata": [:], "spec": .object(spec), "status": ["user": [:]],
    ]
  }

  /// A webhook may repeat the token in its error; logs and reviews must not.
  private static func withoutToken(_ text: String, _ token: String) -> String {
    token.isEmpty ? text : text.replacing(token, with: "[token]")
  }
}
