import HTTPService

/// `/healthz`, `/livez` and `/readyz`, whole and by check.
struct HealthEndpoints: Sendable {
  let checks: HealthChecks

  /// - Returns: nil where the path is none of theirs.
  func route(_ context: RequestContext) -> HTTPResponse? {
    let parts = context.info.path.split(separator: "/", maxSplits: 1)
    guard let first = parts.first, let endpoint = HealthChecks.Endpoint(rawValue: String(first)) else {
      return nil
    }
    let answer = Answer(context: context)
    if parts.count == 2, !parts[1].isEmpty {
      let name = String(parts[1])
      switch checks.failure(of: name, endpoint) {
      case nil: return nil
      case .some(nil): return answer.text("ok")
      case .some(.some(let reason)): return answer.text("internal server error: \(reason)\n", code: 500)
      }
    }
    let report = checks.report(endpoint, excluding: Set(context.queryAll("exclude").filter { !$0.isEmpty }))
    if !report.isHealthy { return answer.text(report.text, code: 500) }
    return answer.text(context.query("verbose") != nil ? report.text : "ok")
  }
}
