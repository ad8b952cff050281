import Values

/// The file of `--authorization-config` (AuthorizationConfiguration, apiserver.config.k8s.io; KEP-3221): which
/// authorizers are asked, in order. The three versions have the same fields.
public struct AuthorizationConfiguration: Sendable, Equatable {
  public var authorizers: [AuthorizerConfiguration]

  public init(authorizers: [AuthorizerConfiguration]) { self.authorizers = authorizers }
}

/// One authorizer of the chain.
public struct AuthorizerConfiguration: Sendable, Equatable {
  /// A mode: `Node`, `RBAC`, `ABAC`, `Webhook`, `AlwaysAllow`, `AlwaysDeny`.
  public var type: String
  /// For logs and metrics; the type in lower case but for webhooks.
  public var name: String
  /// For the type `Webhook` only.
  public var webhook: WebhookAuthorizerConfiguration?

  public init(type: String, name: String, webhook: WebhookAuthorizerConfiguration? = nil) {
    self.type = type
    self.name = name
    self.webhook = webhook
  }
}

/// How a webhook is asked (apiserver.config.k8s.io WebhookConfiguration).
public struct WebhookAuthorizerConfiguration: Sendable, Equatable {
  /// How long "allowed" is remembered.
  public var authorizedTTL = Duration.seconds(300)
  public var cachesAuthorizedRequests = true
  /// How long "not allowed" is remembered.
  public var unauthorizedTTL = Duration.seconds(30)
  public var cachesUnauthorizedRequests = true
  /// Of one call.
  public var timeout = Duration.seconds(30)
  /// `v1` or `v1beta1`.
  public var subjectAccessReviewVersion = "v1beta1"
  /// Of what conditions speak: `v1`; empty where there are none.
  public var matchConditionSubjectAccessReviewVersion = ""
  /// What counts when the webhook can't be asked.
  public var failurePolicy = WebhookAuthorizer.FailurePolicy.noOpinion
  /// The kubeconfig file that tells where the webhook is and how to log in there.
  public var kubeConfigFile = ""
  /// Expressions (Common Expression Language) over the review: the webhook is asked where all are true.
  public var matchConditions: [String] = []

  public init() {}

  /// How long each answer is remembered; zero for not at all.
  public var effectiveAuthorizedTTL: Duration { cachesAuthorizedRequests ? authorizedTTL : .zero }
  public var effectiveUnauthorizedTTL: Duration { cachesUnauthorizedRequests ? unauthorizedTTL : .zero }
}

/// Why authorization can't be set up as configured, in the real server's words.
public struct AuthorizationConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}
