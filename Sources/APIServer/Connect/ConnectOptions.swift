import Schema
import Values

/// What a connection is asked for, as the object that admission sees: core/v1 PodExecOptions, PodAttachOptions,
/// PodPortForwardOptions, and PodProxyOptions, ServiceProxyOptions and NodeProxyOptions.
enum ConnectOptions {
  /// Reads the query; a proxy's path is what follows it in the request's.
  /// - Parameter kind: of the options.
  /// - Throws: 400 for a query that can't be read, or that asks for a dry run.
  static func object(_ context: RequestContext, _ kind: GroupVersionKind) throws(StatusError) -> Value {
    guard context.queryAll("dryRun").isEmpty else { throw .badRequest("dryRun is not supported") }
    var object: Object = ["kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion)]
    switch context.info.subresource {
    case "exec": stream(context, standard: false, &object)
    case "attach": stream(context, standard: true, &object)
    case "portforward":
      var ports: [Value] = []
      for text in context.queryAll("ports") { ports.append(.int(try QueryValues.integer(text) ?? 0)) }
      if !ports.isEmpty { object["ports"] = .array(ports) }
    default:
      let path = proxyPath(context.info)
      if !path.isEmpty { object["path"] = .string(path) }
    }
    return .object(object)
  }

  /// - Parameter standard: whether output is wanted where the query doesn't say.
  private static func stream(_ context: RequestContext, standard: Bool, _ object: inout Object) {
    for (name, isWanted) in [("stdin", false), ("stdout", standard), ("stderr", standard), ("tty", false)]
    where QueryValues.bool(context.query(name)) ?? isWanted { object[name] = true }
    if let container = context.query("container"), !container.isEmpty {
      object["container"] = .string(container)
    }
    let command = context.queryAll("command")
    if context.info.subresource == "exec", !command.isEmpty { object["command"] = Value(command) }
  }

  private static func proxyPath(_ info: RequestInfo) -> String {
    var path = info.parts.dropFirst(3).joined(separator: "/")
    if !path.isEmpty, !path.hasPrefix("/") { path = "/" + path }
    if info.path.hasSuffix("/"), !path.hasSuffix("/") { path += "/" }
    return path
  }
}
