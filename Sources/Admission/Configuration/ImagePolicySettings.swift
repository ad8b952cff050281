import Schema
import Values
import Webhook

/// The plugin ImagePolicyWebhook's configuration, which has neither a kind nor a version.
public struct ImagePolicySettings: Sendable {
  /// How the webhook is reached.
  public var kubeconfig: WebhookKubeconfig
  /// For how many seconds a yes is remembered.
  public var allowSeconds: Int64
  /// For how many seconds a no is remembered.
  public var denySeconds: Int64
  /// The wait before the webhook is asked again after a failure that passes.
  public var retryBackoff: Duration
  /// Whether pods pass while the webhook gives no answer.
  public var defaultAllow: Bool

  public init(
    kubeconfig: WebhookKubeconfig, allowSeconds: Int64 = 300, denySeconds: Int64 = 30,
    retryBackoff: Duration = .milliseconds(500), defaultAllow: Bool = false
  ) {
    self.kubeconfig = kubeconfig
    self.allowSeconds = allowSeconds
    self.denySeconds = denySeconds
    self.retryBackoff = retryBackoff
    self.defaultAllow = defaultAllow
  }

  private static let fields: [String: ConfigurationDocument.Shape] = [
    "kubeConfigFile": .text, "allowTTL": .number, "denyTTL": .number, "retryBackoff": .number,
    "defaultAllow": .flag,
  ]

  /// The path of the kubeconfig in a document; nil where it names none.
  static func kubeconfigFile(_ value: Value) -> String? {
    guard let path = value["imagePolicy"]?["kubeConfigFile"]?.string, !path.isEmpty else { return nil }
    return path
  }

  /// Reads a document with the member `imagePolicy`.
  /// - Parameter kubeconfig: the file that it names.
  /// - Throws: what is missing or out of its range.
  init(_ value: Value, kubeconfig: WebhookKubeconfig) throws(AdmissionConfigurationError) {
    try ConfigurationDocument.check(value, fields: ["imagePolicy": .object(Self.fields)])
    let policy = value["imagePolicy"]
    let allow = try Self.time(
      policy?["allowTTL"], standard: 300, least: 1, most: 1800, unit: "s", bounds: ("1s", "30m0s"))
    let deny = try Self.time(
      policy?["denyTTL"], standard: 30, least: 1, most: 1800, unit: "s", bounds: ("1s", "30m0s"))
    let backoff = try Self.time(
      policy?["retryBackoff"], standard: 500, least: 0, most: 300_000, unit: "ms", bounds: ("1ns", "5m0s"))
    self.init(
      kubeconfig: kubeconfig, allowSeconds: allow, denySeconds: deny, retryBackoff: .milliseconds(backoff),
      defaultAllow: policy?["defaultAllow"]?.bool ?? false)
  }

  /// A time in whole units: 0 stands for the standard, -1 for none.
  private static func time(
    _ value: Value?, standard: Int64, least: Int64, most: Int64, unit: String,
    bounds: (least: String, most: String)
  ) throws(AdmissionConfigurationError) -> Int64 {
    let number = value?.int ?? 0
    if number == -1 { return 0 }
    if number == 0 { return standard }
    guard number > least, number <= most else {
      throw .init(
        "valid value is between \(bounds.least) and \(bounds.most), got \(number)\(unit)")
    }
    return number
  }
}
