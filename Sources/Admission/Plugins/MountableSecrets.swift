import Schema
import Values

/// Which secrets the pods of an account may use, where the account says so
/// (annotation `kubernetes.io/enforce-mountable-secrets`).
struct MountableSecrets {
  private let secrets: Set<String>
  private let pullSecrets: Set<String>
  private let account: String

  init(account: Value) {
    self.account = account["metadata"]?["name"]?.string ?? ""
    secrets = Set((account["secrets"]?.array ?? []).compactMap { $0["name"]?.string })
    pullSecrets = Set((account["imagePullSecrets"]?.array ?? []).compactMap { $0["name"]?.string })
  }

  func check(_ pod: Value, _ request: AdmissionRequest) throws(StatusError) {
    for (name, place) in Self.references(pod) where !secrets.contains(name) {
      throw request.forbidden(
        "\(place)=\(FieldError.quoted(name)) is not allowed because service account \(account) does not reference that secret")
    }
    for (index, secret) in (pod["spec"]?["imagePullSecrets"]?.array ?? []).enumerated() {
      let name = secret["name"]?.string ?? ""
      guard !pullSecrets.contains(name) else { continue }
      throw request.forbidden(
        "imagePullSecrets[\(index)].name=\(FieldError.quoted(name)) is not allowed because service account \(account) does not reference that imagePullSecret")
    }
  }

  /// The secrets that a pod uses, each with the words for the place.
  static func references(_ pod: Value) -> [(name: String, place: String)] {
    var found: [(name: String, place: String)] = []
    for volume in pod["spec"]?["volumes"]?.array ?? [] {
      if let name = volume["secret"]?["secretName"]?.string { found.append((name, "volume with secret.secretName")) }
    }
    let lists = [
      ("initContainers", "init container"), ("containers", "container"), ("ephemeralContainers", "ephemeral container"),
    ]
    for (list, word) in lists {
      for container in pod["spec"]?[list]?.array ?? [] {
        let owner = "\(word) \(container["name"]?.string ?? "") with"
        for entry in container["env"]?.array ?? [] {
          guard let name = entry["valueFrom"]?["secretKeyRef"]?["name"]?.string else { continue }
          found.append((name, "\(owner) envVar \(entry["name"]?.string ?? "") referencing secret.secretName"))
        }
        for entry in container["envFrom"]?.array ?? [] {
          guard let name = entry["secretRef"]?["name"]?.string else { continue }
          found.append((name, "\(owner) envFrom referencing secret.secretName"))
        }
      }
    }
    return found
  }
}
