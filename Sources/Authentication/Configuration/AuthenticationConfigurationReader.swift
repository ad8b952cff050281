import Schema
import Values

/// Why the file of `--authentication-config` can't be used, in the real server's words.
public struct AuthenticationConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

extension AuthenticationConfiguration {
  private static let group = "apiserver.config.k8s.io"
  private static let kind = "AuthenticationConfiguration"
  private static let versions = ["v1", "v1beta1", "v1alpha1"].map { "\(group)/\($0)" }

  private static let claim = ConfigurationShape.object(
    "ClaimOrExpression", ["claim": .string, "expression": .string])
  private static let prefixedClaim = ConfigurationShape.object(
    "PrefixedClaimOrExpression", ["claim": .string, "prefix": .string, "expression": .string])
  private static let issuer = ConfigurationShape.object(
    "Issuer",
    [
      "url": .string, "discoveryURL": .string, "certificateAuthority": .string, "audiences": .list(.string),
      "audienceMatchPolicy": .string, "egressSelectorType": .string,
    ])
  private static let mappings = ConfigurationShape.object(
    "ClaimMappings",
    [
      "username": prefixedClaim, "groups": prefixedClaim, "uid": claim,
      "extra": .list(.object("ExtraMapping", ["key": .string, "valueExpression": .string])),
    ])
  private static let authenticator = ConfigurationShape.object(
    "JWTAuthenticator",
    [
      "issuer": issuer,
      "claimValidationRules": .list(
        .object(
          "ClaimValidationRule",
          ["claim": .string, "requiredValue": .string, "expression": .string, "message": .string])),
      "claimMappings": mappings,
      "userValidationRules": .list(
        .object("UserValidationRule", ["expression": .string, "message": .string])),
    ])
  private static let anonymousShape = ConfigurationShape.object(
    "AnonymousAuthConfig",
    ["enabled": .bool, "conditions": .list(.object("AnonymousAuthCondition", ["path": .string]))])
  private static let shape = ConfigurationShape.object(
    kind,
    ["kind": .string, "apiVersion": .string, "jwt": .list(authenticator), "anonymous": anonymousShape])

  /// Reads a file's bytes, YAML or JSON, strictly: unknown and repeated fields are errors.
  ///
  /// Only the form is checked; see ``AuthenticationConfigurationValidator`` for the rest.
  public init(bytes: [UInt8]) throws(AuthenticationConfigurationError) {
    guard !bytes.isEmpty else { throw AuthenticationConfigurationError("empty config data") }
    var duplicates: [String]? = []
    let value: Value
    do throws(YAML.SyntaxError) {
      value = try YAML.parse(bytes, duplicates: &duplicates)
    } catch {
      throw AuthenticationConfigurationError(
        "couldn't get version/kind; json parse error: error converting YAML to JSON: \(error)")
    }
    try Self.checkKind(value)
    var unknown: [String] = []
    do throws(DecodeError) {
      try Self.shape.check(value, &unknown)
      let yaml = duplicates.flatMap { $0.isEmpty ? nil : YAML.duplicatesError($0).message }
      if let refusal = StrictErrors.refusal(StrictErrors.merged(yaml: yaml, unknown: unknown)) {
        throw refusal
      }
    } catch {
      throw AuthenticationConfigurationError(error.message)
    }
    self.init(value)
  }

  private static func checkKind(_ value: Value) throws(AuthenticationConfigurationError) {
    let text = JSON.text(value)
    guard value.object != nil || value.isNull else {
      throw AuthenticationConfigurationError(
        "couldn't get version/kind; json parse error: "
          + "json: cannot unmarshal \(value.jsonKind) into Go value of type struct { "
          + "APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"
      )
    }
    let version = value["apiVersion"]?.string ?? ""
    let found = value["kind"]?.string ?? ""
    // The file may hold no secret, but it is not ours to print whole.
    let shown = text.utf8.count <= 512 ? text : "{…}"
    if found.isEmpty { throw AuthenticationConfigurationError("Object 'Kind' is missing in '\(shown)'") }
    if version.isEmpty {
      throw AuthenticationConfigurationError("Object 'apiVersion' is missing in '\(shown)'")
    }
    guard versions.contains(version), found == kind else {
      throw AuthenticationConfigurationError(
        "no kind \(GoText.quoted(found)) is registered for version \(GoText.quoted(version)) in scheme "
          + "\"k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go\"")
    }
  }

  private init(_ value: Value) {
    jwt = (value["jwt"]?.array ?? []).map(JWTAuthenticatorConfiguration.init)
    if let anonymous = value["anonymous"], !anonymous.isNull {
      let conditions = anonymous["conditions"]?.array ?? []
      self.anonymous = AnonymousConfiguration(
        enabled: anonymous["enabled"]?.bool ?? false,
        paths: conditions.map { $0["path"]?.string ?? "" })
    }
  }
}

extension JWTAuthenticatorConfiguration {
  fileprivate init(_ value: Value) {
    func text(_ value: Value?, _ key: String) -> String { value?[key]?.string ?? "" }
    func prefixed(_ value: Value?) -> ClaimMappings.PrefixedClaim {
      .init(
        claim: text(value, "claim"), prefix: value?["prefix"]?.string, expression: text(value, "expression"))
    }
    let issuer = value["issuer"]
    let mappings = value["claimMappings"]
    let uid = mappings?["uid"]
    self.init(
      issuer: JWTIssuer(
        url: text(issuer, "url"), discoveryURL: text(issuer, "discoveryURL"),
        certificateAuthority: text(issuer, "certificateAuthority"),
        audiences: (issuer?["audiences"]?.array ?? []).map { $0.string ?? "" },
        audienceMatchPolicy: text(issuer, "audienceMatchPolicy"),
        egressSelectorType: text(issuer, "egressSelectorType")),
      claimValidationRules: (value["claimValidationRules"]?.array ?? []).map {
        ClaimValidationRule(
          claim: text($0, "claim"), requiredValue: text($0, "requiredValue"),
          expression: text($0, "expression"), message: text($0, "message"))
      },
      claimMappings: ClaimMappings(
        username: prefixed(mappings?["username"]), groups: prefixed(mappings?["groups"]),
        uid: .init(claim: text(uid, "claim"), expression: text(uid, "expression")),
        extra: (mappings?["extra"]?.array ?? []).map {
          .init(key: text($0, "key"), valueExpression: text($0, "valueExpression"))
        }),
      userValidationRules: (value["userValidationRules"]?.array ?? []).map {
        UserValidationRule(expression: text($0, "expression"), message: text($0, "message"))
      })
  }
}
