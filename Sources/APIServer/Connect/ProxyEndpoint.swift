import HTTPService
import NIOHTTP1
import Schema
import Security
import Store
import Values

/// `pods/proxy`, `services/proxy` and `nodes/proxy`: requests handed on, in all methods, with what follows
/// `proxy` as their path (Kubernetes documentation, "Access Services Running on Clusters").
struct ProxyEndpoint {
  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry
  let addresses: StandInAddresses

  func connect() async throws(StatusError) -> HTTPResponse {
    let target = try ProxyTargets(
      registry: registry, scope: scope, namespace: context.info.namespace(of: scope), id: context.info.name
    ).target()
    let path = path
    if path.isEmpty, !isUpgrade, ["GET", "HEAD"].contains(context.http.method) { return redirect() }
    guard let answers = target.answers else { throw unreachable(target, refused(target)) }
    let standIn = PortStandIn(answers: answers, allowed: addresses)
    let answer: PortAnswers.Answer?
    do throws(PortStandIn.Failure) { answer = try standIn.answer(on: target.port) } catch {
      throw unreachable(target, error.description)
    }
    switch answer {
    case nil: throw unreachable(target, refused(target))
    case .echo, .text:
      throw unreachable(
        target, "net/http: HTTP/1.x transport connection broken: malformed HTTP response")
    case .http(let answers): return try await told(answers, path, target)
    case .address(let address): return try await forward(to: address, path, target)
    }
  }

  private var isUpgrade: Bool { StreamNegotiation(context: context).isUpgrade }

  /// What follows `proxy`: empty, or with a slash at its beginning.
  private var path: String {
    let rest = context.info.parts.dropFirst(3).joined(separator: "/")
    let ends = context.info.path.hasSuffix("/")
    if rest.isEmpty { return ends ? "/" : "" }
    return "/" + rest + (ends && !rest.hasSuffix("/") ? "/" : "")
  }

  /// The path up to `proxy`.
  private var prefix: String { String(context.info.path.dropLast(path.utf8.count)) }

  /// A page whose links are relative needs a slash at the end of its path.
  private func redirect() -> HTTPResponse {
    let query = context.http.rawQuery
    var headers = Answer(context: context).headers
    headers.add(name: "Location", value: "\(context.http.path)/\(query.isEmpty ? "" : "?\(query)")")
    return HTTPResponse(status: 301, headers: headers, body: .empty)
  }

  private func refused(_ target: ProxyTarget) -> String {
    "dial tcp \(target.address): connect: connection refused"
  }

  /// - Throws: 503; for another protocol than HTTP the bare error.
  private func unreachable(_ target: ProxyTarget, _ reason: String) -> StatusError {
    isUpgrade ? .unexpected(reason) : .unavailable("error trying to reach service: \(reason)")
  }

  private var proxy: ReverseProxy {
    ReverseProxy(
      context: context,
      forwarded: isUpgrade ? [] : [("X-Forwarded-Uri", ReverseProxy.escaped(path: context.info.path))])
  }

  private func requestTarget(_ path: String) -> String {
    let query = context.http.rawQuery
    let path = ReverseProxy.escaped(path: path.isEmpty ? "/" : path)
    return query.isEmpty ? path : "\(path)?\(query)"
  }

  /// The answer of a stand-in in this process.
  private func told(
    _ answers: [PortAnswers.HTTPAnswer], _ path: String, _ target: ProxyTarget
  ) async throws(StatusError) -> HTTPResponse {
    if isUpgrade { throw .unexpected("invalid upgrade response: status code 200") }
    let http = context.http
    var headers = proxy.headers()
    headers.add(name: "Host", value: target.address)
    guard
      let request = HTTPRequest(
        method: http.method, target: requestTarget(path), headers: headers, body: http.body,
        connection: http.connection, drain: http.drain)
    else { throw .badRequest("invalid path") }
    let reply = await HTTPStandIn(answers: answers).respond(to: request)
    guard case .bytes(let bytes) = reply.body else { throw .unexpected("the stand-in has no answer") }
    return try await proxy.answer(
      ClientStream(ClientResponse(status: reply.status, headers: reply.headers, body: bytes))
    ) { rewritten($0, host: target.address) }
  }

  private func forward(
    to address: HTTPAddress, _ path: String, _ target: ProxyTarget
  ) async throws(StatusError) -> HTTPResponse {
    let scheme = target.isSecure ? "https" : "http"
    let proxy = proxy
    var request = ClientRequest(
      HTTPMethod(rawValue: context.http.method), "\(scheme)://\(address)\(requestTarget(path))",
      headers: proxy.headers(), timeout: .seconds(3600))
    request.headers.replaceOrAdd(
      name: "Host", value: context.http.headers.first(name: "Host") ?? address.description)
    let reply: ClientStream
    do {
      // As in the real server nobody looks at the certificate.
      let client = try HTTPClient(tls: TLSClientSettings(trust: .anyone))
      reply = try await client.open(request, body: context.http.body)
    } catch {
      throw unreachable(target, ReverseProxy.reason(error))
    }
    return try await proxy.answer(reply) { rewritten($0, host: address.description) }
  }

  /// An address on the same host, as it is seen through this server.
  private func rewritten(_ location: String, host: String) -> String {
    var path = location
    for own in ["http://\(host)", "https://\(host)"] where location.hasPrefix(own) {
      path = String(location.dropFirst(own.count))
    }
    guard path.hasPrefix("/"), !path.hasPrefix("//"), !path.hasPrefix(prefix + "/") else { return location }
    return prefix + path
  }
}
