import Schema
import Values

/// Reads the file of `--authorization-config`: YAML or JSON, strictly.
public enum AuthorizationConfigurationReader {
  private static let group = "apiserver.config.k8s.io"
  private static let kind = "AuthorizationConfiguration"
  private static let versions = ["v1", "v1beta1", "v1alpha1"]
  private static let failure = "failed to load AuthorizationConfiguration from file: "

  private static func list(_ type: ObjectType) -> FieldType { FieldType(.list(FieldType(object(type)))) }
  private static func object(_ type: ObjectType) -> FieldType.Shape { .object(TypeReference(type)) }

  /// The fields, by the names of the real server's Go types, which messages tell.
  private static let type: ObjectType = {
    let text = FieldType(.string)
    let flag = FieldType(.boolean)
    let duration = FieldType(.duration)
    let connection = ObjectType(
      name: "v1.WebhookConnectionInfo", fields: ["type": text, "kubeConfigFile": text])
    let webhook = ObjectType(
      name: "v1.WebhookConfiguration",
      fields: [
        "authorizedTTL": duration, "cacheAuthorizedRequests": flag, "unauthorizedTTL": duration,
        "cacheUnauthorizedRequests": flag, "timeout": duration, "subjectAccessReviewVersion": text,
        "matchConditionSubjectAccessReviewVersion": text, "failurePolicy": text,
        "connectionInfo": FieldType(object(connection)),
        "matchConditions": list(
          ObjectType(name: "v1.WebhookMatchCondition", fields: ["expression": text])),
      ])
    let authorizer = ObjectType(
      name: "v1.AuthorizerConfiguration",
      fields: ["type": text, "name": text, "webhook": FieldType(object(webhook))])
    return ObjectType(
      name: "v1.\(kind)", fields: ["kind": text, "apiVersion": text, "authorizers": list(authorizer)])
  }()

  /// Reads, checks and compiles a file's contents.
  /// - Parameters:
  ///   - bytes: of the file.
  ///   - conditions: compiles match conditions, so that a bad one is told at once.
  /// - Throws: ``AuthorizationConfigurationError``: everything that is wrong, in one text.
  public static func read(
    _ bytes: [UInt8], conditions: any AuthorizationConditionCompiler
  ) throws(AuthorizationConfigurationError) -> AuthorizationConfiguration {
    let value = try parse(bytes)
    var validator = AuthorizationConfigurationValidator(conditions: conditions)
    let configuration = validator.validate(value)
    if let text = aggregated(validator.errors.map(\.description)) {
      throw AuthorizationConfigurationError(text)
    }
    let misnamed = configuration.authorizers.filter {
      $0.type != "Webhook" && $0.name != $0.type.lowercased()
    }
    let texts = misnamed.map {
      "expected name \($0.type.lowercased()) for authorizer \($0.type) instead of \($0.name)"
    }
    if let text = aggregated(texts) { throw AuthorizationConfigurationError(text) }
    return configuration
  }

  private static func parse(_ bytes: [UInt8]) throws(AuthorizationConfigurationError) -> Value {
    var duplicates: [String]? = []
    let value: Value
    do throws(YAML.SyntaxError) {
      value = try YAML.parse(bytes, duplicates: &duplicates)
    } catch {
      throw AuthorizationConfigurationError(
        "\(failure)couldn't get version/kind; json parse error: error converting YAML to JSON: \(error)")
    }
    if value.isNull { return .object([:]) }
    try checkKind(value)
    do throws(DecodeError) {
      let decoded = try TypedDecoder.decode(value, as: type)
      let yaml = duplicates.flatMap { $0.isEmpty ? nil : YAML.duplicatesError($0).message }
      let findings = StrictErrors.merged(yaml: yaml, unknown: decoded.strictErrors)
      if let refusal = StrictErrors.refusal(findings) { throw refusal }
    } catch {
      throw AuthorizationConfigurationError(failure + error.message)
    }
    return value
  }

  private static func checkKind(_ value: Value) throws(AuthorizationConfigurationError) {
    let version = value["apiVersion"]?.string ?? ""
    let kind = value["kind"]?.string ?? ""
    for (name, text) in [("Kind", kind), ("apiVersion", version)] where text.isEmpty {
      throw AuthorizationConfigurationError(
        "\(failure)Object '\(name)' is missing in '\(JSON.text(value))'")
    }
    guard kind == Self.kind, versions.contains(where: { "\(group)/\($0)" == version }) else {
      throw AuthorizationConfigurationError(
        "\(failure)no kind \(GoText.quoted(kind)) is registered for version \(GoText.quoted(version)) in scheme "
          + "\"k8s.io/apiserver/pkg/apis/apiserver/load/load.go:33\"")
    }
  }
}
