import Authentication
import Logging
import Security
import Values
import Webhook

/// Asks a webhook by SubjectAccessReview, and remembers its answers for a while (Kubernetes documentation,
/// Webhook Mode; k8s.io/apiserver/plugin/pkg/authorizer/webhook).
public final class WebhookAuthorizer: Authorizer, RuleResolver {
  /// What counts when the webhook can't be asked.
  public enum FailurePolicy: String, Sendable {
    case noOpinion = "NoOpinion"
    case deny = "Deny"
  }

  /// Whether a request is one that the webhook is asked about.
  public enum Match: Sendable, Equatable {
    case matches
    case excluded
    /// A condition can't be evaluated and none excludes the request.
    case failed(String)
  }

  /// Decides by the attributes and by the review's v1 `spec`, which match conditions in CEL call `request`.
  public typealias MatchConditions = @Sendable (AuthorizationAttributes, _ spec: Value) async -> Match

  public struct Settings: Sendable {
    public var version: ReviewVersion
    /// For how many seconds an allowed request is remembered; 0 for not at all.
    public var authorizedSeconds: Int64
    /// For how many seconds any other answer is remembered.
    public var unauthorizedSeconds: Int64
    public var failurePolicy: FailurePolicy

    /// The defaults of `--authorization-webhook-version` and the flags beside it.
    public init(
      version: ReviewVersion = .v1beta1, authorizedSeconds: Int64 = 300, unauthorizedSeconds: Int64 = 30,
      failurePolicy: FailurePolicy = .noOpinion
    ) {
      self.version = version
      self.authorizedSeconds = authorizedSeconds
      self.unauthorizedSeconds = unauthorizedSeconds
      self.failurePolicy = failurePolicy
    }
  }

  /// One question that was put to the webhook, for metrics
  /// (`apiserver_authorization_webhook_evaluations_total` and its neighbours).
  public struct Evaluation: Sendable {
    /// The authorizer's name in the configuration.
    public var name: String
    /// `success`, `canceled`, `timeout` or `error`.
    public var result: String
    public var duration: Duration
    /// The webhook could not be asked, and the next authorizer decides.
    public var failedOpen: Bool
  }

  private struct Answer: Sendable {
    var isAllowed: Bool
    var isDenied: Bool
    var reason: String
  }

  /// Requests whose attributes are longer are not remembered: they may be meant to fill the memory.
  private static let maximumAttributeBytes = 10_000
  /// As are answers with longer reasons.
  private static let maximumReasonBytes = 10_000
  private static let cacheCapacity = 8192

  /// The authorizer's name in the configuration.
  public let name: String
  private let webhook: GenericWebhook
  private let settings: Settings
  private let matches: MatchConditions?
  private let onEvaluation: (@Sendable (Evaluation) -> Void)?
  private let logger: Logger?
  private let now: @Sendable () -> Timestamp
  private let answers = ExpiringCache<[UInt8], Answer>(capacity: cacheCapacity)

  /// - Parameters:
  ///   - matches: whether the webhook is asked at all; always when nil.
  ///   - onEvaluation: hears of every question that was not answered from memory.
  public init(
    name: String = "webhook", webhook: GenericWebhook, settings: Settings = Settings(),
    matches: MatchConditions? = nil, onEvaluation: (@Sendable (Evaluation) -> Void)? = nil,
    logger: Logger? = nil, now: @escaping @Sendable () -> Timestamp = { .now }
  ) {
    self.name = name
    self.webhook = webhook
    self.settings = settings
    self.matches = matches
    self.onEvaluation = onEvaluation
    self.logger = logger
    self.now = now
  }

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    let spec = AccessReviewRequest.spec(attributes)
    switch await matches?(attributes, spec) ?? .matches {
    case .matches: break
    case .excluded: return AuthorizationDecision(.noOpinion, authorizer: "Webhook")
    case .failed(let error): return failed(error)
    }
    do throws(WebhookError) {
      return decision(try await answer(attributes, spec))
    } catch {
      logger?.error("Failed to make webhook authorizer request: \(error)")
      return failed(error.description)
    }
  }

  public func rules(for user: UserInfo, namespace: String) async -> RuleResolution {
    RuleResolution(
      isIncomplete: true, errors: ["webhook authorizer does not support user rule resolution"])
  }

  // MARK: Answers

  private func decision(_ answer: Answer) -> AuthorizationDecision {
    switch (answer.isDenied, answer.isAllowed) {
    case (true, true):
      AuthorizationDecision(
        .deny, reason: answer.reason,
        error: "webhook subject access review returned both allow and deny response", authorizer: "Webhook")
    case (true, false): AuthorizationDecision(.deny, reason: answer.reason, authorizer: "Webhook")
    case (false, true): AuthorizationDecision(.allow, reason: answer.reason, authorizer: "Webhook")
    case (false, false): AuthorizationDecision(.noOpinion, reason: answer.reason, authorizer: "Webhook")
    }
  }

  private func failed(_ error: String) -> AuthorizationDecision {
    AuthorizationDecision(
      settings.failurePolicy == .deny ? .deny : .noOpinion, error: error, authorizer: "Webhook")
  }

  private func answer(
    _ attributes: AuthorizationAttributes, _ spec: Value
  ) async throws(WebhookError) -> Answer {
    let key = Digest.sha256(JSON.encode(spec))
    if let known = answers.value(for: key, at: now()) { return known }
    let answer = try await ask(spec)
    if attributes.controlledBytes < Self.maximumAttributeBytes,
      answer.reason.utf8.count < Self.maximumReasonBytes
    {
      let seconds = answer.isAllowed ? settings.authorizedSeconds : settings.unauthorizedSeconds
      answers.set(answer, for: key, seconds: seconds, at: now())
    }
    return answer
  }

  private func ask(_ spec: Value) async throws(WebhookError) -> Answer {
    let start = ContinuousClock.now
    do throws(WebhookError) {
      let review = try await webhook.review(AccessReviewRequest.review(spec, settings.version))
      report("success", since: start)
      let status = review["status"]
      return Answer(
        isAllowed: status?["allowed"]?.bool ?? false, isDenied: status?["denied"]?.bool ?? false,
        reason: status?["reason"]?.string ?? "")
    } catch {
      report(error.metricResult, since: start)
      throw error
    }
  }

  private func report(_ result: String, since start: ContinuousClock.Instant) {
    let isFailure = result != "success" && result != "canceled"
    onEvaluation?(
      Evaluation(
        name: name, result: result, duration: ContinuousClock.now - start,
        failedOpen: isFailure && settings.failurePolicy == .noOpinion))
  }
}

extension AuthorizationAttributes {
  /// The bytes that the requester chose.
  fileprivate var controlledBytes: Int {
    [namespace, verb, apiGroup, apiVersion, resource, subresource, name, path].reduce(0) {
      $0 + $1.utf8.count
    }
  }
}
