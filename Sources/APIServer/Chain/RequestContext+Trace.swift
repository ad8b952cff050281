import Authentication
import HTTPService
import Tracing

extension RequestContext {
  /// Those whose requests may be part of a trace of theirs; what others name is only linked to.
  private static let trustedGroups: Set = [SystemName.mastersGroup, "system:monitoring"]

  /// Begins the request's trace, once it is known who sent it (W3C Trace Context;
  /// k8s.io/apiserver/pkg/endpoints/filters, WithTracing).
  /// - Parameter tracer: nil where nothing is recorded; what the client named is passed on all the same.
  func beginTrace(_ tracer: Tracer?) {
    let named = http.headers.first(name: "traceparent")
    guard tracer != nil || named != nil else { return }
    let remote = named.flatMap { TraceContext(traceparent: $0, tracestate: http.headers["tracestate"]) }
    trace.begin(
      tracer, remote: remote, isTrusted: user.groups.contains(where: Self.trustedGroups.contains),
      name: spanName, start: received,
      attributes: [
        ("http.request.method", .string(http.method)), ("url.scheme", .string("https")),
        ("url.path", .string(http.path)), ("http.target", .string(loggedTarget)),
        ("audit-id", .string(String(auditID.prefix(64)))),
        ("user_agent.original", .string(String((http.headers.first(name: "User-Agent") ?? "").prefix(1024)))),
        ("network.protocol.version", .string(http.version.major == 2 ? "2" : "1.1")),
        ("client.address", .string(http.connection.remoteAddress?.host ?? "")),
      ])
  }

  /// The name of the request's own span: the path's form, without the names in it.
  private var spanName: String {
    guard info.isResourceRequest else { return http.method }
    var name = "\(http.method) /\(info.apiPrefix)"
    if !info.apiGroup.isEmpty { name += "/" + info.apiGroup }
    name += "/" + info.apiVersion
    if !info.namespace.isEmpty { name += "/namespaces/{:namespace}" }
    name += "/" + info.resource
    if !info.name.isEmpty { name += "/{:name}" }
    if !info.subresource.isEmpty { name += "/" + info.subresource }
    return name
  }

  /// Ends the request's span.
  /// - Parameter isBroken: the answer's stream ended in the middle.
  func endTrace(code: Int, isBroken: Bool = false) {
    trace.end(
      attributes: [("http.response.status_code", .int(Int64(code)))],
      failure: isBroken ? "the answer broke off" : code >= 500 ? "HTTP \(code)" : nil)
  }
}

extension RequestInfo {
  private static let operations = [
    "get": "Get", "list": "List", "watch": "Watch", "create": "Create", "update": "Update", "patch": "Patch",
    "delete": "Delete", "deletecollection": "DeleteCollection",
  ]

  /// What is done, as spans and the log of slow requests name it.
  var operationName: String { isResourceRequest ? Self.operations[verb] ?? verb : "Handle" }
}
