import HTTPService
import Values

/// The address that requests to a webhook go to, as client-go makes it from a kubeconfig's `server`
/// (k8s.io/client-go/rest).
enum WebhookAddress {
  /// The server's path, cleaned, with the time limit as its only query.
  static func url(
    _ kubeconfig: WebhookKubeconfig, timeout: Duration
  ) throws(WebhookConfigurationError) -> String {
    var server = kubeconfig.server
    if !server.contains("://") { server = (usesTLS(kubeconfig) ? "https://" : "http://") + server }
    let scheme = server.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https" else {
      throw WebhookConfigurationError("unsupported protocol scheme \(GoText.quoted(scheme))")
    }
    let rest = server.dropFirst(scheme.count + 3).prefix { $0 != "?" && $0 != "#" }
    let authority = rest.prefix { $0 != "/" }
    guard !authority.isEmpty else {
      throw WebhookConfigurationError(
        "host must be a URL or a host:port pair: \(GoText.quoted(kubeconfig.server))")
    }
    return "\(scheme)://\(authority)\(cleaned(rest.dropFirst(authority.count)))"
      + "?timeout=\(GoDuration.text(timeout))"
  }

  private static func usesTLS(_ kubeconfig: WebhookKubeconfig) -> Bool {
    if case .system = kubeconfig.tls.trust { return kubeconfig.tls.identity != nil }
    return true
  }

  /// The path without empty segments, `.` and `..` (Go's path.Join).
  private static func cleaned(_ path: Substring) -> String {
    var segments: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
      if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
    }
    return "/" + segments.joined(separator: "/")
  }
}
