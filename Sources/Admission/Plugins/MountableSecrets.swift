import Schema
import Values

/// Which secrets the pods of an account may use, where the account says so
/// (annotation `kubernetes.io/enforce-mountable-secrets`).
struct MountableSecrets {
  private let secrets: Set<String>
  private let pullSecrets: Set<String>
  private let account: String

  init(account: Value) {
    self.account = account["metadata"]?.text("name") ?? ""
    secrets = Set(account.list("secrets").map { $0.text("name") })
    pullSecrets = Set(account.list("imagePullSecrets").map { $0.text("name") })
  }

  /// Why the pod may not use a secret that it uses; nil where it may use all.
  func problem(ofPod pod: Value) -> String? {
    for volume in pod["spec"]?.list("volumes") ?? [] {
      guard let secret = volume["secret"]?["secretName"]?.string, !secrets.contains(secret) else { continue }
      return refusal("volume with secret.secretName", secret)
    }
    if let problem = problem(of: pod, [.initContainers, .containers]) { return problem }
    for (index, secret) in (pod["spec"]?.list("imagePullSecrets") ?? []).enumerated() {
      let name = secret.text("name")
      guard !pullSecrets.contains(name) else { continue }
      return refusal("imagePullSecrets[\(index)].name", name, "imagePullSecret")
    }
    return nil
  }

  /// The same for the containers of some lists only.
  func problem(of pod: Value, _ lists: [ContainerList]) -> String? {
    for list in lists {
      for container in pod["spec"]?.containers([list]) ?? [] {
        if let problem = problem(ofContainer: container, list.word) { return problem }
      }
    }
    return nil
  }

  private func problem(ofContainer container: Value, _ word: String) -> String? {
    let owner = "\(word) \(container.text("name")) with"
    for entry in container.list("env") {
      guard let secret = entry["valueFrom"]?["secretKeyRef"]?["name"]?.string, !secrets.contains(secret)
      else { continue }
      return refusal("\(owner) envVar \(entry.text("name")) referencing secret.secretName", secret)
    }
    for entry in container.list("envFrom") {
      guard let secret = entry["secretRef"]?["name"]?.string, !secrets.contains(secret) else { continue }
      return refusal("\(owner) envFrom referencing secret.secretName", secret)
    }
    return nil
  }

  private func refusal(_ place: String, _ name: String, _ kind: String = "secret") -> String {
    "\(place)=\(FieldError.quoted(name)) is not allowed because service account \(account) "
      + "does not reference that \(kind)"
  }
}
