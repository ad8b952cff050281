/// Makes kube-apiserver's way of writing flags fit for the argument parser: booleans without a value, and
/// flags about things that this server has not got.
enum KubeFlags {
  /// Flags that may stand without a value, which then is `true`.
  private static let booleans = AuditOptions.booleans.union([
    "anonymous-auth", "enable-bootstrap-token-auth", "service-account-extend-token-expiration",
    "service-account-lookup",
  ])

  /// Flags of kube-apiserver that mean nothing here: they are accepted with a warning, so that tools which
  /// start kube-apiserver can start this server in its place.
  private static let ignored: Set = [
    "allow-privileged", "apiserver-count", "contention-profiling",
    "default-watch-cache-size", "delete-collection-workers", "egress-selector-config-file",
    "enable-aggregator-routing", "enable-garbage-collector", "enable-logs-handler",
    "encryption-provider-config",
    "endpoint-reconciler-type", "etcd-cafile", "etcd-certfile", "etcd-compaction-interval",
    "etcd-count-metric-poll-period", "etcd-db-metric-poll-interval", "etcd-healthcheck-timeout",
    "etcd-keyfile",
    "etcd-prefix", "etcd-servers", "etcd-servers-overrides", "event-ttl", "external-hostname",
    "feature-gates",
    "goaway-chance", "http2-max-streams-per-connection", "kubelet-certificate-authority",
    "kubelet-client-certificate", "kubelet-client-key", "kubelet-port", "kubelet-preferred-address-types",
    "kubelet-timeout", "kubernetes-service-node-port", "lease-reuse-duration-seconds", "livez-grace-period",
    "peer-advertise-ip", "permit-address-sharing", "permit-port-sharing", "profiling",
    "runtime-config",
    "shutdown-delay-duration", "shutdown-send-retry-after", "storage-backend", "storage-media-type",
    "strict-transport-security-directives", "target-ram-mb", "watch-cache", "watch-cache-sizes",
  ]

  /// The flags that are accepted and ignored, in order.
  static var ignoredNames: [String] { ignored.sorted() }

  /// The names of the flags among the arguments.
  static func names(_ arguments: [String]) -> Set<String> {
    Set(arguments.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2).prefix { $0 != "=" }) })
  }

  /// - Parameter warns: whether warnings go to standard error.
  /// - Returns: the arguments as the parser takes them.
  static func normalized(_ arguments: [String], warns: Bool = true) -> [String] {
    var result: [String] = []
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      guard argument.hasPrefix("--") else {
        result.append(argument)
        continue
      }
      let name = String(argument.dropFirst(2).prefix { $0 != "=" })
      let hasValue = argument.contains("=")
      if ignored.contains(name) {
        if !hasValue, index < arguments.count, !arguments[index].hasPrefix("-") { index += 1 }
        if warns {
          StandardStreams.printError("drydock: warning: --\(name) has no meaning here and is ignored")
        }
      } else if booleans.contains(name), !hasValue {
        let next = index < arguments.count ? arguments[index] : ""
        if next == "true" || next == "false" {
          result.append("\(argument)=\(next)")
          index += 1
        } else {
          result.append("\(argument)=true")
        }
      } else {
        result.append(argument)
      }
    }
    return result
  }
}
