import HTTPService
import Logging
import Values

/// A line for each request, from verbosity 3 on, with the fields of the real server's
/// (k8s.io/apiserver/pkg/server/httplog).
struct RequestLog: Sendable {
  static let module = "httplog"
  static let number = 3
  static let slowModule = "trace"
  static let slowNumber = 2

  private let logger: Logger
  private let verbosity: LogVerbosity

  init(_ logger: Logger, _ verbosity: LogVerbosity) {
    var logger = logger
    logger[metadataKey: "logger"] = "\(Self.module)"
    self.logger = logger
    self.verbosity = verbosity
  }

  func record(_ context: RequestContext, verb: String, code: Int, elapsed: Duration) {
    guard verbosity.isEnabled(Self.number, Self.module) else { return }
    logger.info(
      "HTTP",
      metadata: [
        "verb": "\(verb)", "URI": "\(context.loggedTarget)", "latency": "\(Self.text(elapsed))",
        "userAgent": "\(context.http.headers.first(name: "User-Agent") ?? "")",
        "audit-ID": "\(context.auditID)",
        "srcIP": "\(context.http.connection.remoteAddress?.description ?? "")", "resp": "\(code)",
      ])
  }

  /// A request that took long, with the parts that took the time (k8s.io/utils/trace).
  func recordSlow(_ context: RequestContext, elapsed: Duration) {
    guard verbosity.isEnabled(Self.slowNumber, Self.slowModule) else { return }
    let parts = context.trace.latency.parts.map { "\($0.part.name) \(Self.text($0.time))" }
    var logger = logger
    logger[metadataKey: "logger"] = "\(Self.slowModule)"
    logger.info(
      "Trace[\(UInt32.random(in: 0...UInt32.max))]: \(GoText.quoted(context.info.operationName))",
      metadata: [
        "verb": "\(context.http.method)", "URI": "\(context.loggedTarget)", "audit-ID": "\(context.auditID)",
        "total": "\(Self.text(elapsed))", "parts": "\(parts.joined(separator: ", "))",
      ])
  }

  /// A duration with a unit that suits it, as Go prints it: `1.25ms`.
  private static func text(_ elapsed: Duration) -> String {
    let microseconds =
      Int64(elapsed.components.seconds) * 1_000_000 + elapsed.components.attoseconds / 1_000_000_000_000
    if microseconds < 1_000 { return "\(microseconds)µs" }
    if microseconds < 1_000_000 { return "\(Double(microseconds) / 1_000)ms" }
    return "\(Double(microseconds) / 1_000_000)s"
  }
}

extension RequestContext {
  /// The request's target as logs may show it: a token in the query is not for them.
  var loggedTarget: String {
    guard http.rawQuery.utf8.count >= 5, http.rawQuery.lowercased().contains("token") else {
      return http.target
    }
    let items = http.rawQuery.split(separator: "&", omittingEmptySubsequences: false).map { item -> String in
      let name = item.prefix { $0 != "=" }
      let isToken = ["access_token", "token", "id_token"].contains(name.lowercased())
      return isToken ? "\(name)=REDACTED" : String(item)
    }
    return http.rawPath + "?" + items.joined(separator: "&")
  }
}
