import HTTPService
import Security
import Values

/// What a server shows of itself to each of several webhooks: the users of a kubeconfig file, which are named after
/// the webhooks (Kubernetes documentation, "Dynamic Admission Control", "Authenticate API servers").
public struct WebhookUser: Sendable {
  public var name: String
  public var identity: TLSClientSettings.Identity?
  /// Gives the value of the header `Authorization`.
  public var authorization: (@Sendable () -> String)?

  /// The users of a file; the paths in it are relative to its folder.
  /// - Throws: one line with the file and what is wrong in it.
  public static func read(path: String) throws(WebhookConfigurationError) -> [WebhookUser] {
    let document = try document(path)
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    var users: [WebhookUser] = []
    for user in document["users"]?.array ?? [] {
      guard let name = user["name"]?.string, !name.isEmpty else { continue }
      // Each is read like the one user of a file of its own.
      let cluster: Value = ["name": "only", "cluster": ["server": "https://localhost"]]
      let context: Value = ["name": "only", "context": ["cluster": "only", "user": .string(name)]]
      let alone: Value = [
        "current-context": "only", "users": .array([user]), "clusters": .array([cluster]),
        "contexts": .array([context]),
      ]
      do throws(WebhookConfigurationError) {
        let read = try WebhookKubeconfig(yaml: JSON.encode(alone), folder: folder)
        var found = WebhookUser(name: name, identity: read.tls.identity)
        if let credential = read.credential { found.authorization = { credential.header } }
        users.append(found)
      } catch {
        throw WebhookConfigurationError("\(path): \(error)")
      }
    }
    return users
  }

  private static func document(_ path: String) throws(WebhookConfigurationError) -> Value {
    let bytes: [UInt8]
    do throws(SecurityError) { bytes = try FileSystem.read(path) } catch {
      throw WebhookConfigurationError(error.description)
    }
    do throws(YAML.SyntaxError) {
      return try YAML.parse(bytes, limits: YAML.Limits(bytes: 4 << 20, nodes: 200_000))
    } catch {
      throw WebhookConfigurationError("\(path): \(error.message)")
    }
  }
}
