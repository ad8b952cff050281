import Schema
import Values

/// Secrets.
enum SecretRules {
  static let rules = KindRules(
    checksFinalizers: true, content: content,
    change: { new, old, errors in
      errors.immutable(new["type"], old["type"])
      ConfigMapRules.immutable(new, old, ["data"], &errors)
    },
    steps: [.metadataUpdate, .change, .metadata, .content])

  private static let accountAnnotation = "kubernetes.io/service-account.name"

  private static let content: ObjectRule = { object, errors in
    let data = object["data"]
    var size = 0
    for (key, entry) in data.entries {
      for message in Names.configKey(key) { errors.invalid(entry, showing: .string(key), message) }
      size += Base64Text.decodedSize(entry.text)
    }
    if size > ConfigMapRules.sizeLimit { errors.tooLong(data, maximum: ConfigMapRules.sizeLimit) }
    func has(_ key: String) -> Bool { data.value?[key] != nil }
    func require(_ key: String) { if !has(key) { errors.required(data.key(key)) } }
    switch object["type"].text {
    case "kubernetes.io/service-account-token":
      errors.requireText(object["metadata"]["annotations"].key(accountAnnotation))
    case "kubernetes.io/dockercfg": config(data.key(".dockercfg"), isThere: has(".dockercfg"), &errors)
    case "kubernetes.io/dockerconfigjson":
      config(data.key(".dockerconfigjson"), isThere: has(".dockerconfigjson"), &errors)
    case "kubernetes.io/basic-auth":
      if !has("username"), !has("password") {
        require("username")
        require("password")
      }
    case "kubernetes.io/ssh-auth":
      errors.requireText(data.key("ssh-privatekey"))
    case "kubernetes.io/tls":
      require("tls.crt")
      require("tls.key")
    default: break
    }
  }

  /// The configuration of registries must be a JSON object. It is never shown.
  private static func config(_ entry: Field, isThere: Bool, _ errors: inout Findings) {
    guard isThere else {
      errors.required(entry)
      return
    }
    let bytes = (try? Base64.decode(entry.text)) ?? []
    do {
      let value = try JSON.parse(bytes)
      if value.object == nil, !value.isNull {
        errors.invalid(
          entry, showing: "<secret contents redacted>",
          "json: cannot unmarshal \(value.jsonKind) into Go value of type map[string]interface {}")
      }
    } catch {
      errors.invalid(entry, showing: "<secret contents redacted>", error.message)
    }
  }
}
