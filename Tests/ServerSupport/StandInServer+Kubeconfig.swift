import Values

extension StandInServer {
  /// A kubeconfig that calls this server at a path, believing its authority.
  ///
  /// - Parameters:
  ///   - user: what the user's entry has, such as a token.
  ///   - cluster: what the cluster's entry has besides; a null member takes one away.
  public func kubeconfig(path: String = "/", user: Object = [:], cluster: Object = [:]) -> String {
    var own: Object = ["server": .string(url + path)]
    if !caPEM.isEmpty {
      own["certificate-authority-data"] = .string(Base64.encode(Array(caPEM.utf8)))
    }
    for (key, value) in cluster { own[key] = value.isNull ? nil : value }
    return JSON.text([
      "apiVersion": "v1", "kind": "Config", "current-context": "webhook",
      "clusters": [["name": "stand-in", "cluster": .object(own)]],
      "users": [["name": "api-server", "user": .object(user)]],
      "contexts": [["name": "webhook", "context": ["cluster": "stand-in", "user": "api-server"]]],
    ])
  }
}
